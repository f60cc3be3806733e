/** What every IMAP session of a listener shares. */
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { IntakeBudget } from '../../core/capacity/capacity.ts';
import type { ArrivingContent } from '../../core/intake/content.ts';
import type { LiveMailboxes } from '../../core/mailbox/live.ts';
import type { MailboxStore } from '../../core/mailbox/port.ts';
import type { QuotaLimits } from '../../core/mailbox/quota.ts';
import type { IdSupply } from '../../core/queue/ids.ts';
import type { QueueStore } from '../../core/queue/port.ts';
import type { LoginContext } from '../login.ts';
import type { OwnerStore } from '../owners.ts';

/** Every limit of a session; the defaults and their sentences stand in `core/config`. Octets, counts, milliseconds. */
export interface ImapLimits {
  readonly maxMessageBytes: number;
  /** Messages that one command may be about (RFC 9738). */
  readonly messageLimit: number;
  /** BAD in a row. */
  readonly maxErrors: number;
  /** From the connection to the end of the login. */
  readonly loginTimeoutMs: number;
  /** Without a word of a client that has logged in (RFC 9051 5.4: 30 minutes at least). */
  readonly idleTimeoutMs: number;
  /** A client that reads nothing of what it asked for, or goes on with nothing that it has begun. */
  readonly stallTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
}

export type ImapStore = MailboxStore & Pick<QueueStore, 'readContent'> & OwnerStore;

export interface ImapContext {
  readonly hostname: string;
  /** Of the program, for ID. */
  readonly version: string;
  /** Present when STARTTLS (or implicit TLS) is available. */
  readonly secure?: SecureContext;
  readonly implicitTls: boolean;
  readonly limits: ImapLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly login: LoginContext;
  readonly store: ImapStore;
  readonly mailboxes: LiveMailboxes;
  readonly ids: IdSupply;
  readonly budget: IntakeBudget;
  /** What an account may keep that has no limits of its own. */
  readonly quota: QuotaLimits;
  newContent(): ArrivingContent;
}
