/** DNS through node's resolver (c-ares), over the servers of `[dns] servers` or the system's. */
import { Resolver as CaresResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DnsAnswer, MxRecord, Resolver } from '../core/delivery/dns.ts';

export interface ResolverOptions {
  /** `address:port`; empty for the system's. */
  readonly servers: readonly string[];
  readonly timeoutMs: number;
  readonly tries: number;
}

/** MX answers do not carry their time to live through c-ares: a cautious one is assumed, seconds. */
const ASSUMED_TTL_SECONDS = 300;

export class DnsResolver implements Resolver {
  readonly #resolver: CaresResolver;

  constructor(options: ResolverOptions) {
    this.#resolver = new CaresResolver({ timeout: options.timeoutMs, tries: options.tries });
    if (options.servers.length > 0) this.#resolver.setServers([...options.servers]);
  }

  async mx(domain: string): Promise<DnsAnswer<MxRecord>> {
    return answer(async () => {
      const records = await this.#resolver.resolveMx(domain);
      return records.map(({ exchange, priority }) => ({
        host: exchange.toLowerCase(),
        preference: priority,
      }));
    });
  }

  async addresses(host: string): Promise<DnsAnswer<string>> {
    if (isIP(host) !== 0) return { kind: 'found', records: [host], ttlSeconds: ASSUMED_TTL_SECONDS };
    const [v6, v4] = await Promise.all([
      answer(() => this.#resolver.resolve6(host)),
      answer(() => this.#resolver.resolve4(host)),
    ]);
    const records = [v6, v4].flatMap((one) => (one.kind === 'found' ? [...one.records] : []));
    if (records.length > 0) return { kind: 'found', records, ttlSeconds: ASSUMED_TTL_SECONDS };
    if (v4.kind === 'failed') return v4;
    return v6.kind === 'failed' ? v6 : v4;
  }

  /** Where a service is (RFC 2782). */
  srv(name: string): Promise<DnsAnswer<{ host: string; port: number }>> {
    return answer(async () =>
      (await this.#resolver.resolveSrv(name)).map(({ name: host, port }) => ({
        host: host.toLowerCase(),
        port,
      })),
    );
  }

  /** TXT records, the strings of each put together. */
  txt(name: string): Promise<DnsAnswer<string>> {
    return answer(async () => (await this.#resolver.resolveTxt(name)).map((strings) => strings.join('')));
  }

  /** The names of an IP address (PTR). */
  names(address: string): Promise<DnsAnswer<string>> {
    return answer(async () => (await this.#resolver.reverse(address)).map((name) => name.toLowerCase()));
  }
}

async function answer<T>(ask: () => Promise<T[]>): Promise<DnsAnswer<T>> {
  try {
    return { kind: 'found', records: await ask(), ttlSeconds: ASSUMED_TTL_SECONDS };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'ENOTFOUND':
        return { kind: 'no-name' };
      case 'ENODATA':
        return { kind: 'no-data' };
      case 'ESERVFAIL':
      case 'EREFUSED':
        return {
          kind: 'failed',
          why: code === 'ESERVFAIL' ? 'the servers of this name fail (SERVFAIL)' : 'refused',
          trouble: 'remote',
        };
      case 'EBADNAME':
        return { kind: 'no-name' };
      default:
        return {
          kind: 'failed',
          why: code === 'ETIMEOUT' ? 'no answer in time' : String(code ?? error),
          trouble: 'local',
        };
    }
  }
}
