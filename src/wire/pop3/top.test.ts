import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Top } from './top.ts';

function topOf(message: string, { lines, pieceBytes }: { lines: number; pieceBytes: number }): string {
  const top = new Top(lines);
  let taken = '';
  for (let at = 0; at < message.length && !top.isDone; at += pieceBytes)
    taken += top.take(Buffer.from(message.slice(at, at + pieceBytes))).toString();
  return taken;
}

const HEADER = 'Subject: x\r\nTo: y\r\n\r\n';

test('the header, its empty line, and so many lines, whatever the pieces', () => {
  const message = `${HEADER}one\r\n\r\nthree\r\nfour`;
  const wanted = ['', 'one\r\n', 'one\r\n\r\n', 'one\r\n\r\nthree\r\n', 'one\r\n\r\nthree\r\nfour'];
  for (const pieceBytes of [1, 2, 3, 5, 8, 1_000])
    for (const [lines, body] of wanted.entries())
      assert.equal(topOf(message, { lines, pieceBytes }), `${HEADER}${body}`, `${lines} of ${pieceBytes}`);
});

test('a message without a body, and one that begins with its body', () => {
  for (const pieceBytes of [1, 2, 100]) {
    assert.equal(topOf('Subject: x\r\n', { lines: 3, pieceBytes }), 'Subject: x\r\n');
    assert.equal(topOf('\r\nbody\r\nmore\r\n', { lines: 1, pieceBytes }), '\r\nbody\r\n');
    assert.equal(topOf('a\n\nb\nc\n', { lines: 1, pieceBytes }), 'a\n\nb\n');
  }
});
