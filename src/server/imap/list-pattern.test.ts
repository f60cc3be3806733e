import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { patternMatcher } from './list-pattern.ts';

/** As the RFC says it, for short ones. */
function simply(name: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '[^]*').replace(/%/g, '[^/]*')}$`).test(name);
}

test('patterns fit what they say', () => {
  for (const [pattern, fits, fitsNot] of [
    ['*', ['a', 'a/b', ''], []],
    ['%', ['a', ''], ['a/b']],
    ['a/%', ['a/b', 'a/'], ['a', 'a/b/c', 'b/c']],
    ['%/b*', ['a/b', 'a/bc/d'], ['b', 'a/c']],
    ['%%*%', ['a/b/c'], []],
    ['%%', ['ab'], ['a/b']],
    ['', [''], ['a']],
  ] as const) {
    for (const name of fits) assert.ok(patternMatcher(pattern)(name), `${pattern} ${name}`);
    for (const name of fitsNot) assert.ok(!patternMatcher(pattern)(name), `${pattern} ${name}`);
  }
});

test('and as simply said by chance', () => {
  const luck = chance(5);
  const word = (letters: string): string =>
    Array.from({ length: luck.next(8) }, () => luck.pick([...letters])).join('');
  for (let time = 0; time < 5_000; time++) {
    const [name, pattern] = [word('ab/'), word('ab/*%')];
    assert.equal(patternMatcher(pattern)(name), simply(name, pattern), `${name} ${pattern}`);
  }
});

test('a pattern of many wildcards is as one of few', () => {
  assert.ok(!patternMatcher(`${'*'.repeat(60_000)}Z`)('a'.repeat(1_000)));
  assert.ok(patternMatcher(`${'%*'.repeat(30_000)}a`)('a'.repeat(1_000)));
  assert.ok(!patternMatcher('a*'.repeat(30_000))('a'.repeat(1_000)));
});
