/** Commands as values: what the verbs are, and who reads the arguments of each (RFC 9051 section 6, and the extensions). */
import { type Arguments, Cursor, SyntaxFault } from './cursor.ts';
import type { AppendCommand } from './grammar/append.ts';
import { type FetchCommand, fetch } from './grammar/fetch.ts';
import { type ListCommand, list, lsub } from './grammar/list.ts';
import { create, type MailboxCommand, named, rename, select, status } from './grammar/mailbox.ts';
import { getMetadata, type MetadataCommand, setMetadata } from './grammar/metadata.ts';
import { type NotifyCommand, notify } from './grammar/notify.ts';
import { getQuota, type QuotaCommand, setQuota } from './grammar/quota.ts';
import { cancelUpdate, type SearchCommand, search, sort, thread } from './grammar/search.ts';
import { authenticate, bare, compress, enable, id, login, type SessionCommand } from './grammar/session.ts';
import { copy, type StoreCommand, store, uidExpunge } from './grammar/store.ts';
import type { NameForm } from './mailbox-name.ts';

export type Command =
  | SessionCommand
  | MailboxCommand
  | ListCommand
  | AppendCommand
  | FetchCommand
  | StoreCommand
  | SearchCommand
  | QuotaCommand
  | MetadataCommand
  | NotifyCommand;

export type Verb = Command['verb'];

/** A command as the decoder takes it from the wire. */
export interface RawCommand {
  readonly tag: string;
  /** In capitals, `UID FETCH` and its like as one. */
  readonly verb: string;
  readonly arguments: Arguments;
  /** Of a command whose arguments were read as they came. */
  readonly append?: AppendCommand;
}

export type CommandResult =
  | { readonly ok: true; readonly command: Command }
  | {
      readonly ok: false;
      /** `unknown`, `syntax`: BAD · `charset`: NO [BADCHARSET] (RFC 9051 6.4.4) */
      readonly kind: 'unknown' | 'syntax' | 'charset';
      /** Fit for the reply. */
      readonly why: string;
    };

/** How many octets of literals its arguments may have, each and together: none, some, a value's worth, or messages. */
export type LiteralUse = 'none' | 'some' | 'values' | 'messages';

interface Reading {
  readonly literals: LiteralUse;
  readonly read: ((cursor: Cursor, verb: string) => Command) | 'by AppendReader';
}

const READINGS: Readonly<Record<Verb, Reading>> = {
  CAPABILITY: { literals: 'none', read: bare },
  NOOP: { literals: 'none', read: bare },
  LOGOUT: { literals: 'none', read: bare },
  STARTTLS: { literals: 'none', read: bare },
  NAMESPACE: { literals: 'none', read: bare },
  IDLE: { literals: 'none', read: bare },
  CHECK: { literals: 'none', read: bare },
  CLOSE: { literals: 'none', read: bare },
  UNSELECT: { literals: 'none', read: bare },
  EXPUNGE: { literals: 'none', read: bare },
  UNAUTHENTICATE: { literals: 'none', read: bare },
  LOGIN: { literals: 'some', read: login },
  AUTHENTICATE: { literals: 'none', read: authenticate },
  ENABLE: { literals: 'none', read: enable },
  ID: { literals: 'some', read: id },
  COMPRESS: { literals: 'none', read: compress },
  SELECT: { literals: 'some', read: select },
  EXAMINE: { literals: 'some', read: select },
  CREATE: { literals: 'some', read: create },
  DELETE: { literals: 'some', read: named },
  RENAME: { literals: 'some', read: rename },
  SUBSCRIBE: { literals: 'some', read: named },
  UNSUBSCRIBE: { literals: 'some', read: named },
  STATUS: { literals: 'some', read: status },
  LIST: { literals: 'some', read: list },
  LSUB: { literals: 'some', read: lsub },
  APPEND: { literals: 'messages', read: 'by AppendReader' },
  REPLACE: { literals: 'messages', read: 'by AppendReader' },
  'UID REPLACE': { literals: 'messages', read: 'by AppendReader' },
  FETCH: { literals: 'some', read: fetch },
  'UID FETCH': { literals: 'some', read: fetch },
  STORE: { literals: 'none', read: store },
  'UID STORE': { literals: 'none', read: store },
  COPY: { literals: 'some', read: copy },
  'UID COPY': { literals: 'some', read: copy },
  MOVE: { literals: 'some', read: copy },
  'UID MOVE': { literals: 'some', read: copy },
  'UID EXPUNGE': { literals: 'none', read: uidExpunge },
  SEARCH: { literals: 'some', read: search },
  'UID SEARCH': { literals: 'some', read: search },
  SORT: { literals: 'some', read: sort },
  'UID SORT': { literals: 'some', read: sort },
  THREAD: { literals: 'some', read: thread },
  'UID THREAD': { literals: 'some', read: thread },
  CANCELUPDATE: { literals: 'none', read: cancelUpdate },
  GETQUOTA: { literals: 'some', read: getQuota },
  GETQUOTAROOT: { literals: 'some', read: named },
  SETQUOTA: { literals: 'some', read: setQuota },
  GETMETADATA: { literals: 'some', read: getMetadata },
  SETMETADATA: { literals: 'values', read: setMetadata },
  NOTIFY: { literals: 'some', read: notify },
};

/** Undefined for what is no verb. */
export function literalUse(verb: string): LiteralUse | undefined {
  return readingOf(verb)?.literals;
}

/** What the arguments say; nothing is thrown. `names`: the form that names of mailboxes have on this connection. */
export function parseCommand(raw: RawCommand, names: NameForm): CommandResult {
  if (raw.append !== undefined) return { ok: true, command: raw.append };
  const read = readingOf(raw.verb)?.read;
  if (read === undefined || typeof read === 'string')
    return { ok: false, kind: 'unknown', why: unknownVerb(raw.verb) };
  const cursor = new Cursor(raw.arguments, names);
  try {
    const command = read(cursor, raw.verb);
    cursor.end();
    return { ok: true, command };
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault;
    return { ok: false, kind: fault.kind, why: `${raw.verb}: ${fault.why}` };
  }
}

export function unknownVerb(verb: string): string {
  return verb === '' ? 'a command is missing' : `there is no command ${verb.slice(0, 40)}`;
}

function readingOf(verb: string): Reading | undefined {
  return Object.hasOwn(READINGS, verb) ? READINGS[verb as Verb] : undefined;
}
