import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { type Input, type InputLimits, InputReader } from './input.ts';

const LIMITS: InputLimits = { commandLineBytes: 64, authLineBytes: 12_288, textLineBytes: 1_000_000 };

interface Read {
  readonly inputs: Exclude<Input, { kind: 'need-more' | 'content' }>[];
  readonly content: string;
  /** The most octets that were held between two chunks. */
  readonly most: number;
}

/** Reads chunks; the mode begins before the first, and never again by itself. */
function read(chunks: readonly Buffer[], begin: 'command' | 'data' | number, limits = LIMITS): Read {
  const reader = new InputReader(limits);
  if (begin === 'data') reader.beginData();
  else if (typeof begin === 'number') reader.beginChunk(begin);
  const inputs: Read['inputs'] = [];
  const content: Buffer[] = [];
  let most = 0;
  const drain = (): void => {
    for (let steps = 0; ; steps++) {
      assert.ok(steps < 1_000_000, 'the reader makes no progress');
      const input = reader.next();
      if (input.kind === 'need-more') break;
      if (input.kind === 'content') {
        assert.ok(input.bytes.length > 0, 'a piece of content without an octet');
        content.push(Buffer.from(input.bytes));
      } else inputs.push(input);
    }
  };
  drain();
  for (const chunk of chunks) {
    reader.feed(chunk);
    drain();
    most = Math.max(most, reader.bufferedBytes);
  }
  return { inputs, content: Buffer.concat(content).toString('latin1'), most };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Every way to cut a text in two, and octet by octet. */
function* splits(text: string): Generator<Buffer[]> {
  const whole = bytes(text);
  for (let at = 0; at <= whole.length; at++) yield [whole.subarray(0, at), whole.subarray(at)];
  yield [...whole].map((byte) => Buffer.from([byte]));
}

const LINES: readonly (readonly [sent: string, expected: Read['inputs']])[] = [
  ['NOOP\r\n', [{ kind: 'line', text: 'NOOP' }]],
  ['\r\n', [{ kind: 'line', text: '' }]],
  [
    'A\r\nB\r\n\r\nC',
    [
      { kind: 'line', text: 'A' },
      { kind: 'line', text: 'B' },
      { kind: 'line', text: '' },
    ],
  ],
  ['\xc3\xa9\r\n', [{ kind: 'line', text: 'é' }]],
  ['\xff\r\n', [{ kind: 'line', text: '\ufffd' }]],
  ['A\n', [{ kind: 'bad-line', why: 'bare-newline' }]],
  ['\n', [{ kind: 'bad-line', why: 'bare-newline' }]],
  ['A\rB\r\n', [{ kind: 'bad-line', why: 'bare-newline' }]],
  ['A\r\r\n', [{ kind: 'bad-line', why: 'bare-newline' }]],
  [
    'A\n\r\n',
    [
      { kind: 'bad-line', why: 'bare-newline' },
      { kind: 'line', text: '' },
    ],
  ],
  ['A\0B\r\n', [{ kind: 'bad-line', why: 'nul' }]],
  [`${'x'.repeat(62)}\r\n`, [{ kind: 'line', text: 'x'.repeat(62) }]],
  [
    `${'x'.repeat(63)}\r\nA\r\n`,
    [
      { kind: 'bad-line', why: 'too-long' },
      { kind: 'line', text: 'A' },
    ],
  ],
  [
    `${'x'.repeat(500)}\r\nA\r\n`,
    [
      { kind: 'bad-line', why: 'too-long' },
      { kind: 'line', text: 'A' },
    ],
  ],
  [
    `${'x'.repeat(500)}\nA\r\n`,
    [
      { kind: 'bad-line', why: 'bare-newline' },
      { kind: 'line', text: 'A' },
    ],
  ],
];

test('a command line ends with CRLF and nothing else, however it is cut', () => {
  for (const [sent, expected] of LINES) {
    for (const chunks of splits(sent))
      assert.deepEqual(read(chunks, 'command').inputs, expected, JSON.stringify(sent));
  }
});

test('an endless command line takes no more memory than one chunk', () => {
  const { inputs, most } = read(
    Array.from({ length: 2_000 }, () => Buffer.alloc(1_000, 'x')),
    'command',
  );
  assert.deepEqual(inputs, []);
  assert.ok(most <= LIMITS.commandLineBytes, `${most} octets held`);
});

const MESSAGES: readonly (readonly [sent: string, content: string])[] = [
  ['.\r\n', ''],
  ['\r\n.\r\n', '\r\n'],
  ['A: b\r\n\r\nbody\r\n.\r\n', 'A: b\r\n\r\nbody\r\n'],
  ['..\r\n.\r\n', '.\r\n'],
  ['...\r\n.x\r\n. \r\n.\r\n', '..\r\nx\r\n \r\n'],
  ['a.\r\n.\r\n', 'a.\r\n'],
  ['\xc3\xa9\xff\x80\t\r\n.\r\n', '\xc3\xa9\xff\x80\t\r\n'],
  ['..\r\n..\r\n..\r\n.\r\n', '.\r\n.\r\n.\r\n'],
];

test('content is what stands before the line with a dot, however it is cut', () => {
  for (const [sent, content] of MESSAGES) {
    for (const chunks of splits(`${sent}QUIT\r\n`)) {
      const result = read(chunks, 'data');
      assert.equal(result.content, content, JSON.stringify(sent));
      assert.deepEqual(
        result.inputs,
        [{ kind: 'content-end' }, { kind: 'line', text: 'QUIT' }],
        JSON.stringify(sent),
      );
    }
  }
});

/** What some server or other has taken for the end of a message (SMTP smuggling), and worse. */
const SMUGGLED = [
  '\n.\n',
  '\r.\r',
  '\n.\r\n',
  '\r\n.\n',
  '\r\n.\r',
  '\r.\r\n',
  '\r\n.\r\r\n',
  '\r\n.\r\0\n',
  '\n\n.\n\n',
  '\r\r.\r\r',
  '\n.\r',
  '\r.\n',
  '\r\n..\n',
  '\r\n.\n\r\n',
  '\r\0\n.\r\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\n',
  '\r',
  '\0',
  '\r\r\n',
  '\n\r\n',
  '\r\n.\r\rX',
  '\r\n.\r.\r\n',
  '\r\n\n.\r',
  '\n..\r\n',
];

test('every smuggling variant is a fault and never ends the message', () => {
  for (const variant of SMUGGLED) {
    const sent = `A: b\r\n\r\nbody${variant}MAIL FROM:<evil@example.net>\r\nDATA\r\n.\r\nQUIT\r\n`;
    for (const chunks of splits(sent)) {
      const { inputs } = read(chunks, 'data');
      assert.equal(inputs.length, 2, JSON.stringify(variant));
      const [end, quit] = inputs;
      assert.ok(end?.kind === 'content-end' && end.fault !== undefined, JSON.stringify(variant));
      assert.deepEqual(quit, { kind: 'line', text: 'QUIT' }, JSON.stringify(variant));
    }
  }
});

test('a fault has a name, and the first one counts', () => {
  for (const [line, fault] of [
    ['a\nb', 'bare-newline'],
    ['a\rb', 'bare-newline'],
    ['a\0b\n', 'nul'],
    ['\n\0', 'bare-newline'],
  ]) {
    assert.deepEqual(read([bytes(`${line}\r\n.\r\n`)], 'data').inputs, [{ kind: 'content-end', fault }]);
  }
});

/** The same, without states: lines are what stands between CRLF and CRLF. */
function plainly(sent: string): { content: string; bad: boolean; rest: string } | undefined {
  const end = sent.startsWith('.\r\n') ? -2 : sent.indexOf('\r\n.\r\n');
  if (end === -1) return undefined;
  const lines = end < 0 ? [] : sent.slice(0, end).split('\r\n');
  return {
    content: lines.map((line) => `${line.replace(/^\./, '')}\r\n`).join(''),
    bad: lines.some((line) => /[\r\n\0]/.test(line)),
    rest: sent.slice(end + 5),
  };
}

test('random octets in random pieces are read as the plain definition says', () => {
  const { next, pick, pieces } = chance(1);
  let ended = 0;
  let faults = 0;
  for (let run = 0; run < 20_000; run++) {
    const alphabet =
      next(2) === 0 ? ['\r\n', '.', 'a', '\r\n.'] : ['\r\n', '\r', '\n', '.', 'a', '\0', '\r\n.\r\n'];
    let sent = '';
    for (let length = next(14); length > 0; length--) sent += pick(alphabet);
    const expected = plainly(sent);
    const result = read(pieces(bytes(sent), 1 + next(8)), 'data');
    const end = result.inputs.find((input) => input.kind === 'content-end');
    assert.equal(end === undefined, expected === undefined, JSON.stringify(sent));
    if (expected === undefined || end === undefined) continue;
    ended++;
    assert.equal(end.fault !== undefined, expected.bad, JSON.stringify(sent));
    if (expected.bad) faults++;
    else assert.equal(result.content, expected.content, JSON.stringify(sent));
    assert.deepEqual(
      result.inputs.slice(1),
      read([bytes(expected.rest)], 'command').inputs,
      JSON.stringify(sent),
    );
  }
  assert.ok(ended > 5_000 && faults > 500, `${ended} ended, ${faults} with a fault`);
});

test('a line of text has a limit, counted over pieces, with its CRLF', () => {
  const limits = { commandLineBytes: 64, authLineBytes: 12_288, textLineBytes: 20 };
  for (const [length, fault] of [
    [18, undefined],
    [19, 'line-too-long'],
    [400, 'line-too-long'],
  ] as const) {
    for (const chunks of splits(`ok\r\n${'x'.repeat(length)}\r\nok\r\n.\r\n`)) {
      const [end] = read(chunks, 'data', limits).inputs;
      assert.deepEqual(end, fault === undefined ? { kind: 'content-end' } : { kind: 'content-end', fault });
    }
  }
});

test('an endless line of text is held by nobody here', () => {
  const { most, inputs } = read(
    Array.from({ length: 2_000 }, () => Buffer.alloc(1_000, '.')),
    'data',
  );
  assert.deepEqual([most, inputs], [0, []]);
});

test('a chunk (RFC 3030) is its octets, whatever they are, and a command follows', () => {
  for (const body of ['', '\r\n.\r\n', 'a\nb\rc\0', '.\r\nQUIT\r\n', 'x'.repeat(100)]) {
    for (const chunks of splits(`${body}NOOP\r\n`)) {
      const result = read(chunks, body.length);
      assert.equal(result.content, body);
      assert.deepEqual(result.inputs, [{ kind: 'content-end' }, { kind: 'line', text: 'NOOP' }]);
    }
  }
});

test('what was fed before a discard is never read', () => {
  const reader = new InputReader(LIMITS);
  reader.feed(bytes('STARTTLS\r\nRSET\r\nNO'));
  assert.deepEqual(reader.next(), { kind: 'line', text: 'STARTTLS' });
  assert.equal(reader.bufferedBytes, 8);
  reader.discard();
  assert.equal(reader.bufferedBytes, 0);
  reader.feed(bytes('OP\r\n'));
  assert.deepEqual(reader.next(), { kind: 'line', text: 'OP' });
});
