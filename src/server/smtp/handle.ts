/** What the handlers of commands see of a session, and what they may change. */
import type { TLSSocket } from 'node:tls';
import type { Account } from '../../core/directory/port.ts';
import type { ClientFacts } from '../../core/intake/session.ts';
import type { InputReader } from '../../wire/smtp/input.ts';
import type { Reply } from '../../wire/smtp/reply.ts';
import type { SessionContext } from './context.ts';
import type { Phase } from './phase.ts';

/** A reply now, later, or none (the octets that follow will lead to one). */
export type Answer = Reply | undefined | Promise<Reply | undefined>;

export interface SmtpHandle {
  readonly context: SessionContext;
  readonly reader: InputReader;
  readonly client: ClientFacts;
  /** For channel binding; undefined in the clear. */
  readonly tlsSocket: TLSSocket | undefined;
  phase: Phase;
  /** Messages so far. */
  transactions: number;
  loginFailures: number;
  /** EHLO or HELO named the client: everything begun is dropped. */
  greeted(helo: string, how: 'esmtp' | 'smtp'): void;
  loggedIn(account: Account): void;
  resetTransaction(): void;
  /** Says `goAhead` in the clear, then goes on over TLS. */
  upgrade(goAhead: Reply): void;
}
