import type { DiskSpace } from '../core/capacity/disk.ts';
import type { PathKey } from '../core/envelope.ts';
import type { DirectoryStore } from '../core/directory/admin.ts';
import type { GuardStore } from '../core/guard/store.ts';
import type { ImportStore } from '../core/import/port.ts';
import type { MailboxChange, MailboxStore } from '../core/mailbox/port.ts';
import type { VacationStore } from '../core/mailbox/vacation.ts';
import type { QueueAdmin } from '../core/queue/admin.ts';
import type { QueueStore } from '../core/queue/port.ts';
import type { TraceStore } from '../core/trace/port.ts';
import type { RestoredStore } from '../core/restore/port.ts';
import type { VerifyStore } from '../core/verify/port.ts';
import type { Committer } from './committer.ts';
import { type Reads, reads, type Writes, writes } from './sql/operations.ts';
import type { Engine, Sql } from './sql/sql.ts';

type Method<Op> = Op extends (sql: Sql) => Promise<infer Result>
  ? () => Promise<Result>
  : Op extends (sql: Sql, input: infer Input) => Promise<infer Result>
    ? (input: Input) => Promise<Result>
    : never;
type Methods = { readonly [Name in keyof Writes]: Method<Writes[Name]> } & {
  readonly [Name in keyof Reads]: Method<Reads[Name]>;
};

/** Word between servers that share a store; where they cannot, nothing. */
export interface Announcements {
  announce(path: PathKey): void;
  onAnnounce(heard: (path: PathKey) => void): void;
  /** Mailboxes were changed here. */
  announceChanges(changes: readonly MailboxChange[]): void;
  /** Is told of mailboxes that were changed by another server. */
  onChangesAnnounced(heard: (changes: readonly MailboxChange[]) => void): void;
}

/** Is told of mailboxes that were changed: by this process, or on another server. */
export type ChangeListener = (changes: readonly MailboxChange[], by: 'us' | 'others') => void;

interface Lifetime extends Pick<Announcements, 'announce' | 'onAnnounce'> {
  /** Tells of each transaction that changed mailboxes, once it is synced. Word of others may be lost. */
  onMailboxChanges(heard: ChangeListener): void;
  /** Bodies staged before this and never accepted are forgotten; how many were. */
  sweepStages(before: number): Promise<number>;
  /** The room that there is to write; undefined when the database is somewhere else. */
  space(): Promise<DiskSpace | undefined>;
  close(): Promise<void>;
}

/** Everything that is kept, on either database. */
export type SqlStore = QueueStore &
  DirectoryStore &
  QueueAdmin &
  TraceStore &
  MailboxStore &
  VacationStore &
  GuardStore &
  VerifyStore &
  RestoredStore &
  ImportStore &
  Lifetime;

/** One machine: its supervisor passes the word. */
const NO_WORD: Announcements = {
  announce() {},
  onAnnounce() {},
  announceChanges() {},
  onChangesAnnounced() {},
};

/** One method per operation: writes go through group commit, reads straight to the engine. */
export function createStore(
  engine: Pick<Engine, 'read' | 'space' | 'close'>,
  committer: Pick<Committer, 'run' | 'onChanged'>,
  word: Announcements & { close?(): Promise<void> } = NO_WORD,
): SqlStore {
  const methods: Record<string, (input: unknown) => Promise<unknown>> = {};
  for (const name of Object.keys(writes)) methods[name] = (input) => committer.run(name, input);
  for (const name of Object.keys(reads)) methods[name] = (input) => engine.read({ name, input });
  const listeners = new Set<ChangeListener>();
  committer.onChanged((changes) => {
    word.announceChanges(changes);
    for (const heard of listeners) heard(changes, 'us');
  });
  // The loop above makes exactly the methods that the operations' types say.
  const complete = methods as unknown as Methods;
  return {
    ...complete,
    announce: (path) => word.announce(path),
    onAnnounce: (heard) => word.onAnnounce(heard),
    onMailboxChanges(heard) {
      listeners.add(heard);
      word.onChangesAnnounced((changes) => heard(changes, 'others'));
    },
    space: () => engine.space(),
    async close() {
      await word.close?.();
      await engine.close();
    },
  };
}
