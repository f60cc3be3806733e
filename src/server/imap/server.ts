/** IMAP for the connections of one listener. */
import type { Connections } from '../../core/capacity/connections.ts';
import { watchOwners } from '../owners.ts';
import { type ConnectionLimits, Sessions, type TurnedAway, watchSilence } from '../sessions.ts';
import type { ImapContext } from './context.ts';
import { ImapSession } from './session.ts';

const REFUSALS: Readonly<Record<TurnedAway, string>> = {
  busy: '[UNAVAILABLE] This server is busy; please try again later',
  'too many': '[LIMIT] Too many connections here; please try again later',
  'too many from there': '[LIMIT] Too many connections from your address',
  'not allowed': '[UNAVAILABLE] You may not connect here',
};

/** `connections`: of the whole worker, which has other listeners. */
export function imapSessions(
  context: ImapContext,
  limits: ConnectionLimits,
  connections: Pick<Connections, 'entered' | 'left'>,
): Sessions {
  const sessions = new Sessions<ImapSession>(
    {
      who: () => ({ kind: 'submission', mayRelay: false }),
      budget: context.budget,
      refusal: (why) => `* BYE ${REFUSALS[why]}\r\n`,
      open: (socket, ended) => new ImapSession(socket, context, ended),
    },
    limits,
    connections,
  );
  watchSilence(sessions, context.clock);
  watchOwners(sessions, context);
  return sessions;
}
