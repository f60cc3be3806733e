/** IMAP for the connections of one listener. */
import { repeat } from '../../base/repeat.ts';
import type { Connections } from '../../core/capacity/connections.ts';
import { type ConnectionLimits, Sessions, type TurnedAway } from '../sessions.ts';
import type { ImapContext } from './context.ts';
import { ImapSession } from './session.ts';

/** How often all sessions are asked whether they have waited long enough, ms: thousands of them need no timers. */
const LOOK_EVERY_MS = 1_000;

const REFUSALS: Readonly<Record<TurnedAway, string>> = {
  busy: '[UNAVAILABLE] This server is busy; please try again later',
  'too many': '[LIMIT] Too many connections here; please try again later',
  'too many from there': '[LIMIT] Too many connections from your address',
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
  sessions.lookAfter(
    repeat(context.clock, {
      everyMs: LOOK_EVERY_MS,
      run() {
        const now = context.clock.monotonic();
        for (const session of sessions) session.look(now);
      },
    }),
  );
  return sessions;
}
