import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberSet } from './number-set.ts';
import { hasStar, parseSequenceSet, resolveSequenceSet } from './sequence-set.ts';

const saved = NumberSet.of([7, 9]);

/** RFC 9051 section 9: the sets of its comments among them. */
const CASES: readonly (readonly [text: string, largest: number, is: string])[] = [
  ['1', 10, '1'],
  ['2,4:7,9,12:*', 15, '2,4:7,9,12:15'],
  ['*:4,5:7', 10, '4:10'],
  ['4:2', 10, '2:4'],
  ['*', 10, '10'],
  ['*:*', 10, '10'],
  ['20:*', 10, '10:20'],
  ['3,1,2,2', 10, '1:3'],
  ['5', 3, '5'],
  ['*', 0, ''],
  ['1:*', 0, ''],
  ['$', 10, '7,9'],
  ['4294967295', 1, '4294967295'],
];

test('a set of messages is numbers', () => {
  for (const [text, largest, is] of CASES) {
    const set = parseSequenceSet(text);
    assert.ok(set !== undefined, text);
    assert.equal(resolveSequenceSet(set, { largest, saved }).toString(), is, text);
    assert.equal(hasStar(set), text.includes('*'));
  }
});

test('what is no set is none', () => {
  for (const text of [
    '',
    '0',
    '01',
    '1:',
    ':1',
    '1,,2',
    ',',
    '1:2:3',
    'a',
    '-1',
    '1 2',
    '$,1',
    '4294967296',
    '99999999999',
    '1:0',
  ])
    assert.equal(parseSequenceSet(text), undefined, text);
  assert.ok(parseSequenceSet(Array.from({ length: 30_000 }, (_, at) => at + 1).join(',')) !== undefined);
});
