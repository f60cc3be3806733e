import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changed,
  DELETED,
  FLAGGED,
  flagNames,
  MAX_KEYWORDS,
  SEEN,
  toBits,
  toFlagSet,
  translate,
  usedKeywords,
  withKeywords,
} from './flags.ts';

const MANY = Array.from({ length: MAX_KEYWORDS }, (_, index) => `k${index}`);

test('system flags are read in any case, keywords kept as first written', () => {
  assert.deepEqual(toFlagSet(['\\seen', '\\DELETED', '$Label1', '$label1', 'x']), {
    system: SEEN | DELETED,
    keywords: ['$Label1', 'x'],
  });
});

test('what is no flag is told', () => {
  for (const name of ['\\Recent', '\\Nope', 'two words', '', 'a"b', 'é', 'x'.repeat(65)])
    assert.deepEqual(toFlagSet([name]), { unknown: name });
});

test('every keyword that fits has a bit of its own, exactly', () => {
  const all = toBits({ system: 31, keywords: MANY }, MANY);
  assert.ok(Number.isSafeInteger(all));
  assert.equal(flagNames(all, MANY).length, 5 + MAX_KEYWORDS);
  for (const keyword of MANY) {
    const one = toBits({ system: 0, keywords: [keyword] }, MANY);
    assert.deepEqual(flagNames(one, MANY), [keyword]);
    assert.equal(changed(all, 'remove', one) + one, all);
    assert.equal(changed(all - one, 'add', one), all);
    assert.equal(changed(all, 'add', one), all);
  }
  assert.equal(changed(all, 'replace', SEEN), SEEN);
});

test('a mailbox takes keywords in any case as one, and no more than the limit', () => {
  assert.deepEqual(withKeywords(['$Junk'], ['$JUNK', 'new']), ['$Junk', 'new']);
  assert.deepEqual(withKeywords(['$Junk'], ['new', 'New', 'other', 'new']), ['$Junk', 'new', 'other']);
  assert.equal(withKeywords(MANY, ['one-more']), undefined);
  assert.equal(withKeywords(MANY, ['K3']), MANY);
});

test('flags go from one mailbox to another by their names', () => {
  const [from, to] = [
    ['a', 'b', 'c'],
    ['c', 'x', 'a'],
  ];
  const flags = toBits({ system: FLAGGED, keywords: ['a', 'c'] }, from);
  assert.deepEqual(flagNames(translate(flags, from, to), to), ['\\Flagged', 'c', 'a']);
  assert.deepEqual(usedKeywords([flags, SEEN, flags], from), ['a', 'c']);
});
