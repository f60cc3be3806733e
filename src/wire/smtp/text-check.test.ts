import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { InputReader } from './input.ts';
import { TextCheck } from './text-check.ts';

const MAX_LINE = 40;

function check(...chunks: string[]): string | undefined {
  const text = new TextCheck(MAX_LINE);
  for (const chunk of chunks) {
    const fault = text.check(Buffer.from(chunk, 'latin1'));
    if (fault !== undefined) return fault;
  }
  return text.end();
}

test('text whose lines end in CRLF is text, however it is cut', () => {
  assert.equal(check('a\r\nb\r\n\r\nc'), undefined);
  assert.equal(check('a\r', '\nb', '\r\n', '', '\r', '\n'), undefined);
  assert.equal(check(''), undefined);
});

test('a bare CR, a bare LF and a NUL are not', () => {
  for (const text of ['a\nb\r\n', '\n', 'a\rb\r\n', 'a\r.\r\n', '\r\r\n', 'a\r'])
    assert.equal(check(text), 'bare-newline', JSON.stringify(text));
  assert.equal(check('a\r', 'b'), 'bare-newline');
  assert.equal(check('a', '\n'), 'bare-newline');
  assert.equal(check('a\0b'), 'nul');
});

test('a line that is too long is found across chunks', () => {
  assert.equal(check('x'.repeat(MAX_LINE - 2), '\r\n'), undefined);
  assert.equal(check('x'.repeat(MAX_LINE - 1), '\r\n'), 'line-too-long');
  assert.equal(check('x'.repeat(MAX_LINE), 'x'), 'line-too-long');
});

test('it agrees with what DATA says of the same text', () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    const { next, pick } = chance(seed);
    let text = '';
    for (let n = next(12); n > 0; n--)
      text += pick(['a', '\r\n', '\r\n', '\r', '\n', '\0', 'x'.repeat(next(30)), 'b']);
    text += '\r\n';
    const reader = new InputReader({ commandLineBytes: 512, authLineBytes: 512, textLineBytes: MAX_LINE });
    reader.beginData();
    reader.feed(Buffer.from(`${text}.\r\n`, 'latin1'));
    let end = reader.next();
    while (end.kind === 'content') end = reader.next();
    const data = end.kind === 'content-end' ? end.fault : undefined;
    const at = next(text.length + 1);
    const bdat = check(text.slice(0, at), text.slice(at));
    assert.equal(bdat === undefined, data === undefined, `seed ${seed}: ${JSON.stringify(text)}`);
  }
});
