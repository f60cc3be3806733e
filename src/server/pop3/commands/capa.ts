import { mayLogIn, mechanismsFor } from '../../login.ts';
import type { Answer, Pop3Handle } from '../handle.ts';

/** CAPA (RFC 2449 section 5): what there is now. */
export function capa({ context, address, tlsSocket: tls, phase }: Pop3Handle): Answer {
  const client = { address, tls };
  const mechanisms = mechanismsFor(context.login, client);
  const canStartTls = phase.kind === 'authorization' && context.secure !== undefined && tls === undefined;
  const lines = [
    '+OK What there is:',
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'EXPIRE NEVER',
    'UTF8 USER',
    ...(canStartTls ? ['STLS'] : []),
    ...(mayLogIn(context.login, client) ? ['USER', `SASL ${mechanisms.join(' ')}`] : []),
    'IMPLEMENTATION Relais',
    '.',
  ];
  return lines.join('\r\n');
}
