import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { DotStuffer } from './dot-stuffing.ts';
import { InputReader } from './input.ts';

function stuff(pieces: readonly Buffer[]): string {
  const stuffer = new DotStuffer();
  const sent = pieces.flatMap((piece) => stuffer.stuff(piece));
  return Buffer.concat([...sent, Buffer.from(stuffer.end())]).toString('latin1');
}

const CASES: readonly (readonly [content: string, sent: string])[] = [
  ['', '.\r\n'],
  ['a\r\n', 'a\r\n.\r\n'],
  ['a', 'a\r\n.\r\n'],
  ['.', '..\r\n.\r\n'],
  ['.\r\n', '..\r\n.\r\n'],
  ['..\r\n.a\r\n', '...\r\n..a\r\n.\r\n'],
  ['\r\n', '\r\n.\r\n'],
  ['\r\n.\r\n', '\r\n..\r\n.\r\n'],
  ['a.b\r\n', 'a.b\r\n.\r\n'],
  // What is no line end for the other side is stuffed all the same: it may be one for somebody behind it.
  ['a\n.\n', 'a\n..\n\r\n.\r\n'],
  ['a\r', 'a\r\r\n.\r\n'],
];

test('each line that begins with a dot gets another, however the content is cut', () => {
  for (const [content, sent] of CASES) {
    const bytes = Buffer.from(content);
    for (let at = 0; at <= bytes.length; at++)
      assert.equal(stuff([bytes.subarray(0, at), bytes.subarray(at)]), sent);
    assert.equal(stuff([...bytes].map((byte) => Buffer.from([byte]))), sent, JSON.stringify(content));
  }
});

test('what is stuffed is what a server reads, for random content in random pieces', () => {
  const { next, pick, pieces } = chance(6);
  for (let run = 0; run < 10_000; run++) {
    let content = '';
    for (let length = next(20); length > 0; length--)
      content += pick(['\r\n', '\r\n.', '.', 'a', '\xe9', '..\r\n', 'bc']);
    const sent = Buffer.from(stuff(pieces(Buffer.from(content, 'latin1'), 1 + next(6))), 'latin1');
    const reader = new InputReader({ commandLineBytes: 512, authLineBytes: 12_288, textLineBytes: 1_000 });
    reader.beginData();
    let got = '';
    let ended = false;
    for (const piece of pieces(sent, 1 + next(6))) {
      assert.equal(ended, false, `the message ended early: ${JSON.stringify(content)}`);
      reader.feed(piece);
      for (let input = reader.next(); input.kind !== 'need-more'; input = reader.next()) {
        if (input.kind === 'content') got += input.bytes.toString('latin1');
        else assert.deepEqual(input, { kind: 'content-end' }, JSON.stringify(content));
        ended = input.kind === 'content-end';
      }
    }
    const whole = content === '' || content.endsWith('\r\n') ? content : `${content}\r\n`;
    assert.equal(ended, true);
    assert.equal(got, whole);
  }
});
