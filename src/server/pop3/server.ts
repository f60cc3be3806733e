/** POP3 for the connections of one listener. */
import type { Connections } from '../../core/capacity/connections.ts';
import { watchOwners } from '../owners.ts';
import { type ConnectionLimits, Sessions, type TurnedAway, watchSilence } from '../sessions.ts';
import type { Pop3Context } from './context.ts';
import { Pop3Session } from './session.ts';

const REFUSALS: Readonly<Record<TurnedAway, string>> = {
  busy: '[SYS/TEMP] This server is busy; please try again later',
  'too many': '[SYS/TEMP] Too many connections here; please try again later',
  'too many from there': '[SYS/TEMP] Too many connections from your address',
  'not allowed': '[SYS/PERM] You may not connect here',
};

/** `connections`: of the whole worker, which has other listeners. */
export function pop3Sessions(
  context: Pop3Context,
  limits: ConnectionLimits,
  connections: Pick<Connections, 'entered' | 'left'>,
): Sessions {
  const sessions = new Sessions<Pop3Session>(
    {
      who: () => ({ kind: 'submission', mayRelay: false }),
      budget: context.budget,
      refusal: (why) => `-ERR ${REFUSALS[why]}\r\n`,
      open: (socket, ended) => new Pop3Session(socket, context, ended),
    },
    limits,
    connections,
  );
  watchSilence(sessions, context.clock);
  watchOwners(sessions, context);
  return sessions;
}
