/** What delivery needs of DNS. Implemented by `net/resolver.ts`. */

export interface Resolver {
  /** Never rejects. */
  mx(domain: string): Promise<DnsAnswer<MxRecord>>;
  /** IPv6 first. Never rejects. */
  addresses(host: string): Promise<DnsAnswer<string>>;
}

export interface MxRecord {
  /** In lower case, without the dot at its end. Empty for the null MX (RFC 7505). */
  readonly host: string;
  readonly preference: number;
}

/** Answers carry their time to live in seconds. */
export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly ttlSeconds: number }
  /** NXDOMAIN: there is no such name. */
  | { readonly kind: 'no-name' }
  /** The name exists, without records of this kind. */
  | { readonly kind: 'no-data' }
  | DnsFailure;

export interface DnsFailure {
  readonly kind: 'failed';
  readonly why: string;
  readonly trouble: 'local' | 'remote';
}
