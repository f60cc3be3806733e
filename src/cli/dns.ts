/** DNS for commands: the servers of `[dns]`, or the system's. */
import { endpointText } from '../core/config/network.ts';
import { DnsResolver } from '../net/resolver.ts';
import type { NamedConfig } from './command.ts';

export function resolverOf({ dns }: NamedConfig): DnsResolver {
  return new DnsResolver({
    servers: dns.servers.map(endpointText),
    timeoutMs: dns.timeoutMs,
    tries: dns.tries,
  });
}
