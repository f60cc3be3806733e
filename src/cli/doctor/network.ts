/** Names and ports: does DNS answer, is our name known both ways, can the listeners listen. */
import { endpointText, listenText } from '../../core/config/network.ts';
import { getServers, Resolver } from 'node:dns/promises';
import { createServer, isIP } from 'node:net';
import type { DnsResolver } from '../../net/resolver.ts';
import { resolverOf } from '../dns.ts';
import { listFindings } from '../provider/checks.ts';
import { type Finding, note, type Patient, right, unknown, wrong } from './finding.ts';

/** RFC 2606 section 2: never in DNS. */
const FOR_TRIALS = /\.(test|example|invalid|localhost)$/i;
/** DNS servers that do not answer are known to be silent after this long, ms. */
const DNS_WAIT_MS = 3_000;

export async function dnsFindings({ config }: Patient): Promise<Finding[]> {
  const written = config.dns.servers.map(endpointText);
  const servers = written.length > 0 ? written : getServers();
  if (servers.length === 0) {
    return [wrong('DNS', 'no server is known', 'name one in /etc/resolv.conf, or in [dns] servers')];
  }
  const timeout = Math.min(config.dns.timeoutMs, DNS_WAIT_MS);
  const found = await Promise.all(servers.map((server) => oneServer(server, timeout)));
  return asksNone(config) ? found.map(unneeded) : found;
}

/** Every domain has its route, and each route the address of its host. */
function asksNone({ route }: Patient['config']): boolean {
  return route.some(({ domain }) => domain === '*') && route.every(({ to }) => isIP(to.host) !== 0);
}

function unneeded(finding: Finding): Finding {
  return finding.state === 'wrong'
    ? note('DNS', `${finding.fact}; all mail has its [[route]] here, so none waits for it`)
    : finding;
}

async function oneServer(server: string, timeout: number): Promise<Finding> {
  const resolver = new Resolver({ timeout, tries: 1 });
  resolver.setServers([server]);
  const begun = performance.now();
  try {
    await resolver.resolveNs('.');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EREFUSED')
      return wrong('DNS', `${server} refuses to answer us`, 'ask a resolver that serves this machine');
    if (code !== 'ENOTFOUND' && code !== 'ENODATA' && code !== 'ESERVFAIL') {
      return wrong(
        'DNS',
        `${server} does not answer (${code})`,
        'no mail can be routed without it: see that it runs and can be reached',
      );
    }
  }
  return right('DNS', `${server} answers in ${Math.round(performance.now() - begun)} ms`);
}

export async function nameFindings({ config }: Patient): Promise<Finding[]> {
  const { hostname } = config;
  if (!hostname.includes('.')) {
    return [
      note(
        'hostname',
        `"${hostname}" is no name that others can look up, and many hosts refuse mail from it`,
        'write the full name of this machine in relais.toml: hostname = "mail.example.org"',
      ),
    ];
  }
  const resolver = resolverOf(config);
  const answer = await resolver.addresses(hostname);
  switch (answer.kind) {
    case 'found':
      return [
        right('hostname', `${hostname} is ${answer.records.join(', ')}`),
        ...(await reverse(resolver, hostname, answer.records)),
      ];
    case 'failed':
      return [unknown('hostname', `DNS did not say what ${hostname} is: ${answer.why}`)];
    case 'no-name':
    case 'no-data':
      if (FOR_TRIALS.test(hostname))
        return [
          note(
            'hostname',
            `${hostname} is a name for trying things out, which nobody can look up`,
            'before mail goes to others, write the name of this machine in relais.toml',
          ),
        ];
      return [
        wrong(
          'hostname',
          `${hostname} has no address`,
          'publish its A or AAAA record, or write another hostname in relais.toml',
        ),
      ];
    default:
      return answer satisfies never;
  }
}

/** Large receivers refuse mail from addresses whose name does not lead back (forward-confirmed reverse DNS). */
async function reverse(
  resolver: DnsResolver,
  hostname: string,
  addresses: readonly string[],
): Promise<Finding[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const answer = await resolver.names(address);
      if (answer.kind === 'failed')
        return unknown('reverse name', `DNS did not say the name of ${address}: ${answer.why}`);
      const names = answer.kind === 'found' ? answer.records : [];
      if (names.includes(hostname)) return right('reverse name', `${address} is ${hostname}`);
      const fact = names.length === 0 ? `${address} has no name` : `${address} is called ${names.join(', ')}`;
      return wrong(
        'reverse name',
        fact,
        `ask whoever gives you the address to set its PTR record to ${hostname}.`,
      );
    }),
  );
}

export function portFindings({ config, running }: Patient): Promise<Finding[]> {
  return Promise.all(
    config.listen.map(async ({ kind, address: { host, port } }) => {
      const where = `${kind} ${listenText({ host, port })}`;
      const code = await tryToListen(host === '*' ? undefined : host, port);
      if (code === undefined) {
        return running && port !== 0
          ? wrong(
              'port',
              `${where} is free, though a server runs`,
              'it runs with another configuration: start it again',
            )
          : right('port', `${where} is free`);
      }
      return portInUse(where, { code, port, running });
    }),
  );
}

/** Sites of an egress that this machine does not have go out by another: from an address that may not be known there. */
export function egressFindings({ config }: Patient): Promise<Finding[]> {
  return Promise.all(
    config.egress.map(async ({ name, address }) => {
      const code = await tryToListen(address, 0);
      return code === undefined
        ? right('egress', `${name} leaves from ${address}`)
        : wrong(
            'egress',
            `${name}: nothing can leave from ${address} (${code}); its mail goes out by another egress, if there is one`,
            'give the address to the machine, or correct it in [[egress]]',
          );
    }),
  );
}

/** Whether block lists name the addresses that mail leaves from; those of this machine alone are not asked about. */
export async function blockListFindings({ config }: Patient): Promise<Finding[]> {
  if (config.dnsbl.lists.length === 0) return [];
  const resolver = resolverOf(config);
  const found = await Promise.all(
    config.egress.map(({ address }) => listFindings(resolver, config, address)),
  );
  return found.flat();
}

function portInUse(
  where: string,
  { code, port, running }: { code: string; port: number; running: boolean },
): Finding {
  switch (code) {
    case 'EADDRINUSE':
      return running
        ? right('port', `${where} is held, as it should be: a server runs`)
        : wrong(
            'port',
            `${where} is held by another program`,
            `see which, and stop it: ss -ltnp 'sport = :${port}'`,
          );
    case 'EACCES':
      return running
        ? note('port', `${where} cannot be tried by this user`)
        : wrong(
            'port',
            `${where} is not for this user`,
            'ports below 1024 need CAP_NET_BIND_SERVICE (AmbientCapabilities= in systemd), or another port',
          );
    case 'EADDRNOTAVAIL':
      return wrong(
        'port',
        `${where}: this machine does not have that address`,
        'correct the address in [[listen]], or give it to the machine',
      );
    default:
      return wrong('port', `${where} cannot be listened on (${code})`, 'correct the address in [[listen]]');
  }
}

/** The code of what went wrong, or nothing. */
function tryToListen(host: string | undefined, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}
