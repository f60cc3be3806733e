/** What every POP3 session of a listener shares. */
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { IntakeBudget } from '../../core/capacity/capacity.ts';
import type { LiveMailboxes } from '../../core/mailbox/live.ts';
import type { MailboxStore } from '../../core/mailbox/port.ts';
import type { QueueStore } from '../../core/queue/port.ts';
import type { LoginContext } from '../login.ts';
import type { OwnerStore } from '../owners.ts';

/** Every limit of a session; the defaults and their sentences stand in `core/config`. Counts, milliseconds. */
export interface Pop3Limits {
  /** -ERR in a row, of commands that are none or are misplaced. */
  readonly maxErrors: number;
  /** From the connection to the end of the login. */
  readonly loginTimeoutMs: number;
  /** Without a word of a client that has logged in (RFC 1939 section 3: 10 minutes at least). */
  readonly idleTimeoutMs: number;
  /** A client that reads nothing of what it asked for. */
  readonly stallTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
}

export type Pop3Store = Pick<MailboxStore, 'mailboxNamed' | 'items' | 'storeFlags' | 'expungeItems'> &
  Pick<QueueStore, 'readContent'> &
  OwnerStore;

export interface Pop3Context {
  readonly hostname: string;
  /** Present when STLS (or implicit TLS) is available. */
  readonly secure?: SecureContext;
  readonly implicitTls: boolean;
  readonly limits: Pop3Limits;
  readonly clock: Clock;
  readonly log: Log;
  readonly login: LoginContext;
  readonly store: Pop3Store;
  readonly mailboxes: Pick<LiveMailboxes, 'open' | 'close'>;
  readonly budget: IntakeBudget;
}
