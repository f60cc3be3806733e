/** What options must be to each other, and what is allowed but seldom meant. */
import { type ConfigError, wrongKey, wrongValue } from './fault.ts';
import { PROVIDER_CALLS, PROVIDER_NAMES, providerNamed } from '../reputation/providers.ts';
import { nearest } from './nearest.ts';
import { endpointText, listenText } from './network.ts';
import type { Config, LISTS, TABLES } from './options.ts';

/** The tables and lists of a configuration from which wrong values are missing. */
export type Draft = {
  readonly [K in keyof typeof TABLES]: Partial<Config[K]>;
} & {
  readonly [K in keyof typeof LISTS]: readonly Partial<Config[K][number]>[];
};

/** Every mistake between options that are each right by themselves; a wrong one is nobody's neighbour. */
export function ruleErrors(config: Draft): ConfigError[] {
  return [
    ...certificateErrors(config),
    ...listenErrors(config),
    ...egressErrors(config),
    ...poolErrors(config),
    ...numberErrors(config),
    ...providerErrors(config),
  ];
}

/** A provider that has no name here can be meant only by a slip: nothing would ever be its. */
function providerErrors({ reply, route }: Draft): ConfigError[] {
  return [...providersOf('reply', reply), ...providersOf('route', route), ...routeErrors(route)];
}

type Routes = Draft['route'];

/** By host and port, the first route there that names a provider: it speaks for those before it too. */
function speakersOf(routes: Routes): Map<string, { index: number; provider: string }> {
  const speakers = new Map<string, { index: number; provider: string }>();
  for (const [index, { to, provider }] of routes.entries()) {
    if (to === undefined || provider === undefined || speakers.has(endpointText(to))) continue;
    speakers.set(endpointText(to), { index, provider });
  }
  return speakers;
}

/** Mail to one host is on one path, and what stands still for a provider stands still on a path: it has one provider. */
function routeErrors(routes: Routes): ConfigError[] {
  const speakers = speakersOf(routes);
  return routes.flatMap(({ to, provider }, index) => {
    const first = to && speakers.get(endpointText(to));
    if (first === undefined || provider === undefined) return [];
    if ((providerNamed(provider) ?? provider) === (providerNamed(first.provider) ?? first.provider))
      return [];
    const remedy = `route[${first.index}] leads to the same host, and is "${first.provider}": write the same, or lead them to different hosts`;
    return [wrongValue(`route[${index}].provider`, provider, remedy)];
  });
}

function routeWarnings(routes: Routes): ConfigError[] {
  const speakers = speakersOf(routes);
  return routes.flatMap(({ to, provider }, index) => {
    const first = to && speakers.get(endpointText(to));
    if (first === undefined || provider !== undefined) return [];
    return [
      wrongKey(
        `route[${index}].provider`,
        `is missing, and a route to the same host says "${first.provider}", which then holds for both`,
        `write provider = "${first.provider}", or lead them to different hosts`,
      ),
    ];
  });
}

function providersOf(
  list: 'reply' | 'route',
  tables: readonly { readonly provider?: string | undefined }[],
): ConfigError[] {
  return tables.flatMap(({ provider }, index) => {
    if (provider === undefined || providerNamed(provider) !== undefined) return [];
    const near = nearest(provider, PROVIDER_CALLS);
    const remedy =
      near === undefined ? `write one of ${PROVIDER_NAMES.join(', ')}` : `did you mean "${near}"?`;
    return [wrongValue(`${list}[${index}].provider`, provider, remedy)];
  });
}

/** The kinds that speak TLS; `http` and `metrics` may stand behind a proxy, but say so with tls = "none". */
function certificateErrors(config: Draft): ConfigError[] {
  if (!('cert' in config.tls && 'key' in config.tls)) return [];
  const { cert, key } = config.tls;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    return [
      wrongKey(
        `tls.${missing}`,
        'is missing',
        `a certificate needs both files; write tls.${missing} or remove tls.${given}`,
      ),
    ];
  }
  if (cert !== undefined) return [];
  return config.listen.flatMap(({ tls }, index) =>
    tls === undefined || tls === 'none'
      ? []
      : [
          wrongValue(
            `listen[${index}].tls`,
            tls,
            'there is no certificate; write tls.cert and tls.key, or tls = "none" here',
          ),
        ],
  );
}

function listenErrors({ listen }: Draft): ConfigError[] {
  return [
    ...sameAddressErrors(listen),
    ...listen.flatMap((one, index) => [
      ...securityErrors(one, index),
      ...relayErrors(one, index),
      ...clientErrors(one, index),
    ]),
  ];
}

function sameAddressErrors(listen: Draft['listen']): ConfigError[] {
  const seen = new Map<string, number>();
  return listen.flatMap(({ address }, index) => {
    if (address === undefined) return [];
    const { port } = address;
    const written = listenText(address);
    // Port 0: the system chooses another each time.
    const earlier = port === 0 ? undefined : seen.get(written);
    seen.set(written, index);
    if (earlier === undefined) return [];
    const remedy = `listen[${earlier}] has it already; write another port`;
    return [wrongValue(`listen[${index}].address`, written, remedy)];
  });
}

function securityErrors({ kind, tls }: Draft['listen'][number], index: number): ConfigError[] {
  if (kind !== 'http' || tls !== 'starttls') return [];
  const remedy = 'HTTP has none; write "implicit", or "none" behind a proxy that encrypts';
  return [wrongValue(`listen[${index}].tls`, tls, remedy)];
}

function relayErrors({ kind, relay = [] }: Draft['listen'][number], index: number): ConfigError[] {
  const path = `listen[${index}].relay`;
  const open = relay.some(({ prefixLength }) => prefixLength === 0);
  const idle = relay.length > 0 && kind !== undefined && kind !== 'mx' && kind !== 'submission';
  return [
    ...(open
      ? [wrongKey(path, 'lets the whole Internet send through this host', 'name the networks that may')]
      : []),
    ...(idle ? [wrongKey(path, `means nothing for "${kind}"`, 'remove it')] : []),
  ];
}

/** LMTP asks nobody who they are. */
function clientErrors({ kind, clients = [] }: Draft['listen'][number], index: number): ConfigError[] {
  if (kind !== 'lmtp' || clients.every(({ prefixLength }) => prefixLength > 0)) return [];
  const remedy = 'name the mail servers that may; other hosts deliver to an "mx" listener';
  return [wrongKey(`listen[${index}].clients`, 'lets the whole Internet deliver by LMTP', remedy)];
}

function egressErrors({ egress }: Draft): ConfigError[] {
  const seen = new Map<string, number>();
  return egress.flatMap(({ name }, index) => {
    if (name === undefined) return [];
    const earlier = seen.get(name);
    seen.set(name, index);
    return earlier === undefined
      ? []
      : [wrongValue(`egress[${index}].name`, name, `egress[${earlier}] has it already; write another`)];
  });
}

/** The pool is one of several: it carries nothing but what is doubted. */
function poolErrors({ guard, egress }: Draft): ConfigError[] {
  const { pool } = guard;
  if (pool === undefined) return [];
  const names = egress.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (!names.includes(pool)) return [wrongValue('guard.pool', pool, 'write the name of an [[egress]]')];
  return names.length > 1
    ? []
    : [wrongKey('guard.pool', 'names the only egress', 'write another [[egress]] for all other mail')];
}

function numberErrors({ delivery, limits, budget }: Draft): ConfigError[] {
  const errors: ConfigError[] = [];
  const { initialConnections, maxConnectionsPerPath } = delivery;
  if (
    initialConnections !== undefined &&
    maxConnectionsPerPath !== undefined &&
    initialConnections > maxConnectionsPerPath
  ) {
    const remedy = `write at most delivery.maxConnectionsPerPath, which is ${maxConnectionsPerPath}`;
    errors.push(wrongValue('delivery.initialConnections', initialConnections, remedy));
  }
  const { maxMessageSizeBytes } = limits;
  const { memoryBytes } = budget;
  if (maxMessageSizeBytes !== undefined && memoryBytes !== undefined && maxMessageSizeBytes > memoryBytes) {
    const remedy = 'write no more than budget.memory, or no such message could ever be taken';
    errors.push(wrongValue('limits.maxMessageSize', maxMessageSizeBytes, remedy));
  }
  return errors;
}

/** What is allowed, and hardly ever meant. `hostname`: the one in use, also where none is written. */
export function configWarnings(
  { listen, route }: Pick<Config, 'listen' | 'route'>,
  hostname: string,
): ConfigError[] {
  const warnings = listen.flatMap(({ kind, tls }, index) =>
    (kind === 'submission' || kind === 'imap' || kind === 'pop3') && tls === 'none'
      ? [
          wrongKey(
            `listen[${index}].tls`,
            'is "none", so no account can log in there from another machine',
            'write tls = "starttls" or "implicit", and a certificate under [tls]',
          ),
        ]
      : [],
  );
  if (!hostname.includes('.')) {
    warnings.unshift(
      wrongKey(
        'hostname',
        `is "${hostname}", without a dot, and many hosts refuse mail from such a name`,
        'write the full name of this machine, such as hostname = "mail.example.org"',
      ),
    );
  }
  return [...warnings, ...routeWarnings(route)];
}
