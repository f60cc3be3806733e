/** What mail programs of customers connect to, and in which order they had best try it. */

export type Protocol = 'imap' | 'pop3' | 'submission';

export interface Service {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
  /** Encrypted from the first octet (RFC 8314), or by STARTTLS or STLS. In the clear nothing is offered. */
  readonly security: 'implicit' | 'starttls';
}

/** As a configuration has it. */
export interface Listener {
  readonly kind: string;
  readonly address: { readonly host: string; readonly port: number };
  readonly tls: 'none' | 'starttls' | 'implicit';
}

/** IMAP before POP3, as programs take the first that they understand. */
const ORDER: readonly Protocol[] = ['imap', 'pop3', 'submission'];

/** Of each protocol what is encrypted from the first octet before what becomes so (RFC 8314 3). */
export function servicesOf(listeners: readonly Listener[], hostname: string): Service[] {
  const open = listeners.flatMap(({ kind, address, tls }): Service[] => {
    const protocol = ORDER.find((one) => one === kind);
    if (protocol === undefined || tls === 'none') return [];
    return [{ protocol, host: hostname, port: address.port, security: tls }];
  });
  return ORDER.flatMap((protocol) =>
    ['implicit', 'starttls'].flatMap((security) =>
      open.filter((one) => one.protocol === protocol && one.security === security),
    ),
  );
}
