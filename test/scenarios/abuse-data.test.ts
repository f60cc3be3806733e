/** Hostile message content: smuggling, size, chunks, loops (RFC 5321, RFC 3030). */
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
  RCPT,
  type Row,
} from '../abuse.ts';

const MAX = 100_000;
/** So many octets of text. */
const lines = (bytes: number): string => `${'x'.repeat(98)}\r\n`.repeat(bytes / 100);

/** What follows a forged end of the message: none of it may be taken for a command. */
const SMUGGLED =
  'MAIL FROM:<admin@x.example>\r\nRCPT TO:<bob@x.example>\r\nDATA\r\nSubject: smuggled\r\n\r\n';

const VARIANTS = [
  '\n.\n',
  '\r.\r',
  '\n.\r\n',
  '\r\n.\n',
  '\r\n.\r',
  '\r.\r\n',
  '\r\n.\r\r\n',
  '\r\n.\0\r\n',
  '\0\r\n.\n',
  '\n\n.\n\n',
  '\r.\n',
  '\n.\r',
  '\r\r\n.\n',
];

const smuggling: Row[] = VARIANTS.map((variant) => ({
  name: `smuggling by ${JSON.stringify(variant)} is one refused message`,
  turns: [...BEGUN, DATA, [`${HEADER}body${variant}${SMUGGLED}.\r\n`, '550/5.6.0']],
}));

const pipelined: Row[] = [
  {
    name: 'smuggling in one write with everything around it',
    turns: [
      atOnce(
        ...BEGUN,
        DATA,
        [`${HEADER}body\n.\r\n${SMUGGLED}.\r\n`, '550/5.6.0'],
        ['NOOP\r\n', '250/2.0.0'],
      ),
    ],
  },
  {
    name: 'smuggling octet by octet',
    byOctet: true,
    turns: [atOnce(...BEGUN, DATA), [`a\r\n.\r${SMUGGLED}.\r\n`, '550/5.6.0']],
  },
  {
    name: 'a whole message in one write is one message',
    turns: [atOnce(...BEGUN, DATA, [`${HEADER}body\r\n..\r\n.\r\n`, '250/2.0.0'])],
    kept: 1,
  },
  {
    name: 'two messages in one write are two messages',
    turns: [
      atOnce(...BEGUN, DATA, ['a\r\n.\r\n', '250/2.0.0'], MAIL, RCPT, DATA, ['b\r\n.\r\n', '250/2.0.0']),
    ],
    kept: 2,
  },
  {
    name: 'a message octet by octet is one message',
    byOctet: true,
    turns: [atOnce(...BEGUN, DATA), [`${HEADER}.. body\r\n.\r\n`, '250/2.0.0']],
    kept: 1,
  },
  {
    name: 'content sent although DATA was refused is no message',
    turns: [
      atOnce(EHLO, MAIL, ['RCPT TO:<nobody@x.example>\r\n', '550/5.1.1'], ['DATA\r\n', '554/5.5.1']),
      ['Subject: x\r\n\r\n.\r\n', '500/5.5.1 500/5.5.1 500/5.5.1'],
    ],
  },
];

const content: Row[] = [
  { name: 'NUL in a message', turns: [...BEGUN, DATA, ['a\0b\r\n.\r\n', '550/5.6.0']] },
  {
    name: 'a bare LF in a header',
    turns: [...BEGUN, DATA, ['Subject: a\nBcc: b\r\n\r\n.\r\n', '550/5.6.0']],
  },
  {
    name: 'a line longer than the limit',
    turns: [...BEGUN, DATA, [`${'x'.repeat(2_001)}\r\n.\r\n`, '550/5.6.0']],
  },
  { name: 'an empty message is a message', turns: [...BEGUN, DATA, ['.\r\n', '250/2.0.0']], kept: 1 },
  {
    name: 'SIZE over the limit',
    turns: [EHLO, [`MAIL FROM:<s@far.example> SIZE=${MAX + 1}\r\n`, '552/5.3.4'], ['DATA\r\n', '503/5.5.1']],
  },
  {
    name: 'a SIZE past all numbers',
    turns: [EHLO, ['MAIL FROM:<s@far.example> SIZE=99999999999999999999\r\n', '552/5.3.4']],
  },
  {
    name: 'more than was announced and less than the limit is taken',
    turns: [
      EHLO,
      ['MAIL FROM:<s@far.example> SIZE=1\r\n', '250/2.1.0'],
      RCPT,
      DATA,
      ['a longer one\r\n.\r\n', '250/2.0.0'],
    ],
    kept: 1,
  },
  {
    name: 'over the limit without SIZE',
    turns: [...BEGUN, DATA, [`${'x'.repeat(998)}\r\n`.repeat(150) + '.\r\n', '552/5.3.4']],
  },
  {
    name: 'over the limit by one octet',
    turns: [...BEGUN, DATA, [`${'x'.repeat(998)}\r\n`.repeat(100) + 'y\r\n.\r\n', '552/5.3.4']],
  },
  {
    name: 'exactly the limit',
    turns: [...BEGUN, DATA, [`${'x'.repeat(998)}\r\n`.repeat(100) + '.\r\n', '250/2.0.0']],
    kept: 1,
  },
  {
    name: 'over the limit without end',
    turns: [...BEGUN, DATA, [`${'x'.repeat(998)}\r\n`.repeat(300), '421/4.3.4']],
    end: 'closed',
  },
  {
    name: 'sixty Received fields are a loop',
    turns: [...BEGUN, DATA, [`${'Received: from a by b; now\r\n'.repeat(60)}\r\n.\r\n`, '554/5.4.6']],
  },
  {
    name: 'ten thousand header fields',
    turns: [...BEGUN, DATA, [`${'A: b\r\n'.repeat(10_000)}\r\n.\r\n`, '250/2.0.0']],
    kept: 1,
  },
  {
    name: 'a header that never ends',
    turns: [...BEGUN, DATA, [`A: ${'x\r\n '.repeat(20_000)}\r\n.\r\n`, '250/2.0.0']],
    kept: 1,
  },
  {
    name: 'the client vanishes in the middle of a message',
    turns: [...BEGUN, DATA, ['half a mess', '']],
    end: 'vanishes',
  },
];

const chunks: Row[] = [
  ...['-1', '+1', 'NaN', '0x10', '1e3', '', '1.5', '99999999999999999999', '10 FIRST', '5 LAST LAST'].map(
    (size): Row => ({
      // What follows may be content: it is not read as commands.
      name: `BDAT ${size || 'without a size'} ends the session`,
      turns: [...BEGUN, [`BDAT ${size}\r\nMAIL FROM:<admin@x.example>\r\n`, '501/5.5.2']],
      end: 'closed',
    }),
  ),
  {
    name: 'BDAT without a transaction takes its octets and refuses',
    turns: [EHLO, ['BDAT 6 LAST\r\nQUIT\r\n', '503/5.5.1']],
  },
  {
    name: 'BDAT before EHLO does not stand in for it',
    turns: [
      ['BDAT 6\r\nQUIT\r\n', '503/5.5.1'],
      ['MAIL FROM:<s@far.example>\r\n', '503/5.5.1'],
    ],
  },
  { name: 'BDAT without a recipient', turns: [EHLO, MAIL, ['BDAT 6 LAST\r\nRSET\r\n', '503/5.5.1']] },
  {
    name: 'a chunk far over the limit ends the session',
    turns: [...BEGUN, ['BDAT 999999999 LAST\r\n', '421/4.3.4']],
    end: 'closed',
  },
  {
    name: 'a chunk over the limit is read and refused',
    turns: [...BEGUN, [`BDAT 150000 LAST\r\n${lines(150_000)}`, '552/5.3.4']],
  },
  {
    name: 'chunks that are over the limit together',
    turns: [
      ...BEGUN,
      [`BDAT 60000\r\n${lines(60_000)}`, '250/2.0.0'],
      [`BDAT 60000\r\n${lines(60_000)}`, '552/5.3.4'],
      ['BDAT 3 LAST\r\nabc', '503/5.5.1'],
    ],
  },
  {
    name: 'DATA, MAIL and RCPT between chunks are refused and change nothing',
    turns: [
      ...BEGUN,
      ['BDAT 3\r\na\r\n', '250/2.0.0'],
      ['DATA\r\n', '503/5.5.1'],
      ['MAIL FROM:<>\r\n', '503/5.5.1'],
      ['RCPT TO:<bob@x.example>\r\n', '503/5.5.1'],
      ['BDAT 3 LAST\r\nb\r\n', '250/2.0.0'],
    ],
    kept: 1,
  },
  {
    name: 'RSET between chunks forgets them',
    turns: [
      ...BEGUN,
      ['BDAT 3\r\na\r\n', '250/2.0.0'],
      ['RSET\r\n', '250/2.0.0'],
      ['BDAT 3 LAST\r\nb\r\n', '503/5.5.1'],
    ],
  },
  {
    name: 'EHLO between chunks forgets them',
    turns: [...BEGUN, ['BDAT 3\r\na\r\n', '250/2.0.0'], EHLO, ['BDAT 3 LAST\r\nb\r\n', '503/5.5.1']],
  },
  {
    name: 'QUIT between chunks keeps nothing',
    turns: [...BEGUN, ['BDAT 3\r\na\r\n', '250/2.0.0'], QUIT],
    end: 'closed',
  },
  {
    name: 'the client vanishes in the middle of a chunk',
    turns: [...BEGUN, ['BDAT 100 LAST\r\nabc', '']],
    end: 'vanishes',
  },
  {
    name: 'nothing in a chunk ends it',
    turns: [...BEGUN, ['BDAT 18 LAST\r\na\r\n.\r\n..\r\nQUIT\r\n\r\n', '250/2.0.0']],
    kept: 1,
  },
  ...['a\n.\r\n', 'a\r.\r\n', 'a\0b\r\n', 'abcd\r'].map((text) => ({
    name: `a chunk that is no text is refused: ${JSON.stringify(text)}`,
    turns: [
      ...BEGUN,
      [`BDAT ${text.length} LAST\r\n${text}`, '550/5.6.0'] as Exchange,
      ['BDAT 3 LAST\r\nb\r\n', '503/5.5.1'] as Exchange,
    ],
  })),
  {
    name: 'a bare newline between two chunks',
    turns: [...BEGUN, ['BDAT 2\r\na\r', '250/2.0.0'], ['BDAT 3 LAST\r\nb\r\n', '550/5.6.0']],
  },
  {
    name: 'chunks octet by octet',
    byOctet: true,
    turns: [...BEGUN, ['BDAT 5\r\na\r\n.\rBDAT 2 LAST\r\n\n!', '250/2.0.0 250/2.0.0']],
    kept: 1,
  },
  {
    name: 'a hundred empty chunks',
    turns: [
      ...BEGUN,
      atOnce(...Array.from({ length: 100 }, () => ['BDAT 0\r\n', '250/2.0.0'] as const)),
      ['BDAT 0 LAST\r\n', '250/2.0.0'],
    ],
    kept: 1,
  },
  {
    name: 'BINARYMIME with DATA',
    turns: [
      EHLO,
      ['MAIL FROM:<s@far.example> BODY=BINARYMIME\r\n', '250/2.1.0'],
      RCPT,
      ['DATA\r\n', '503/5.5.1'],
    ],
  },
];

abuse({ limits: { maxMessageSizeBytes: MAX, textLineBytes: 2_000 } }, [
  ...smuggling,
  ...pipelined,
  ...content,
  ...chunks,
]);
