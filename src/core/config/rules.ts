/** What options must be to each other. */
import { type ConfigError, wrongKey, wrongValue } from './fault.ts';
import type { Config } from './options.ts';

/** Every mistake between options that are each right by themselves. */
export function ruleErrors(config: Config): ConfigError[] {
  return [
    ...certificateErrors(config),
    ...listenErrors(config),
    ...egressErrors(config),
    ...numberErrors(config),
  ];
}

/** The kinds that speak TLS; `http` and `metrics` may stand behind a proxy, but say so with tls = "none". */
function certificateErrors(config: Config): ConfigError[] {
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
    tls === 'none'
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

/** Names that configurations may rely on and that nothing answers to yet. */
const NOT_YET: readonly string[] = ['imap', 'pop3', 'lmtp', 'http'];

function listenErrors({ listen }: Config): ConfigError[] {
  const errors: ConfigError[] = [];
  const seen = new Map<string, number>();
  for (const [index, { address, kind, relay }] of listen.entries()) {
    const key = `${address.host} ${address.port}`;
    const earlier = address.port === 0 ? undefined : seen.get(key);
    const written = address.host.includes(':')
      ? `[${address.host}]:${address.port}`
      : `${address.host}:${address.port}`;
    if (earlier !== undefined) {
      errors.push(
        wrongValue(
          `listen[${index}].address`,
          written,
          `listen[${earlier}] has it already; write another port`,
        ),
      );
    }
    seen.set(key, index);
    if (NOT_YET.includes(kind)) {
      const remedy = 'this version does not serve it; write "mx", "submission" or "metrics"';
      errors.push(wrongValue(`listen[${index}].kind`, kind, remedy));
    }
    const open = relay.some(({ prefixLength }) => prefixLength === 0);
    if (open) {
      errors.push(
        wrongKey(
          `listen[${index}].relay`,
          'lets the whole Internet send through this host',
          'name the networks that may',
        ),
      );
    }
    if (relay.length > 0 && kind !== 'mx' && kind !== 'submission') {
      errors.push(wrongKey(`listen[${index}].relay`, `means nothing for "${kind}"`, 'remove it'));
    }
  }
  return errors;
}

function egressErrors({ egress }: Config): ConfigError[] {
  const seen = new Map<string, number>();
  return egress.flatMap(({ name }, index) => {
    const earlier = seen.get(name);
    seen.set(name, index);
    return earlier === undefined
      ? []
      : [wrongValue(`egress[${index}].name`, name, `egress[${earlier}] has it already; write another`)];
  });
}

function numberErrors({ delivery, limits, budget }: Config): ConfigError[] {
  const errors: ConfigError[] = [];
  if (delivery.initialConnections > delivery.maxConnectionsPerPath) {
    const remedy = `write at most delivery.maxConnectionsPerPath, which is ${delivery.maxConnectionsPerPath}`;
    errors.push(wrongValue('delivery.initialConnections', delivery.initialConnections, remedy));
  }
  if (limits.maxMessageSizeBytes > budget.memoryBytes) {
    const remedy = 'write no more than budget.memory, or no such message could ever be taken';
    errors.push(wrongValue('limits.maxMessageSize', limits.maxMessageSizeBytes, remedy));
  }
  return errors;
}
