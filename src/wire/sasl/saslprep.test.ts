import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saslprep } from './saslprep.ts';

test('the examples of RFC 4013 section 3, and more', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['\u0007', undefined],
    ['\u0627\u0031', undefined],
    ['\u0627\u0031\u0628', '\u0627\u0031\u0628'],
    ['a\u0627', undefined],
    ['a\u00a0b', 'a b'],
    ['e\u0301', 'é'],
    ['\ue000', undefined],
    ['\ud800', undefined],
    ['\u{e0001}', undefined],
    ['p\u200bw', 'p w'],
    ['\u00ad', ''],
    ['пароль', 'пароль'],
    ['密码😀', '密码😀'],
  ];
  for (const [text, expected] of cases) assert.equal(saslprep(text), expected, JSON.stringify(text));
});

test('preparing twice changes nothing', () => {
  let seed = 7;
  for (let run = 0; run < 20_000; run += 1) {
    let text = '';
    for (let length = 0; length < 4; length += 1) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      text += String.fromCodePoint(seed % 0x11_0000);
    }
    const once = saslprep(text);
    if (once !== undefined) assert.equal(saslprep(once), once, JSON.stringify(text));
  }
});
