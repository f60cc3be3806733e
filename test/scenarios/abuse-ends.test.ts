/** Clients that go away, by half or altogether, in every phase. */
import {
  abuse,
  atOnce,
  BEGUN,
  DATA,
  EHLO,
  type Exchange,
  HEADER,
  MAIL,
  QUIT,
  type Row,
  type Turn,
} from '../abuse.ts';

const MESSAGE: Exchange = [`${HEADER}body\r\n.\r\n`, '250/2.0.0'];

interface Phase {
  readonly name: string;
  readonly turns: readonly Turn[];
  /** What a client that only stopped sending still hears. */
  readonly heard?: string;
  readonly kept?: number;
}

const PHASES: readonly Phase[] = [
  { name: 'before it says a word', turns: [] },
  { name: 'in the middle of its first command', turns: [['EHL', '']] },
  { name: 'after EHLO', turns: [EHLO] },
  { name: 'after an address', turns: [EHLO, MAIL] },
  { name: 'in the middle of an address', turns: [EHLO, ['MAIL FROM:<s@f', '']] },
  { name: 'after its recipients', turns: [...BEGUN] },
  { name: 'after DATA', turns: [...BEGUN, DATA] },
  { name: 'in the middle of a message', turns: [...BEGUN, DATA, [`${HEADER}body\r\n`, '']] },
  { name: 'within the end of a message', turns: [...BEGUN, DATA, [`${HEADER}body\r\n.`, '']] },
  { name: 'within the last line end', turns: [...BEGUN, DATA, [`${HEADER}body\r\n.\r`, '']] },
  { name: 'in the middle of a chunk', turns: [...BEGUN, ['BDAT 10 LAST\r\nabc', '']] },
  { name: 'between chunks', turns: [...BEGUN, ['BDAT 3\r\nabc', '250/2.0.0']] },
];

const rows: Row[] = PHASES.flatMap((phase): Row[] => [
  { name: `half closed ${phase.name}`, turns: [...phase.turns, 'half-close'], end: 'closed' },
  { name: `gone ${phase.name}`, turns: phase.turns, end: 'vanishes' },
]);

/** Sent, and then the end of the input, before any reply was read: all of it is answered. */
const answered = (name: string, exchange: Exchange, kept: number): Row => ({
  name,
  turns: [[exchange[0], ''], 'half-close', ['', exchange[1]]],
  end: 'closed',
  kept,
});

rows.push(
  answered('half closed behind a whole message', atOnce(...BEGUN, DATA, MESSAGE), 1),
  answered('half closed behind a message and QUIT', atOnce(...BEGUN, DATA, MESSAGE, QUIT), 1),
  answered('half closed behind a chunk', atOnce(...BEGUN, ['BDAT 5 LAST\r\nabc\r\n', '250/2.0.0']), 1),
  answered(
    'half closed behind commands that wait for the directory',
    atOnce(EHLO, MAIL, ['RCPT TO:<nobody1@x.example>\r\n', '550/5.1.1'], ['NOOP\r\n', '250/2.0.0']),
    0,
  ),
  answered('half closed behind an unfinished command', atOnce(EHLO, ['NOOP', '']), 0),
);

abuse({}, rows);
