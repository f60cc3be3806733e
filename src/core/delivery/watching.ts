/** A resolver whose answers are watched: whether names can be looked up at all shows in how broadly they cannot. */
import type { DnsAnswer, Resolver } from './dns.ts';

interface Watcher {
  succeeded(group: string, kind: 'dns'): void;
  failed(group: string, kind: 'dns', begunAt: number): void;
}

/** That a name or its records are not there is an answer. */
export function watching(resolver: Resolver, watcher: Watcher, now: () => number): Resolver {
  const watched = async <T>(name: string, asked: Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> => {
    const begunAt = now();
    const answer = await asked;
    const group = name.split('.').slice(-2).join('.');
    if (answer.kind === 'failed') watcher.failed(group, 'dns', begunAt);
    else watcher.succeeded(group, 'dns');
    return answer;
  };
  return {
    mx: (domain) => watched(domain, resolver.mx(domain)),
    addresses: (host) => watched(host, resolver.addresses(host)),
  };
}
