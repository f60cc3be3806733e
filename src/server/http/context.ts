import type { SecureContext } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Service } from '../../core/autoconfig/services.ts';
import type { IntakeBudget } from '../../core/capacity/capacity.ts';
import type { Directory } from '../../core/directory/port.ts';

/** What HTTP is served with. */
export interface HttpContext {
  readonly hostname: string;
  /** What mail programs can connect to here. */
  readonly services: readonly Service[];
  readonly directory: Pick<Directory, 'isLocal'>;
  readonly budget: Pick<IntakeBudget, 'turnsAway'>;
  readonly clock: Clock;
  readonly tlsHandshakeTimeoutMs: number;
  /** Present when every connection begins with TLS. */
  readonly secure?: SecureContext;
}

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly target: string;
  /** The Host field; empty when there is none. */
  readonly host: string;
  /** At most `MAX_BODY_BYTES`. */
  readonly body: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** What the browser calls the file that it keeps. */
  readonly fileName?: string;
}

/** Octets of a request's body. */
export const MAX_BODY_BYTES = 16_384;
