import { addressKey } from '../directory/login-keys.ts';
import type { Account } from '../directory/port.ts';

/** What one customer has: an IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  return addressKey(address).slice('address:'.length);
}

/** What intake knows of the other end of a connection. */
export interface ClientFacts {
  readonly kind: 'mx' | 'submission' | 'lmtp';
  readonly address: string;
  /** In a range that may relay without logging in. */
  readonly mayRelay: boolean;
  readonly helo?: string;
  /** `TLSv1.3 TLS_AES_256_GCM_SHA384` */
  readonly tls?: string;
  readonly esmtp: boolean;
  readonly account?: Account;
}
