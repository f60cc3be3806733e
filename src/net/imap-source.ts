/** Another IMAP server, read over ImapFlow: nothing there is changed, folders are opened with EXAMINE. */
import type { ImapFlow, ListResponse } from 'imapflow';
import type {
  Described,
  LeftFolder,
  OpenFolder,
  SourceConnection,
  SourceFolder,
} from '../core/import/source.ts';
import { SourceError } from '../core/import/source.ts';
import { toRanges } from '../core/mailbox/uid-ranges.ts';

/** Octets of one literal at most: what a server that reckons a size wrongly may send at once. */
const MOST_LITERAL_BYTES = 64 * 1024 * 1024;
const CONNECT_MS = 30_000;
/** Without any octet from the server. */
const SILENCE_MS = 120_000;
const LOGOUT_MS = 5_000;

export interface ImapServer {
  readonly host: string;
  readonly port: number;
  /** `none`: passwords pass in the clear; for a server on this machine. */
  readonly tls: 'implicit' | 'starttls' | 'none';
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
    ...{ maxLiteralSize: MOST_LITERAL_BYTES, maxResponseSize: 2 * MOST_LITERAL_BYTES },
  });
  // What goes wrong rejects what is being asked; this is said beside it.
  client.on('error', () => undefined);
  await orFault(() => client.connect());
  return new ImapSource(client);
}

class ImapSource implements SourceConnection {
  readonly #client: ImapFlow;

  constructor(client: ImapFlow) {
    this.#client = client;
  }

  async folders(): Promise<SourceFolder[]> {
    const listed = await orFault(() => this.#client.list({ statusQuery: { messages: true } }));
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
    const box = await orFault(() => client.mailboxOpen(name, { readOnly: true }));
    const hasModseq = client.enabled.has('CONDSTORE') && !box.noModseq && box.highestModseq !== undefined;
    return new ImapFolder(client, {
      uidValidity: Number(box.uidValidity),
      ...(hasModseq ? { modseq: String(box.highestModseq) } : {}),
    });
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

class ImapFolder implements OpenFolder {
  readonly #client: ImapFlow;
  readonly uidValidity: number;
  readonly modseq?: string;

  constructor(client: ImapFlow, { uidValidity, modseq }: Pick<OpenFolder, 'uidValidity' | 'modseq'>) {
    this.#client = client;
    this.uidValidity = uidValidity;
    if (modseq !== undefined) this.modseq = modseq;
  }

  async uids(): Promise<readonly number[]> {
    const found = await orFault(() => this.#client.search({ all: true }, { uid: true }));
    if (!Array.isArray(found))
      throw new SourceError('refused', 'the server does not say which messages there are');
    return found.sort((a, b) => a - b);
  }

  async *flags({
    range: [first, last],
    since,
  }: Parameters<OpenFolder['flags']>[0]): AsyncGenerator<Pick<Described, 'uid' | 'flags'>> {
    const changed = since === undefined ? {} : { changedSince: BigInt(since) };
    const query = { uid: true, flags: true };
    try {
      for await (const { uid, flags } of this.#client.fetch(`${first}:${last}`, query, {
        uid: true,
        ...changed,
      }))
        if (flags !== undefined) yield { uid, flags: [...flags] };
    } catch (error) {
      throw faultOf(error);
    }
  }

  async describe(uids: readonly number[]): Promise<Described[]> {
    const found: Described[] = [];
    const query = { uid: true, flags: true, internalDate: true, size: true };
    await orFault(async () => {
      for await (const message of this.#client.fetch(sequence(uids), query, { uid: true })) {
        const { uid, flags, internalDate, size } = message;
        if (flags === undefined || size === undefined) continue;
        const internalAt = internalDate === undefined ? Number.NaN : new Date(internalDate).getTime();
        const date = Number.isNaN(internalAt) ? {} : { internalAt };
        found.push({ uid, flags: [...flags], sizeBytes: size, ...date });
      }
    });
    return found;
  }

  async whole(uids: readonly number[]): Promise<{ uid: number; bytes: Buffer }[]> {
    const found: { uid: number; bytes: Buffer }[] = [];
    await orFault(async () => {
      for await (const { uid, source } of this.#client.fetch(
        sequence(uids),
        { uid: true, source: true },
        { uid: true },
      ))
        if (source) found.push({ uid, bytes: source });
    });
    return found;
  }

  async piece({ uid, offset, limit }: Parameters<OpenFolder['piece']>[0]): Promise<Buffer | undefined> {
    const query = { uid: true, source: { start: offset, maxLength: limit } };
    const message = await orFault(() => this.#client.fetchOne(String(uid), query, { uid: true }));
    return message ? (message.source ?? Buffer.alloc(0)) : undefined;
  }
}

function sequence(uids: readonly number[]): string {
  return toRanges(uids)
    .map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`))
    .join(',');
}

async function orFault<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw faultOf(error);
  }
}

interface Fault extends Error {
  readonly code?: string;
  readonly authenticationFailed?: boolean;
  readonly tlsFailed?: boolean;
  readonly serverResponseCode?: string;
  readonly responseStatus?: string;
  readonly responseText?: string;
  readonly response?: unknown;
}

/** What passes by itself (RFC 5530), whatever was asked. */
const PASSING: readonly (string | undefined)[] = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG'];
/** Of OpenSSL and Node, about certificates. */
const UNTRUSTED = /CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$|STARTTLS/;

function faultOf(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const { code, message, responseText, response, ...fault } = error as Fault;
  const said = responseText ?? (typeof response === 'string' ? response : undefined);
  if (PASSING.includes(fault.serverResponseCode)) return new SourceError('lost', said ?? message);
  if (fault.authenticationFailed)
    return new SourceError('login', `the login was refused: ${said ?? message}`);
  if (fault.tlsFailed || UNTRUSTED.test(code ?? ''))
    return new SourceError('unsafe', `no TLS that can be trusted: ${message}`);
  if (code === 'ENOTFOUND') return new SourceError('refused', `there is no such host: ${message}`);
  const isRefusal = fault.responseStatus === 'NO' || fault.responseStatus === 'BAD';
  if (isRefusal && code !== 'ETHROTTLE') return new SourceError('refused', said ?? message);
  return new SourceError('lost', said ?? (code === undefined ? message : `${message} (${code})`));
}
