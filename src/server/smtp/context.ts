/** What every SMTP session of a listener shares. */
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Acceptor } from '../../core/intake/accept.ts';
import type { ArrivingContent } from '../../core/intake/content.ts';
import type { ReturnPaths } from '../../core/intake/return-path.ts';
import type { ClientFacts } from '../../core/intake/session.ts';
import type { Directory } from '../../core/directory/port.ts';
import type { LoginContext } from '../login.ts';

/** Every limit of a session; the defaults and their sentences stand in `core/config`. Octets, counts, milliseconds. */
export interface SessionLimits {
  readonly commandLineBytes: number;
  readonly textLineBytes: number;
  readonly maxMessageBytes: number;
  readonly maxRecipients: number;
  readonly maxCommands: number;
  readonly maxErrors: number;
  readonly maxTransactions: number;
  readonly authLineBytes: number;
  /** Strangers must be silent this long before they are greeted. */
  readonly greetingDelayMs: number;
  readonly greetingTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly dataTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
}

export interface SessionContext {
  readonly kind: ClientFacts['kind'];
  readonly hostname: string;
  /** Present when STARTTLS (or implicit TLS) is available. */
  readonly secure?: SecureContext;
  readonly implicitTls: boolean;
  readonly mayRelay: (address: string) => boolean;
  /** Of LMTP, where no stranger is heard. */
  readonly mayConnect?: (address: string) => boolean;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: Directory;
  readonly acceptor: Acceptor;
  /** Reads the return addresses of forwards. */
  readonly returns: Pick<ReturnPaths, 'read'>;
  /** Present where logging in is possible. */
  readonly login?: LoginContext;
  newContent(): ArrivingContent;
}
