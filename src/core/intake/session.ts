import type { Account } from '../directory/port.ts';

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
