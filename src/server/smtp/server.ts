/** SMTP for the connections of one listener. */
import type { Connections } from '../../core/capacity/connections.ts';
import { type ConnectionLimits, Sessions, type TurnedAway } from '../sessions.ts';
import type { SessionContext } from './context.ts';
import { SmtpSession } from './session.ts';

const REFUSALS: Readonly<Record<TurnedAway, string>> = {
  busy: '4.3.2 This server is busy; please try again later',
  'too many': '4.7.0 Too many connections here; please try again later',
  'too many from there': '4.7.0 Too many connections from your address',
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
      budget: context.acceptor.budget,
      refusal: (why) => `421 ${REFUSALS[why]}\r\n`,
      open: (socket, ended) => new SmtpSession(socket, context, ended),
    },
    limits,
    connections,
  );
}
