/** Another IMAP server, read over ImapFlow: nothing there is changed, folders are opened with EXAMINE. */
import type { FetchMessageObject, FetchQueryObject, ImapFlow, ListResponse } from 'imapflow';
import type {
  Described,
  LeftFolder,
  OpenFolder,
  SourceConnection,
  SourceFolder,
} from '../core/import/source.ts';
import { SourceError } from '../core/import/source.ts';
import { toRanges } from '../core/mailbox/uid-ranges.ts';
import { BoundedCommands, type Bounds } from './imap-bounds.ts';
import type { ImapPlace } from './imap-fault.ts';

/** Of an account. */
const MOST_FOLDERS = 20_000;
const FOLDERS_BYTES = 6 * 1024 * 1024;
/** Of a folder. */
const MOST_MESSAGES = 5_000_000;
/** All their UIDs stand in one line, of up to 11 octets each. */
const MOST_LINE_BYTES = 11 * MOST_MESSAGES + 1024 * 1024;
/** Octets of one literal at most: a window has less, and so have pieces. */
const MOST_LITERAL_BYTES = 8 * 1024 * 1024;
/** Beside what was asked for: what changes meanwhile comes unasked (RFC 3501, section 5.2). */
const SLACK_BYTES = 1024 * 1024;
const SLACK_ANSWERS = 1_000;
/** Flags of a page of messages, and what of others lies between them. */
const MOST_FLAG_ANSWERS = 10_000;
/** What describes messages: keywords may be many. */
const DESCRIBED_BYTES = 8 * 1024;
const CONNECT_MS = 30_000;
/** Without any octet from the server. */
const SILENCE_MS = 120_000;
const LOGOUT_MS = 5_000;

/** With `tls` `none` passwords pass in the clear: for a server on this machine. */
export interface ImapServer extends ImapPlace {
  /** Certificates (PEM) that are trusted in place of the system's. */
  readonly ca?: string;
}

export interface ImapLogin {
  readonly user: string;
  readonly password: string;
  /** Who logs in for `user`: SASL PLAIN with an authorization identity (RFC 4616). */
  readonly master?: string;
}

/** Connects and logs in. Rejects with a `SourceError`, which never holds the password. */
export async function openImapSource(server: ImapServer, login: ImapLogin): Promise<SourceConnection> {
  const { host, port, tls, ca } = server;
  const { user, password, master } = login;
  // Here, so that no other command waits for it to be read.
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({
    ...{ host, port, logger: false, disableAutoIdle: true, clientInfo: { name: 'Relais' } },
    secure: tls === 'implicit',
    doSTARTTLS: tls === 'starttls',
    tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    auth:
      master === undefined
        ? { user, pass: password }
        : { user: master, pass: password, authzid: user, loginMethod: 'AUTH=PLAIN' },
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    ...{ maxLiteralSize: MOST_LITERAL_BYTES, maxLineLength: MOST_LINE_BYTES },
    maxResponseSize: MOST_LINE_BYTES + MOST_LITERAL_BYTES,
  });
  // Also hears what goes wrong beside what is being asked.
  const commands = new BoundedCommands(client, server);
  await commands.run({ of: 'to log in', octets: SLACK_BYTES }, () => client.connect());
  return new ImapSource(client, commands);
}

class ImapSource implements SourceConnection {
  readonly #client: ImapFlow;
  readonly #commands: BoundedCommands;

  constructor(client: ImapFlow, commands: BoundedCommands) {
    this.#client = client;
    this.#commands = commands;
  }

  async folders(): Promise<SourceFolder[]> {
    const bounds: Bounds = { of: 'which folders there are', octets: FOLDERS_BYTES, commands: 'many' };
    const listed = await this.#commands.run(bounds, async () => {
      const found = await this.#client.list({ statusQuery: { messages: true } });
      if (found.length > MOST_FOLDERS)
        throw new SourceError(
          'excess',
          `the server lists ${found.length} folders, more than ${MOST_FOLDERS}`,
        );
      return found;
    });
    const byName = new Map(listed.map((entry) => [entry.path, this.#folder(entry)]));
    return [...byName.values()];
  }

  #folder(entry: ListResponse): SourceFolder {
    const { path, delimiter, specialUse, subscribed, status } = entry;
    const prefix = this.#client.namespace?.prefix ?? '';
    const own = prefix !== '' && path.startsWith(prefix) ? path.slice(prefix.length) : path;
    const left = this.#left(entry);
    return {
      name: path,
      // Where XLIST has it, it is called in the language of its owner.
      levels: specialUse === '\\Inbox' ? ['INBOX'] : delimiter ? own.split(delimiter) : [own],
      isSubscribed: subscribed,
      ...(specialUse === undefined ? {} : { use: specialUse }),
      ...(status?.messages === undefined ? {} : { messages: status.messages }),
      ...(left === undefined ? {} : { left }),
    };
  }

  #left({ path, flags }: ListResponse): LeftFolder | undefined {
    const has = (name: string): boolean => [...flags].some((flag) => flag.toLowerCase() === name);
    if (has('\\noselect') || has('\\nonexistent')) return 'holds no messages';
    if (has('\\all') || has('\\flagged') || has('\\important')) return 'shows others';
    const { other, shared } = this.#client.namespaces ?? {};
    const others = [...(other || []), ...(shared || [])].map(({ prefix }) => prefix);
    return others.some((prefix) => prefix !== '' && path.startsWith(prefix))
      ? 'belongs to others'
      : undefined;
  }

  async open(name: string): Promise<OpenFolder> {
    const client = this.#client;
    const bounds = { of: 'to open a folder', octets: SLACK_BYTES };
    const box = await this.#commands.run(bounds, () => client.mailboxOpen(name, { readOnly: true }));
    const hasModseq = client.enabled.has('CONDSTORE') && !box.noModseq && box.highestModseq !== undefined;
    return new ImapFolder(
      { client, commands: this.#commands },
      {
        uidValidity: Number(box.uidValidity),
        ...(hasModseq ? { modseq: String(box.highestModseq) } : {}),
      },
    );
  }

  async close(): Promise<void> {
    const over = setTimeout(() => this.#client.close(), LOGOUT_MS);
    try {
      await this.#client.logout();
    } catch {
      // It is gone already.
    } finally {
      clearTimeout(over);
      this.#client.close();
    }
  }
}

interface Asking {
  readonly client: ImapFlow;
  readonly commands: BoundedCommands;
}

interface Rows<Row> {
  readonly range: string;
  readonly query: FetchQueryObject;
  readonly changedSince?: bigint;
  readonly bounds: Bounds;
  /** Answers, of all messages together. */
  readonly most: number;
  /** Undefined of what was not asked for, or has not what was asked for. */
  of(message: FetchMessageObject): Row | undefined;
}

class ImapFolder implements OpenFolder {
  readonly #client: ImapFlow;
  readonly #commands: BoundedCommands;
  readonly uidValidity: number;
  readonly modseq?: string;

  constructor(
    { client, commands }: Asking,
    { uidValidity, modseq }: Pick<OpenFolder, 'uidValidity' | 'modseq'>,
  ) {
    this.#client = client;
    this.#commands = commands;
    this.uidValidity = uidValidity;
    if (modseq !== undefined) this.modseq = modseq;
  }

  uids(among?: readonly number[]): Promise<readonly number[]> {
    const bounds = { of: 'which messages there are', octets: MOST_LINE_BYTES };
    return this.#commands.run(bounds, async () => {
      const which = among === undefined ? { all: true } : { uid: sequence(among) };
      const found = await this.#client.search(which, { uid: true });
      if (!Array.isArray(found))
        throw new SourceError('refused', 'the server does not say which messages there are');
      if (found.length > MOST_MESSAGES)
        throw new SourceError(
          'excess',
          `the server lists ${found.length} messages, more than ${MOST_MESSAGES}`,
        );
      return found.sort((a, b) => a - b);
    });
  }

  /** Of each message the first answer that has what was asked for; others are dropped as they come. */
  #fetch<Row>({ range, query, changedSince, bounds, most, of }: Rows<Row>): Promise<Map<number, Row>> {
    return this.#commands.run(bounds, async () => {
      const found = new Map<number, Row>();
      let answers = 0;
      const options = { uid: true, ...(changedSince === undefined ? {} : { changedSince }) };
      for await (const message of this.#client.fetch(range, { uid: true, ...query }, options)) {
        if (++answers > most)
          throw new SourceError(
            'excess',
            `the server was asked ${bounds.of}, and sent more than ${most} answers`,
          );
        if (found.has(message.uid)) continue;
        const row = of(message);
        if (row !== undefined) found.set(message.uid, row);
      }
      return found;
    });
  }

  async *flags({
    range: [first, last],
    since,
  }: Parameters<OpenFolder['flags']>[0]): AsyncGenerator<Pick<Described, 'uid' | 'flags'>> {
    const found = await this.#fetch({
      range: `${first}:${last}`,
      query: { flags: true },
      ...(since === undefined ? {} : { changedSince: BigInt(since) }),
      bounds: { of: 'for flags', octets: SLACK_BYTES + MOST_FLAG_ANSWERS * DESCRIBED_BYTES },
      most: MOST_FLAG_ANSWERS,
      of: ({ uid, flags }) => (uid < first || uid > last || flags === undefined ? undefined : [...flags]),
    });
    for (const [uid, flags] of found) yield { uid, flags };
  }

  async describe(uids: readonly number[]): Promise<Described[]> {
    const wanted = new Set(uids);
    const octets = 8 * SLACK_BYTES + uids.length * DESCRIBED_BYTES;
    const found = await this.#fetch({
      ...{ range: sequence(uids), query: { flags: true, internalDate: true, size: true } },
      ...{ bounds: { of: 'to describe messages', octets }, most: mostAnswers(uids) },
      of: (message) => (wanted.has(message.uid) ? describedBy(message) : undefined),
    });
    return [...found.values()];
  }

  async whole(uids: readonly number[], claimedBytes: number): Promise<{ uid: number; bytes: Buffer }[]> {
    const wanted = new Set(uids);
    const found = await this.#fetch({
      ...{ range: sequence(uids), query: { source: true }, most: mostAnswers(uids) },
      bounds: {
        ...{ of: 'for messages', octets: 2 * claimedBytes + SLACK_BYTES, contentBytes: claimedBytes },
      },
      of: ({ uid, source }) => (wanted.has(uid) && Buffer.isBuffer(source) ? source : undefined),
    });
    return [...found].map(([uid, bytes]) => ({ uid, bytes }));
  }

  async piece({ uid, offset, limit }: Parameters<OpenFolder['piece']>[0]): Promise<Buffer | undefined> {
    const found = await this.#fetch({
      ...{ range: String(uid), query: { source: { start: offset, maxLength: limit } } },
      most: mostAnswers([uid]),
      bounds: { of: 'for a piece of a message', octets: 2 * limit + SLACK_BYTES, contentBytes: limit },
      of: (came) => (came.uid === uid && Buffer.isBuffer(came.source) ? came.source : undefined),
    });
    return found.get(uid);
  }
}

function mostAnswers(uids: readonly number[]): number {
  return 2 * uids.length + SLACK_ANSWERS;
}

function describedBy({ uid, flags, internalDate, size }: FetchMessageObject): Described | undefined {
  if (flags === undefined || size === undefined || !Number.isSafeInteger(size) || size < 0) return undefined;
  const internalAt = internalDate === undefined ? Number.NaN : new Date(internalDate).getTime();
  const date = Number.isNaN(internalAt) ? {} : { internalAt };
  return { uid, flags: [...flags], sizeBytes: size, ...date };
}

function sequence(uids: readonly number[]): string {
  return toRanges(uids)
    .map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`))
    .join(',');
}
