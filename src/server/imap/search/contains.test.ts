import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../../test/chance.ts';
import { finder } from './contains.ts';

test('a long text is found where it is, and nowhere else', () => {
  const luck = chance(3);
  const word = (length: number): string => Array.from({ length }, () => luck.pick(['a', 'b', 'é'])).join('');
  for (let time = 0; time < 300; time++) {
    const part = word(1 + luck.next(3));
    const wanted = part.repeat(1 + luck.next(60));
    const text = word(luck.next(200)) + (luck.next(2) === 0 ? wanted : wanted.slice(1)) + word(luck.next(50));
    assert.equal(finder(wanted)(text), text.includes(wanted), `${wanted} in ${text}`);
  }
  assert.ok(finder('')(''));
});

test('what is nearly everywhere takes no longer than the text', () => {
  const wanted = `${'a'.repeat(30_000)}b${'a'.repeat(30_000)}`;
  assert.ok(!finder(wanted)('a'.repeat(2_000_000)));
  assert.ok(finder(wanted)('a'.repeat(500_000) + wanted));
});
