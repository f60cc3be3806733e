/** One connection of PostgreSQL as the operations see it: statements prepared once, sent without waiting for each other's answers. */
import type pg from 'pg';
import type { MailboxChange } from '../../core/mailbox/port.ts';
import type { Row, Sql, SqlValue } from '../sql/sql.ts';

/** feature_not_supported: of ours only `cached plan must not change result type`, where a table got a column meanwhile. */
const STALE_PLAN = '0A000';

/** What the connection prepared is of another shape of a table: it is closed, and another is taken. */
export function isStale(error: unknown): boolean {
  return (error as { code?: string }).code === STALE_PLAN;
}

/** Statement names by text: each is prepared once per connection. The texts are those of the source code. */
const names = new Map<string, { name: string; text: string }>();

function prepared(text: string): { name: string; text: string } {
  let known = names.get(text);
  if (known === undefined) {
    let count = 0;
    known = { name: `s${names.size}`, text: text.replace(/\?/g, () => `$${++count}`) };
    names.set(text, known);
  }
  return known;
}

/** Its texts cannot have NUL in them; strangers' words can. */
export function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}

export class PostgresSql implements Sql {
  readonly changes: MailboxChange[] = [];
  /** What failed first: all that stands behind it in the pipe only says that the transaction was aborted. */
  fault: Error | undefined;
  readonly #client: pg.ClientBase;
  #isOver = false;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** Its transaction ends: of an operation that failed in one branch others may go on, and what they would do then is refused. */
  end(): void {
    this.#isOver = true;
  }

  async run(text: string, values: readonly SqlValue[]): Promise<number> {
    return (await this.#query(text, values)).rowCount ?? 0;
  }

  async all(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    return (await this.#query(text, values)).rows as Row[];
  }

  async #query(text: string, values: readonly SqlValue[]): Promise<pg.QueryResult> {
    if (this.#isOver) throw new Error('the transaction is over: another part of the operation failed');
    try {
      return await this.#client.query({ ...prepared(text), values: values.map(storable) });
    } catch (error) {
      this.fault ??= error as Error;
      throw error;
    }
  }

  tell(change: MailboxChange): void {
    this.changes.push(change);
  }
}
