import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { LIMITS } from '../../../test/imap-line.ts';
import { parseCommand } from './command.ts';
import { parseMessageUrl } from './grammar/url.ts';
import { type Input, type InputLimits, InputReader } from './input.ts';

const SMALL: InputLimits = {
  commandBytes: 100,
  literalBytes: 20,
  valueBytes: 40,
  messageBytes: 50,
  unaskedBytes: 30,
};
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** An input in few words: `a NOOP`, `+`, `<octets>`, `a BAD`. */
function shown(input: Input): string {
  switch (input.kind) {
    case 'command': {
      const { tag, verb, arguments: given, append } = input;
      const literals = given.literals.map((literal) => `=${literal.toString('latin1')}`).join('');
      return append === undefined
        ? `${tag} ${verb}${given.text}${literals}`
        : `${tag} ${verb} of ${append.messages.length}`;
    }
    case 'continue':
      return '+';
    case 'message':
      return `message ${input.bytes}${input.waits ? ' waits' : ''}`;
    case 'octets':
      return `<${input.bytes.toString('latin1')}>`;
    case 'message-end':
      return 'end';
    case 'refusal':
      return `${input.tag} ${input.status}${input.code === undefined ? '' : ` ${input.code}`}${input.unaskedBytes > 0 ? ` ${input.unaskedBytes}` : ''}`;
    default:
      return input.kind;
  }
}

interface Read {
  /** Octets of one message together. */
  readonly inputs: readonly string[];
  readonly most: number;
}

function read(
  chunks: readonly Buffer[],
  { limits = SMALL, refusing = false }: { limits?: InputLimits; refusing?: boolean } = {},
): Read {
  const reader = new InputReader(limits);
  const inputs: string[] = [];
  let most = 0;
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (let input = reader.next(); input.kind !== 'need-more'; input = reader.next()) {
      const text = shown(input);
      if (input.kind === 'octets' && inputs.at(-1)?.startsWith('<') === true)
        inputs.push(`${(inputs.pop() ?? '').slice(0, -1)}${text.slice(1)}`);
      else inputs.push(text);
      if (input.kind !== 'message') continue;
      if (refusing) reader.refuse();
      else reader.accept();
    }
    most = Math.max(most, reader.bufferedBytes);
  }
  return { inputs, most };
}

/** Every way to cut a text in two, and octet by octet. */
function* splits(text: string): Generator<Buffer[]> {
  const whole = bytes(text);
  for (let at = 0; at <= whole.length; at++) yield [whole.subarray(0, at), whole.subarray(at)];
  yield [...whole].map((byte) => Buffer.of(byte));
}

const x = (count: number): string => 'x'.repeat(count);
const STREAMS: readonly (readonly [sent: string, ...inputs: string[]])[] = [
  ['a NOOP\r\n', 'a NOOP'],
  ['a noop\nb LOGOUT \r\n', 'a NOOP', 'b LOGOUT'],
  ['a uid fetch 1 FLAGS\r\n', 'a UID FETCH 1 FLAGS'],
  ['a LOGIN {1}\r\nb c\r\nd NOOP\r\n', '+', 'a LOGIN {1} c=b', 'd NOOP'],
  ['a LOGIN {2+}\r\n\r\n {1}\r\nc\r\n', '+', 'a LOGIN {2+} {1}=\r\n=c'],
  ['a LOGIN {0+}\r\n x\r\n', 'a LOGIN {0+} x='],
  // Nothing that can be read.
  ['\r\n', '* BAD'],
  ['+ NOOP\r\na NOOP\r\n', '* BAD', 'a NOOP'],
  ['a\r\n', 'a '],
  ['a NOOP\rx\r\n', '* BAD'],
  ['a LOGIN \0\r\nb NOOP\r\n', '* BAD', 'b NOOP'],
  ['GET / HTTP/1.1\r\n', 'GET  / HTTP/1.1'],
  // Too long, and what follows is read on.
  [`a LOGIN ${x(92)}\r\nb NOOP\r\n`, 'a BAD', 'b NOOP'],
  [`a LOGIN ${x(500)}\r\nb NOOP\r\n`, 'a BAD', 'b NOOP'],
  [`${x(500)}\r\nb NOOP\r\n`, '* BAD', 'b NOOP'],
  [`a LOGIN ${x(500)} {3+}\r\n\r\n\r more {2+}\r\nc\n\r\nb NOOP\r\n`, 'a BAD', 'b NOOP'],
  [`a LOGIN ${x(500)} {3}\r\nb NOOP\r\n`, 'a BAD', 'b NOOP'],
  [`a LOGIN {1+}\r\nx ${x(90)}\r\nb NOOP\r\n`, 'a BAD', 'b NOOP'],
  // Literals that are too large, unknown or where none may be.
  ['a LOGIN {21}\r\nb NOOP\r\n', 'a BAD', 'b NOOP'],
  [`a LOGIN {21+}\r\n${x(21)} x\r\nb NOOP\r\n`, 'a BAD 21', 'b NOOP'],
  ['a LOGIN {15}\r\n123456789012345 {6}\r\nb NOOP\r\n', '+', 'a BAD', 'b NOOP'],
  ['a NOOP {2}\r\nb NOOP\r\n', 'a BAD', 'b NOOP'],
  ['a WIZ {2+}\r\nxx\r\nb NOOP\r\n', 'a BAD 2', 'b NOOP'],
  [`a SETMETADATA "" (/private/x {31+}\r\n${x(31)})\r\nb NOOP\r\n`, 'a BAD 31', 'b NOOP'],
  [`a SETMETADATA "" (/private/x {31}\r\n${x(31)})\r\n`, '+', `a SETMETADATA "" (/private/x {31})=${x(31)}`],
  ['a LOGIN {9999999999999999999+}\r\nb NOOP\r\n', 'a BAD 10000000000000000000'],
  ['a LOGIN {99999999999999999999+}\r\n', 'a LOGIN {99999999999999999999+}'],
  // Messages.
  ['a APPEND b {5}\r\nhello\r\n', 'message 5 waits', '<hello>', 'end', 'a APPEND of 1'],
  ['a APPEND b {5+}\r\nhello\r\nc NOOP\r\n', 'message 5', '<hello>', 'end', 'a APPEND of 1', 'c NOOP'],
  ['a APPEND {1}\r\nb {1+}\r\nx\r\n', '+', 'message 1', '<x>', 'end', 'a APPEND of 1'],
  ['a APPEND b {0}\r\n\r\n', 'message 0 waits', 'end', 'a APPEND of 1'],
  [
    'a APPEND b ~{2+}\r\n\0\0 (\\Seen) {1+}\r\ny\r\n',
    'message 2',
    '<\0\0>',
    'end',
    'message 1',
    '<y>',
    'end',
    'a APPEND of 2',
  ],
  ['a APPEND b {51}\r\nc NOOP\r\n', 'a NO TOOBIG', 'c NOOP'],
  [`a APPEND b {51+}\r\n${x(51)} {2+}\r\nzz\r\nc NOOP\r\n`, 'a NO TOOBIG 51', 'c NOOP'],
  [`a APPEND b {31+}\r\n${x(31)}\r\nc NOOP\r\n`, 'a BAD 31', 'c NOOP'],
  [`a APPEND b {31}\r\n${x(31)}\r\n`, 'message 31 waits', `<${x(31)}>`, 'end', 'a APPEND of 1'],
  ['a APPEND b (\\Foo) {5+}\r\nhello\r\nc NOOP\r\n', 'a BAD 5', 'c NOOP'],
  ['a APPEND b\r\nc NOOP\r\n', 'a BAD', 'c NOOP'],
  ['a APPEND b {1+}\r\nx y\r\nc NOOP\r\n', 'message 1', '<x>', 'end', 'a BAD', 'c NOOP'],
];

test('commands, literals and messages, however they are cut', () => {
  for (const [sent, ...inputs] of STREAMS)
    for (const chunks of splits(sent)) assert.deepEqual(read(chunks).inputs, inputs, JSON.stringify(sent));
});

const REFUSED: readonly (readonly [sent: string, ...inputs: string[]])[] = [
  ['a APPEND b {5}\r\nc NOOP\r\n', 'message 5 waits', 'c NOOP'],
  ['a APPEND b {5+}\r\nhello {1+}\r\nx\r\nc NOOP\r\n', 'message 5', 'c NOOP'],
  ['a APPEND b {5+}\r\nhello {1}\r\nc NOOP\r\n', 'message 5', 'c NOOP'],
];

test('a message that is refused goes by', () => {
  for (const [sent, ...inputs] of REFUSED)
    for (const chunks of splits(sent))
      assert.deepEqual(read(chunks, { refusing: true }).inputs, inputs, sent);
});

test('what has no end takes no memory', () => {
  const many = (text: string): Buffer[] => Array.from({ length: 2_000 }, () => bytes(text));
  const streams: readonly Buffer[][] = [
    many(x(1_000)),
    [bytes('a LOGIN '), ...many(x(1_000))],
    [bytes('a LOGIN {999999999+}\r\n'), ...many(x(1_000))],
    [bytes('a APPEND b {999999999+}\r\n'), ...many(x(1_000))],
    many('a LOGIN {19+}\r\nxxxxxxxxxxxxxxxxxxx b\r\n'),
    [bytes('a LOGIN '), ...many('{1+}\r\nx ')],
  ];
  for (const stream of streams) {
    const { most } = read(stream);
    assert.ok(most <= SMALL.commandBytes + SMALL.literalBytes, `${most} octets held`);
  }
});

test('a message is handed on as it comes', () => {
  const size = 900_000;
  const chunks = [
    bytes(`a APPEND b {${size}}\r\n`),
    ...Array.from({ length: 900 }, () => Buffer.alloc(1_000, 'x')),
    bytes('\r\n'),
  ];
  const { inputs, most } = read(chunks, { limits: LIMITS });
  assert.deepEqual(
    inputs.map((input) => input.slice(0, 15)),
    ['message 900000 ', '<xxxxxxxxxxxxxx', 'end', 'a APPEND of 1'],
  );
  assert.equal((inputs[1] ?? '').length, size + 2);
  assert.ok(most < 2_000, `${most} octets held`);
});

test('lines that are no commands, and what is left behind a command', () => {
  const reader = new InputReader(SMALL);
  reader.feed(bytes('a AUTHENTICATE PLAIN\r\nAGEAYg==\r\nb NOOP\r\nrest'));
  assert.equal(reader.next().kind, 'command');
  reader.expectLine(20);
  assert.deepEqual(reader.next(), { kind: 'line', text: 'AGEAYg==' });
  assert.equal(reader.next().kind, 'command');
  assert.equal(reader.next().kind, 'need-more');
  assert.equal(reader.takeRest().toString(), 'rest');
  reader.expectLine(20);
  reader.feed(bytes(x(30)));
  assert.equal(reader.next().kind, 'line-too-long');
  reader.feed(bytes('x\r\nc NOOP\r\nd NOOP\r\n'));
  assert.equal(shown(reader.next()), 'c NOOP');
  reader.discard();
  assert.deepEqual(reader.next(), { kind: 'need-more' });
});

test('random streams: the same inputs however they are cut, bounded, nothing thrown', () => {
  const { next, pick, pieces } = chance(11);
  const words = [
    'a ',
    'b ',
    'NOOP',
    'LOGIN',
    'APPEND',
    'UID ',
    'REPLACE',
    'FETCH',
    'SEARCH',
    'SETMETADATA',
    'CATENATE (',
    'TEXT ',
    'URL ',
    'UTF8 (',
    '{3}',
    '{3+}',
    '~{3}',
    '~{2+}',
    '{40+}',
    '{60+}',
    '{0}',
    '{',
    '}',
    '\r\n',
    '\r\n',
    '\r\n',
    '\n',
    '\r',
    ' ',
    ' ',
    '(',
    ')',
    '"',
    '\\Seen',
    'INBOX',
    '1:*',
    'xyz',
    '\0',
    '\xe9',
    ' 1 ',
    '"17-Jul-1996 02:44:25 -0700"',
    x(60),
  ];
  let commands = 0;
  for (let run = 0; run < 20_000; run++) {
    let text = '';
    for (let count = 1 + next(25); count > 0; count--) text += pick(words);
    const whole = bytes(text);
    const once = read([whole]);
    const cut = read(pieces(whole, 1 + next(30)));
    assert.deepEqual(cut.inputs, once.inputs, JSON.stringify(text));
    assert.ok(cut.most <= SMALL.commandBytes + SMALL.valueBytes + 30, `${cut.most} octets held`);
    commands += once.inputs.length;
  }
  assert.ok(commands > 20_000, `${commands} inputs`);
});

test('random commands are values or say why not, and nothing is thrown', () => {
  const { next, pick } = chance(12);
  const lines = [
    'UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (From To)]<0.5> BINARY[1.2] PREVIEW (LAZY)) (CHANGEDSINCE 5 VANISHED)',
    'SEARCH RETURN (MIN PARTIAL 1:5) CHARSET UTF-8 OR (FROM "a") NOT FUZZY BODY {3+}\r\nabc SINCE 1-Feb-1994',
    'SORT (REVERSE DATE SUBJECT) UTF-8 MODSEQ "/flags/x" all 5',
    'LIST (SUBSCRIBED) "" ("a" b%) RETURN (CHILDREN STATUS (MESSAGES))',
    'SELECT INBOX (QRESYNC (1 2 3:4 (5 6)))',
    'NOTIFY SET STATUS (selected (MessageNew (UID) MessageExpunge)) (subtree (a b) NONE)',
    'STORE 1,2 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Seen $x)',
    'GETMETADATA (DEPTH 1) INBOX (/private/a /shared/b)',
    'SETMETADATA "" (/private/a {1+}\r\nx /shared/b NIL)',
    'APPEND INBOX (\\Seen) "17-Jul-1996 02:44:25 -0700" CATENATE (URL "/x;UIDVALIDITY=1/;UID=2/;section=1.2" TEXT {3+}\r\nabc)',
    'UID REPLACE 5 INBOX {2+}\r\nab',
    'ID ("a" NIL)',
    'CREATE &AOk- (USE (\\Sent))',
  ];
  const letters = [
    '(',
    ')',
    '"',
    '\\',
    ' ',
    '{1+}\r\nz',
    '{',
    '}',
    '*',
    '%',
    ',',
    ':',
    '[',
    ']',
    '<',
    '.',
    '0',
    '9',
    'NIL',
    '&',
    '\xe9',
    '$',
    '\t',
  ];
  let taken = 0;
  for (let run = 0; run < 30_000; run++) {
    const line = [...pick(lines)];
    for (let edits = next(4); edits > 0; edits--) line.splice(next(line.length + 1), next(3), pick(letters));
    const reader = new InputReader(LIMITS);
    reader.feed(bytes(`a ${line.join('')}\r\nz NOOP\r\n`));
    for (let input = reader.next(); input.kind !== 'need-more'; input = reader.next()) {
      if (input.kind === 'message') reader.accept();
      if (input.kind === 'refusal') assert.match(input.text, /^[ -~]+$/);
      if (input.kind !== 'command') continue;
      const result = parseCommand(input, pick(['utf7', 'utf8']));
      if (result.ok && result.command.verb !== 'NOOP') taken += 1;
      if (!result.ok) assert.match(result.why, /^[ -~]+$/);
      for (const { parts } of input.append?.messages ?? [])
        for (const part of parts) if (part.kind === 'url') parseMessageUrl(part.url);
    }
  }
  assert.ok(taken > 5_000, `${taken} commands were taken`);
});
