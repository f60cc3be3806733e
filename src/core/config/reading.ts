/** The options that IMAP and POP3 have both. */
import { count, duration } from './option.ts';

/** What clients may do that read their mail; `fault`: how what is no command is refused. */
export function reading<Idle, More>(
  protocol: string,
  { idle, fault, more }: { idle: Idle; fault: string; more: More },
) {
  return {
    doc: `What one client, or all of them, may do over ${protocol}.`,
    options: {
      maxConnections: count(20_000, 'Connections at one time, of one worker; further ones are sent away.'),
      maxConnectionsPerAddress: count(
        500,
        'Connections at one time from one address: mail programs open several each, and a company may be behind one address.',
      ),
      loginTimeout: duration('1m', 'How long a client may take to log in.', { min: '1s', max: '1h' }),
      idleTimeout: idle,
      stallTimeout: duration('5m', 'Wait for a client that does not read, or does not end what it began.', {
        min: '1s',
        max: '1h',
      }),
      maxErrors: count(
        50,
        `Commands refused with ${fault}, one after the other, before the session is closed.`,
      ),
      ...more,
    },
  };
}
