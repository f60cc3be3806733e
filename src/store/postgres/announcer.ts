/** Word between servers that share a database: LISTEN and NOTIFY. Word may be lost; the sweep finds what it told of. */
import pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import type { AccountId, MailboxId, PathKey } from '../../core/envelope.ts';
import type { MailboxChange } from '../../core/mailbox/port.ts';

const CHANNEL = 'relais_path';
const MAILBOX_CHANNEL = 'relais_mailbox';
/** Paths, and mailboxes, that wait to be said at most: more are left for the sweep to find. */
const MAX_WAITING = 10_000;
/** Three numbers of at most 16 digits each: so many fit into one payload. */
const CHANGES_AT_ONCE = 150;
const AGAIN_MS = 2_000;
/** PostgreSQL's own limit is 8000 octets. */
const MAX_PAYLOAD = 7_900;

export class Announcer {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #heard = new Set<(path: PathKey) => void>();
  readonly #heardChanges = new Set<(changes: readonly MailboxChange[]) => void>();
  /** What is still to be said. */
  readonly #paths = new Set<PathKey>();
  readonly #changes = new Map<MailboxId, MailboxChange>();
  #isSending = false;
  #client: pg.Client | undefined;
  #closed = false;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
  }

  /** Says that a path has something ready. Never rejects. */
  announce(path: PathKey): void {
    if (path.length > MAX_PAYLOAD || this.#paths.size >= MAX_WAITING) return;
    this.#paths.add(path);
    void this.#send();
  }

  onAnnounce(heard: (path: PathKey) => void): void {
    this.#heard.add(heard);
    if (this.#client === undefined) void this.#connect();
  }

  /** Says that mailboxes were changed; each once, with its last MODSEQ. Never rejects. */
  announceChanges(changes: readonly MailboxChange[]): void {
    for (const change of changes) {
      if (this.#changes.size >= MAX_WAITING) break;
      const known = this.#changes.get(change.mailbox)?.modseq ?? 0;
      if (change.modseq >= known) this.#changes.set(change.mailbox, change);
    }
    void this.#send();
  }

  onChangesAnnounced(heard: (changes: readonly MailboxChange[]) => void): void {
    this.#heardChanges.add(heard);
    if (this.#client === undefined) void this.#connect();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => undefined);
  }

  /** One after the other: what comes meanwhile goes together. Without a connection it is lost. */
  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next())
        await this.#client?.query('SELECT pg_notify($1, $2)', next).catch(() => undefined);
    } finally {
      this.#isSending = false;
    }
  }

  #next(): [channel: string, payload: string] | undefined {
    const [path] = this.#paths;
    if (path !== undefined) {
      this.#paths.delete(path);
      return [CHANNEL, path];
    }
    const changes = [...this.#changes.values()].slice(0, CHANGES_AT_ONCE);
    for (const { mailbox } of changes) this.#changes.delete(mailbox);
    return changes.length === 0 ? undefined : [MAILBOX_CHANNEL, changes.map(written).join(' ')];
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ channel, payload = '', processId }) => {
      if (channel === CHANNEL) for (const heard of this.#heard) heard(payload as PathKey);
      // Our own were told when they were committed.
      else if (processId !== (client as unknown as { processID: number }).processID)
        for (const heard of this.#heardChanges) heard(read(payload));
    });
    this.#client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      await client.query(`LISTEN ${MAILBOX_CHANNEL}`);
    } catch {
      this.#lost(client);
    }
  }

  #lost(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.#clock.after(AGAIN_MS, () => {
      if (!this.#closed) void this.#connect();
    });
  }
}

function written({ account, mailbox, modseq }: MailboxChange): string {
  return `${account}.${mailbox}.${modseq}`;
}

function read(payload: string): MailboxChange[] {
  return payload.split(' ').map((one) => {
    const [account, mailbox, modseq] = one.split('.').map(Number) as [AccountId, MailboxId, number];
    return { account, mailbox, modseq };
  });
}
