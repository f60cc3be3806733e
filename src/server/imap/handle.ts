/** What the handlers of commands see of a session, and what they may change. */
import type { TLSSocket } from 'node:tls';
import type { ResponseCode } from '../../wire/imap/response/status.ts';
import type { InputReader } from '../../wire/imap/input.ts';
import type { ImapContext } from './context.ts';
import type { SelectedWish } from './notify/wishes.ts';
import type { Owner } from '../owners.ts';
import type { Phase, Waiting } from './phase.ts';
import type { Selected } from './selected.ts';
import type { Enabled, Telling } from './telling.ts';

/** How a command ends. */
export interface Completion {
  readonly condition: 'OK' | 'NO' | 'BAD';
  readonly code?: ResponseCode;
  readonly text: string;
}

/** Undefined: the command goes on, and ends by itself. */
export type Answer = Completion | undefined | Promise<Completion | undefined>;

/** What a session does for a client that listens all the time (`notify/notified.ts`). */
export interface Listening {
  readonly wishes: { readonly selected: SelectedWish | undefined };
  /** This mailbox is selected now, or none. */
  follow(selected: Selected | undefined): void;
  afterCommand(): void;
  end(): void;
}

export interface ImapHandle {
  readonly context: ImapContext;
  readonly reader: InputReader;
  readonly address: string;
  /** For channel binding, also where it is compressed above it; undefined in the clear. */
  readonly tlsSocket: TLSSocket | undefined;
  readonly enabled: Enabled;
  readonly account: Owner;
  /** The mailbox that is selected; only for commands of that phase. */
  readonly selected: Selected;
  phase: Phase;
  waiting: Waiting | undefined;
  /** From NOTIFY on: what the client wishes to hear of, and nothing else. */
  notified: Listening | undefined;
  loginFailures: number;
  /** The connection is over: what is under way may end. */
  readonly isOver: boolean;
  /** Untagged responses, as text to be sent as UTF-8 or as octets. */
  send(piece: string | Buffer): void;
  /** To be awaited, where there is something to, before more is sent: the client reads slowly, or others wait for their turn. */
  room(): Promise<void> | undefined;
  /** The tag of the command that is under way. */
  readonly tag: string;
  /** Sends what there is at once. */
  flush(): void;
  loggedIn(account: Owner): void;
  loggedOut(): void;
  /** From COMPRESS on, until the connection ends. */
  readonly isCompressed: boolean;
  /** Says `goAhead`, then goes on compressed. */
  compress(goAhead: string): void;
  /** Leaves the mailbox that is selected, if one is. */
  leave(): void;
  /** Tells what others changed in the selected mailbox, with the current command's restrictions. */
  tell(how: Telling): Promise<void>;
  /** Has something done when no command is under way; further ones wait for it. What it sends is flushed. */
  between(job: () => Promise<void>): void;
  /** Says `goAhead` in the clear, then goes on over TLS. */
  upgrade(goAhead: string): void;
  /** The connection ends when what was sent is gone. */
  end(last: string): void;
}

/** RFC 9586 section 3: who has enabled UIDONLY names messages by their UIDs. */
export const UID_REQUIRED: Completion = {
  condition: 'BAD',
  code: { kind: 'UIDREQUIRED' },
  text: 'With UIDONLY messages have no numbers',
};

export function ok(text: string, code?: ResponseCode): Completion {
  return { condition: 'OK', text, ...(code === undefined ? {} : { code }) };
}

export function no(text: string, code?: ResponseCode): Completion {
  return { condition: 'NO', text, ...(code === undefined ? {} : { code }) };
}

export function bad(text: string, code?: ResponseCode): Completion {
  return { condition: 'BAD', text, ...(code === undefined ? {} : { code }) };
}
