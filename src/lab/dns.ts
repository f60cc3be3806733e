/** A name server: the MX hosts and addresses of the simulated domains, and the ways in which it may fail. */
import type { Clock } from '../base/clock.ts';
import type { DnsAnswer, DnsFailure, MxRecord, Resolver } from '../core/delivery/dns.ts';
import type { Life } from './life.ts';

export type DnsFault = 'servfail' | 'silence';

export interface Zone {
  readonly domain: string;
  /** Host names, the most preferred first; none for a domain without MX. */
  readonly mx: readonly string[];
}

const ANSWER_MS = 15;
/** What our resolver waits for a server that is silent: two tries of two seconds and a half. */
const PATIENCE_MS = 5_000;
const TTL_SECONDS = 300;

export class Dns {
  readonly #clock: Clock;
  readonly #zones = new Map<string, readonly string[]>();
  readonly #addresses = new Map<string, string>();
  readonly #faults = new Map<string, DnsFault>();
  /** Our own resolver fails for every name. */
  fault: DnsFault | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ domain, mx }: Zone): void {
    this.#zones.set(domain, mx);
  }

  place(host: string, address: string): void {
    this.#addresses.set(host, address);
  }

  /** What the servers of one domain do from now on; undefined: they answer. */
  setFault(domain: string, fault: DnsFault | undefined): void {
    if (fault === undefined) this.#faults.delete(domain);
    else this.#faults.set(domain, fault);
  }

  heal(): void {
    this.#faults.clear();
    this.fault = undefined;
  }

  /** The resolver as one incarnation of a worker has it; `reachable`: whether its questions leave our network. */
  resolver(life: Life, reachable: () => boolean): Resolver {
    const ask = <T>(name: string, found: () => DnsAnswer<T>): Promise<DnsAnswer<T>> =>
      life.hears(this.#ask(name, reachable, found));
    return {
      mx: (domain) => ask(domain, () => this.#mx(domain)),
      addresses: (host) => ask(host, () => this.#addressesOf(host)),
    };
  }

  #ask<T>(name: string, reachable: () => boolean, found: () => DnsAnswer<T>): Promise<DnsAnswer<T>> {
    const fault = reachable() ? (this.fault ?? this.#faults.get(name)) : 'silence';
    return new Promise((resolve) => {
      this.#clock.after(fault === 'silence' ? PATIENCE_MS : ANSWER_MS, () =>
        resolve(fault === undefined ? found() : failure(fault)),
      );
    });
  }

  #mx(domain: string): DnsAnswer<MxRecord> {
    const hosts = this.#zones.get(domain);
    if (hosts === undefined) return { kind: 'no-name' };
    if (hosts.length === 0) return { kind: 'no-data' };
    const records = hosts.map((host, index) => ({ host, preference: (index + 1) * 10 }));
    return { kind: 'found', records, ttlSeconds: TTL_SECONDS };
  }

  #addressesOf(host: string): DnsAnswer<string> {
    const address = this.#addresses.get(host);
    if (address === undefined) return { kind: 'no-name' };
    return { kind: 'found', records: [address], ttlSeconds: TTL_SECONDS };
  }
}

/** As `net/resolver.ts` says it. */
function failure(fault: DnsFault): DnsFailure {
  return fault === 'servfail'
    ? { kind: 'failed', why: 'the servers of this name fail (SERVFAIL)', trouble: 'remote' }
    : { kind: 'failed', why: 'no answer in time', trouble: 'local' };
}
