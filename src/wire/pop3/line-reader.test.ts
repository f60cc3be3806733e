import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineReader } from './line-reader.ts';

function linesOf(text: string, { maxBytes, pieceBytes }: { maxBytes: number; pieceBytes: number }): string[] {
  const reader = new LineReader();
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += pieceBytes) {
    reader.feed(Buffer.from(text.slice(at, at + pieceBytes)));
    for (let line = reader.next(maxBytes); line.kind !== 'need-more'; line = reader.next(maxBytes))
      lines.push(line.kind === 'line' ? line.text : line.kind);
    assert.ok(reader.bufferedBytes < maxBytes + pieceBytes);
  }
  return lines;
}

test('lines are the same however they come', () => {
  for (const pieceBytes of [1, 2, 3, 7, 1_000])
    assert.deepEqual(linesOf('STAT\r\n\r\nLIST\nQUIT\r\nhalf', { maxBytes: 20, pieceBytes }), [
      'STAT',
      '',
      'LIST',
      'QUIT',
    ]);
});

test('a line that is too long is one, however long, and the next is itself', () => {
  const text = `${'x'.repeat(9)}\n${'x'.repeat(10)}\n${'y'.repeat(5_000)}\r\nNOOP\r\n`;
  for (const pieceBytes of [1, 9, 10, 11, 10_000])
    assert.deepEqual(linesOf(text, { maxBytes: 10, pieceBytes }), [
      'x'.repeat(9),
      'too-long',
      'too-long',
      'NOOP',
    ]);
});
