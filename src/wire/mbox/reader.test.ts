import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance as chanceOf } from '../../../test/chance.ts';
import { flagFields } from './flags.ts';
import { dateOfFromLine, fromLine, isFromLine } from './from-line.ts';
import { FromQuoting } from './quoting.ts';
import { type MboxError, mboxMessages, type Quoting } from './reader.ts';

const FROM = 'From bob@far.example Mon Mar 12 08:00:00 2018\n';
const AT = 1_520_841_600_000;

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  text: string;
  line: number;
  at: number | undefined;
  flags: readonly string[];
}

async function readAll(text: string, about: { size?: number; quoting?: Quoting } = {}): Promise<Read[]> {
  const { size = 1_000_000, quoting = 'mboxrd' } = about;
  const found: Read[] = [];
  for await (const { line, at, flags, pieces } of mboxMessages(cut(text, size), quoting)) {
    const parts: Buffer[] = [];
    for await (const piece of pieces) parts.push(piece);
    found.push({ text: Buffer.concat(parts).toString(), line, at, flags });
  }
  return found;
}

test('messages are told apart by From lines behind an empty line and before a field, and by nothing else', async () => {
  const body =
    'a\nFrom x Mon Mar 12 08:00:00 2018\n\nFrom y Mon Mar 12 08:00:00 2018\nno field\n\nFrom z: not a date\n\n';
  const found = await readAll(`${FROM}Subject: 1\nContent-Length: 3\n\n${body}\n${FROM}Subject: 2\n\nb\n`);
  assert.deepEqual(
    found.map(({ text, line, at }) => [text, line, at]),
    [
      [`Subject: 1\nContent-Length: 3\n\n${body}`.replaceAll('\n', '\r\n'), 1, AT],
      ['Subject: 2\r\n\r\nb\r\n', 14, AT],
    ],
  );
});

test('quoting is taken off as it was put on', async () => {
  const text = `${FROM}Subject: q\n\n>From a\n>>From b\n> From c\n`;
  const bodies = await Promise.all(
    (['mboxrd', 'mboxo'] as const).map(async (quoting) =>
      (await readAll(text, { quoting }))[0]?.text.slice(14),
    ),
  );
  assert.deepEqual(bodies, ['From a\r\n>From b\r\n> From c\r\n', 'From a\r\n>>From b\r\n> From c\r\n']);
});

test('what lines end with is kept where it is CRLF, and a line without an end has none', async () => {
  const [one, two] = await readAll(`${FROM}Subject: a\r\n\r\nx\ny\r\n\n${FROM}Subject: b\n\nlast`);
  assert.equal(one?.text, 'Subject: a\r\n\r\nx\ny\r\n');
  assert.equal(two?.text, 'Subject: b\r\n\r\nlast');
  assert.deepEqual(await readAll(''), []);
});

test('the first fields with flags are read and taken out', async () => {
  const flags = ['\\Seen', '\\Flagged', '\\Draft', '$Forwarded', 'blau'];
  const own = 'Status: mine\nSubject: a\n\nb\n';
  const [found] = await readAll(FROM + flagFields(flags, '\n') + own);
  assert.deepEqual([found?.text, found?.flags.toSorted()], [own.replaceAll('\n', '\r\n'), flags.toSorted()]);
});

test('From lines are those with a date, in UTC unless they say a zone', () => {
  const dates = [
    'From a Mon Mar 12 08:00:00 2018',
    'From a@b Mon, Mar 12 10:00:00 +0200 2018',
    'From "a b"@c Mon Mar 12 04:00:00 2018 -0400\r\n',
    'From - Mon Mar 12 08:00 2018\n',
    fromLine('', AT),
  ];
  assert.deepEqual(
    dates.map(dateOfFromLine),
    dates.map(() => AT),
  );
  assert.ok(dates.every(isFromLine) && isFromLine('From \r\n'));
  assert.ok(!['From a to b', 'From:', 'from a Mon Mar 12 08:00:00 2018', 'From Monday'].some(isFromLine));
});

test('what is no mbox is refused by its line', async () => {
  const faults = ['Subject: x\n', '\u001f\ufffd', `${FROM}nothing\n`];
  const lines = await Promise.all(
    faults.map((text) => readAll(text).catch((error: MboxError) => error.line)),
  );
  assert.deepEqual(lines, [1, 1, 2]);
});

test('whatever is written comes back, in pieces of any size', async () => {
  const chance = chanceOf(20_180_312);
  const words = [
    'From ',
    '>From x\n',
    'From a Mon Mar 12 08:00:00 2018\n',
    '\n',
    'text\n',
    '>',
    'é',
    'X: y\n',
    'z'.repeat(70_000),
  ];
  for (let round = 0; round < 60; round++) {
    const messages = Array.from({ length: 1 + chance.next(4) }, () => {
      const body = Array.from({ length: chance.next(12) }, () => words[chance.next(words.length)]).join('');
      return `Subject: ${round}\n\n${body}\n`;
    });
    const size = 1 + chance.next(5_000);
    let file = '';
    for (const message of messages) {
      const quoting = new FromQuoting();
      const parts: Buffer[] = [];
      for await (const piece of cut(message, 1 + chance.next(900))) parts.push(quoting.push(piece));
      file += FROM + flagFields([], '\n') + Buffer.concat([...parts, quoting.end()]).toString() + '\n';
    }
    const found = await readAll(file, { size });
    assert.deepEqual(
      found.map(({ text }) => text),
      messages.map((message) => message.replaceAll('\n', '\r\n')),
      `round ${round}`,
    );
  }
});
