import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrlfToLf, LineCheck, LineEnds } from './line-ends.ts';

function cut(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

const SIZES = [1, 2, 3, 100];

test('lines of a file get their CRs, unless its first line has one', () => {
  for (const size of SIZES) {
    const ended = (text: string): string => {
      const ends = new LineEnds();
      return Buffer.concat(cut(text, size).map((piece) => ends.push(piece))).toString();
    };
    assert.deepEqual(
      ['a\nb\n\n', 'a\r\nb\nc\r\n', '\n', '\r\nx\n', 'none', 'a\nb\r\nc\rd'].map(ended),
      ['a\r\nb\r\n\r\n', 'a\r\nb\nc\r\n', '\r\n', '\r\nx\n', 'none', 'a\r\nb\r\nc\rd'],
      `${size}`,
    );
  }
});

test('CRs are left out where they can be had back', () => {
  for (const size of SIZES) {
    const isPlain = (text: string): boolean => {
      const check = new LineCheck();
      for (const piece of cut(text, size)) check.push(piece);
      return check.isPlain;
    };
    assert.deepEqual(
      ['a\r\nb\r\n', '', 'a\rb\r\n', '\r\n', 'a\nb\r\n', 'a\r\r\n', '\n', 'a\r\n\n'].map(isPlain),
      [true, true, true, true, false, false, false, false],
      `${size}`,
    );
    const ends = new CrlfToLf();
    const parts = cut('a\r\n\r\nb\rc\r', size).map((piece) => ends.push(piece));
    assert.equal(Buffer.concat([...parts, ends.end()]).toString(), 'a\n\nb\rc\r', `${size}`);
  }
});
