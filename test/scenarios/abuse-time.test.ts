/** Clients that take their time: silent, dripping, or without end (RFC 5321 4.5.3.2). */
import { abuse, BEGUN, DATA, EHLO, type Exchange, MAIL, type Row, type Turn } from '../abuse.ts';

const SILENCE: Exchange = ['', '421/4.4.2'];
const TLS: readonly Turn[] = [EHLO, ['STARTTLS\r\n', '220/2.0.0'], 'secure', EHLO];

const silent = (where: string, ...turns: Turn[]): Row => ({
  name: `silent ${where}`,
  turns: [...turns, SILENCE],
  end: 'closed',
});
const dripping = (
  name: string,
  before: readonly Turn[],
  drip: { drip: string; everyMs: number; codes: string },
): Row => ({
  name,
  turns: [...before, drip],
  end: 'closed',
});

const rows: Row[] = [
  silent('after the greeting'),
  silent('after EHLO', EHLO),
  silent('in the middle of a command', EHLO, ['NOO', '']),
  silent('in a transaction', EHLO, MAIL),
  silent('after DATA', ...BEGUN, DATA),
  silent('in the middle of a message', ...BEGUN, DATA, ['Subject: x\r\n\r\nhalf', '']),
  silent('before the last octet of a message', ...BEGUN, DATA, ['x\r\n.\r', '']),
  silent('in the middle of a chunk', ...BEGUN, ['BDAT 10 LAST\r\nabc', '']),
  silent('between chunks', ...BEGUN, ['BDAT 3\r\nabc', '250/2.0.0']),
  silent('over TLS', ...TLS),
  { ...silent('in a login', ...TLS, ['AUTH PLAIN\r\n', '334']), at: 'submission' },
  dripping('a command that never ends', [EHLO], { drip: 'NOOP ', everyMs: 50, codes: '421/4.4.2' }),
  dripping('a message that never ends', [...BEGUN, DATA], {
    drip: 'abc\r\n',
    everyMs: 50,
    codes: '421/4.7.0',
  }),
  dripping('a chunk that never ends', [...BEGUN, ['BDAT 50000 LAST\r\n', '']], {
    drip: 'abc',
    everyMs: 50,
    codes: '421/4.7.0',
  }),
];

abuse(
  { limits: { greetingTimeoutMs: 600, commandTimeoutMs: 600, dataTimeoutMs: 600, sessionTimeoutMs: 2_000 } },
  rows,
);
