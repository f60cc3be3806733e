/** SMTP for the connections of one listener. */
import type { Connections } from '../../core/capacity/connections.ts';
import { type ConnectionLimits, Sessions, type TurnedAway } from '../sessions.ts';
import type { SessionContext } from './context.ts';
import { SmtpSession } from './session.ts';

const REFUSALS: Readonly<Record<TurnedAway, string>> = {
  busy: '421 4.3.2 This server is busy; please try again later',
  'too many': '421 4.7.0 Too many connections here; please try again later',
  'too many from there': '421 4.7.0 Too many connections from your address',
  'not allowed': '554 5.7.1 You may not deliver here',
};

/** `connections`: of the whole worker, which has other listeners. */
export function smtpSessions(
  context: SessionContext,
  limits: ConnectionLimits,
  connections: Pick<Connections, 'entered' | 'left'>,
): Sessions {
  return new Sessions(
    {
      who: (address) => ({ kind: context.kind, mayRelay: context.mayRelay(address) }),
      ...(context.mayConnect === undefined ? {} : { mayConnect: context.mayConnect }),
      budget: context.acceptor.budget,
      refusal: (why) => `${REFUSALS[why]}\r\n`,
      open: (socket, ended) => new SmtpSession(socket, context, ended),
    },
    limits,
    connections,
  );
}
