/**
 * The narrow view of a database that the operations are written against: one text, `?` for values, both databases.
 * Differences between the databases are named capabilities, never a question of which one it is.
 */
import type { DiskSpace } from '../../core/capacity/disk.ts';
import type { MailboxChange } from '../../core/mailbox/port.ts';

export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

export interface Sql {
  /** Runs a statement and says how many rows it changed. */
  run(text: string, values: readonly SqlValue[]): Promise<number>;
  all(text: string, values: readonly SqlValue[]): Promise<Row[]>;
  /** A mailbox is changed by this transaction: to be told once it is committed. */
  tell(change: MailboxChange): void;
}

/** An operation on the store: runs inside one transaction that other operations may share. */
// biome-ignore lint/suspicious/noExplicitAny: each operation types its own input; the registry only carries it
export type Operation<Input = any, Result = unknown> = (sql: Sql, input: Input) => Promise<Result>;

/** A row that operations wait for, as `contention.ts` names them; an INBOX by its account. */
export type RowName =
  | `account ${number}`
  | `INBOX of account ${number}`
  | `mailbox ${number}`
  | `path ${string}`
  | `deliveries of path ${string}`;

/** Runs operations in one transaction and syncs it; each gets its own result or its own error. */
export interface Engine {
  transact(operations: readonly Call[]): Promise<Transacted>;
  /** Reads outside any transaction, with a consistent view per statement. */
  read(call: Call): Promise<unknown>;
  /** The room that there is to write; undefined when the database is somewhere else. */
  space(): Promise<DiskSpace | undefined>;
  close(): Promise<void>;
}

export interface Call {
  readonly name: string;
  readonly input: unknown;
}

export interface Transacted {
  /** One of each operation, in their order. */
  readonly outcomes: Outcome[];
  /** Mailboxes that were changed by what was committed. */
  readonly changed: readonly MailboxChange[];
}

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly error: Error;
      /**
       * It met a lock that somebody holds for long, or ran for too long to keep others waiting: nothing of it is done, and alone
       * it may succeed. The rows that are known to be locked (`contention.ts`), if any are.
       */
      readonly contended?: readonly RowName[];
    };

/**
 * At most so many rows. A bare `LIMIT ?` has SQLite plan the statement anew each time a value is bound, in case the limit
 * matters to the plan: 16 µs instead of 0.4 for a claim that finds nothing.
 */
export const LIMIT = 'LIMIT CAST(? AS BIGINT)';

/** The first row, or undefined. */
export async function first(sql: Sql, text: string, values: readonly SqlValue[]): Promise<Row | undefined> {
  return (await sql.all(text, values))[0];
}

/** `known (path)`: those that have mail. A loose index scan, one step per path; its last row is null. */
export const PATHS_WITH_MAIL = `known (path) AS (
    SELECT min(path) FROM delivery WHERE state IN ('ready', 'waiting')
    UNION ALL
    SELECT (SELECT min(d.path) FROM delivery d WHERE d.state IN ('ready', 'waiting') AND d.path > known.path)
      FROM known WHERE known.path IS NOT NULL
  )`;

/** What one operation came to. Throws when the engine did not say so. */
export function outcomeAt({ outcomes }: Transacted, index: number): Outcome {
  const outcome = outcomes[index];
  if (outcome === undefined) throw new Error('the store gave no outcome');
  return outcome;
}

/** What several transactions came to, one after the other. */
export function joined(all: readonly Transacted[]): Transacted {
  return {
    outcomes: all.flatMap(({ outcomes }) => outcomes),
    changed: all.flatMap(({ changed }) => changed),
  };
}
