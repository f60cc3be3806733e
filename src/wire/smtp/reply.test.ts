import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { formatReply, type ParsedReply, type Reply, ReplyReader, reply } from './reply.ts';

interface Read {
  readonly replies: ParsedReply[];
  readonly broken?: string;
  readonly pending: boolean;
}

function read(chunks: readonly Buffer[]): Read {
  const reader = new ReplyReader();
  const replies: ParsedReply[] = [];
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (let step = reader.next(); step.kind !== 'need-more'; step = reader.next()) {
      if (step.kind === 'broken') return { replies, broken: step.why, pending: reader.pending };
      replies.push(step.reply);
    }
  }
  return { replies, pending: reader.pending };
}

const GOOD: readonly (readonly [sent: string, replies: ParsedReply[]])[] = [
  ['250 Ok\r\n', [{ code: 250, lines: ['Ok'] }]],
  ['250\r\n', [{ code: 250, lines: [''] }]],
  ['250 \r\n', [{ code: 250, lines: [''] }]],
  ['250 Ok\n', [{ code: 250, lines: ['Ok'] }]],
  ['250-a\r\n250-\r\n250 c\r\n', [{ code: 250, lines: ['a', '', 'c'] }]],
  ['250 2.1.0 Ok\r\n', [{ code: 250, enhanced: '2.1.0', lines: ['Ok'] }]],
  ['550-5.1.1 No\r\n550 5.1.1 such user\r\n', [{ code: 550, enhanced: '5.1.1', lines: ['No', 'such user'] }]],
  ['550 5.1.1\r\n', [{ code: 550, enhanced: '5.1.1', lines: [''] }]],
  ['550 4.1.1 liar\r\n', [{ code: 550, lines: ['4.1.1 liar'] }]],
  ['250 2.0.0.1 x\r\n', [{ code: 250, lines: ['2.0.0.1 x'] }]],
  [
    '354 go\r\n250 done\r\n',
    [
      { code: 354, lines: ['go'] },
      { code: 250, lines: ['done'] },
    ],
  ],
  ['220 caf\xc3\xa9\r\n', [{ code: 220, lines: ['café'] }]],
];

const BROKEN: readonly string[] = [
  '\r\n',
  'hello\r\n',
  '25 Ok\r\n',
  '2500 Ok\r\n',
  '150 x\r\n',
  '600 x\r\n',
  ' 250 x\r\n',
  '+250 x\r\n',
  '2e2 x\r\n',
  '250_x\r\n',
  '250\tx\r\n',
  '250-a\r\n251 b\r\n',
  '250-a\r\nb\r\n',
  '\x00250 x\r\n',
  'SSH-2.0-OpenSSH\r\n',
  '\r250 x\r\n',
];

test('a reply is read, however it is cut', () => {
  for (const [sent, replies] of GOOD) {
    const whole = Buffer.from(sent, 'latin1');
    for (let at = 0; at <= whole.length; at++) {
      assert.deepEqual(read([whole.subarray(0, at), whole.subarray(at)]), { replies, pending: false }, sent);
    }
    assert.deepEqual(read([...whole].map((byte) => Buffer.from([byte]))), { replies, pending: false }, sent);
  }
});

test('what is no reply is broken, and says so in one short line', () => {
  for (const sent of BROKEN) {
    const { broken } = read([Buffer.from(sent, 'latin1')]);
    assert.ok(broken !== undefined && broken.length < 200 && !/[\r\n\0]/.test(broken), JSON.stringify(sent));
  }
});

test('an endless reply is broken off, whether a line or a list never ends', () => {
  for (const chunk of [
    Buffer.alloc(1_000, 'x'),
    Buffer.from('250-x\r\n'.repeat(100)),
    Buffer.from('250-\r\n'.repeat(100)),
  ]) {
    const reader = new ReplyReader();
    let fed = 0;
    let step = reader.next();
    while (step.kind === 'need-more') {
      assert.ok(fed < 1_000_000, 'it reads for ever');
      reader.feed(chunk);
      fed += chunk.length;
      step = reader.next();
    }
    assert.equal(step.kind, 'broken');
  }
});

test('a reply that is too long is broken even when it ends', () => {
  assert.match(read([Buffer.from(`${'250-x\r\n'.repeat(20_000)}250 x\r\n`)]).broken ?? '', /longer than/);
});

test('long replies one after the other are all read', () => {
  const one = `250-${'x'.repeat(30_000)}\r\n250 y\r\n`;
  assert.equal(read([Buffer.from(one.repeat(10))]).replies.length, 10);
});

test('what nobody asked for shows as pending', () => {
  const reader = new ReplyReader();
  assert.equal(reader.pending, false);
  reader.feed(Buffer.from('250 Ok\r\n421 gone\r\n'));
  reader.next();
  assert.equal(reader.pending, true);
  reader.next();
  assert.equal(reader.pending, false);
  reader.feed(Buffer.from('250-half\r\n'));
  assert.equal(reader.next().kind, 'need-more');
  assert.equal(reader.pending, true);
});

test('a reply is written with its codes on each line, and nothing in it can end a line', () => {
  const cases: readonly (readonly [Reply, string])[] = [
    [reply(250, '2.0.0', 'Ok'), '250 2.0.0 Ok\r\n'],
    [reply(354, undefined, 'Go'), '354 Go\r\n'],
    [{ code: 250, lines: ['a', 'b', 'c'] }, '250-a\r\n250-b\r\n250 c\r\n'],
    [{ code: 550, enhanced: '5.7.1', lines: ['a', 'b'] }, '550-5.7.1 a\r\n550 5.7.1 b\r\n'],
    [{ code: 250, lines: [] }, '250 \r\n'],
    [reply(550, '5.1.1', 'no\r\n250 2.0.0 Ok\0\x7f\tx'), '550 5.1.1 no 250 2.0.0 Ok x\r\n'],
  ];
  for (const [value, text] of cases) assert.equal(formatReply(value), text);
});

test('what is written is read back; random octets never throw', () => {
  const { next, pick, pieces, bytes } = chance(5);
  for (let run = 0; run < 3_000; run++) {
    const lines = Array.from({ length: 1 + next(4) }, () => Buffer.from(bytes(next(30))).toString('latin1'));
    const written = formatReply({
      code: 200 + next(400),
      enhanced: pick(['2.1.5', '4.4.7', '5.0.0']),
      lines,
    });
    const { replies, broken, pending } = read(pieces(Buffer.from(written), 1 + next(20)));
    assert.deepEqual([replies.length, broken, pending], [1, undefined, false], written);
    assert.equal(replies[0]?.lines.length, lines.length);
    read(
      pieces(
        Buffer.from(bytes(next(60)).map((byte) => (byte % 3 === 0 ? pick([10, 13, 50, 53, 45, 32]) : byte))),
        7,
      ),
    );
  }
});
