import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberSet } from '../number-set.ts';
import { formatEsearch, formatSearch, formatThread, type Thread } from './search.ts';

test('SEARCH and SORT are numbers', () => {
  assert.equal(formatSearch('SEARCH', { numbers: [2, 84, 882] }), '* SEARCH 2 84 882\r\n');
  assert.equal(formatSearch('SEARCH', { numbers: [] }), '* SEARCH\r\n');
  assert.equal(
    formatSearch('SEARCH', { numbers: NumberSet.of([2, 5]), modSeq: 917162500 }),
    '* SEARCH 2 5 (MODSEQ 917162500)\r\n',
  );
  assert.equal(formatSearch('SORT', { numbers: [5, 3, 4] }), '* SORT 5 3 4\r\n');
});

test('ESEARCH says what was asked for', () => {
  const tag = 'A282';
  assert.equal(
    formatEsearch({ tag, uid: false, min: 2, count: 3 }),
    '* ESEARCH (TAG "A282") MIN 2 COUNT 3\r\n',
  );
  assert.equal(
    formatEsearch({ tag, uid: true, max: 9, all: NumberSet.of([4, 5, 6, 9]), modSeq: 7 }),
    '* ESEARCH (TAG "A282") UID MAX 9 ALL 4:6,9 MODSEQ 7\r\n',
  );
  assert.equal(
    formatEsearch({ tag, uid: false, all: NumberSet.EMPTY, count: 0 }),
    '* ESEARCH (TAG "A282") COUNT 0\r\n',
  );
  assert.equal(
    formatEsearch({ tag, uid: true, all: [9, 4, 5, 3] }),
    '* ESEARCH (TAG "A282") UID ALL 9,4:5,3\r\n',
  );
  const range = { first: 1, last: 500, fromEnd: false };
  assert.equal(
    formatEsearch({ tag, uid: false, partial: { range, numbers: [] } }),
    '* ESEARCH (TAG "A282") PARTIAL (1:500 NIL)\r\n',
  );
  assert.equal(
    formatEsearch({
      tag,
      uid: false,
      partial: { range: { ...range, fromEnd: true }, numbers: [3] },
      relevancy: [99],
    }),
    '* ESEARCH (TAG "A282") PARTIAL (-1:-500 3) RELEVANCY (99)\r\n',
  );
  assert.equal(
    formatEsearch({
      tag,
      uid: true,
      changes: [{ kind: 'ADDTO', position: 1, numbers: NumberSet.of([2733]) }],
    }),
    '* ESEARCH (TAG "A282") UID ADDTO (1 2733)\r\n',
  );
});

const chain = (...numbers: number[]): Thread[] => {
  const [number, ...rest] = numbers;
  return number === undefined ? [] : [{ number, answers: chain(...rest) }];
};

test('threads are chains, and branches in parentheses', () => {
  assert.equal(formatThread([]), '* THREAD\r\n');
  const tree: Thread[] = [
    ...chain(2),
    { number: 3, answers: [{ number: 6, answers: [...chain(4, 23), ...chain(44, 7, 96)] }] },
  ];
  assert.equal(formatThread(tree), '* THREAD (2)(3 6 (4 23)(44 7 96))\r\n');
  assert.equal(formatThread([{ answers: [...chain(3), ...chain(5)] }]), '* THREAD ((3)(5))\r\n');
  let deep: Thread = { number: 1, answers: [] };
  for (let number = 2; number <= 100_000; number++) deep = { number, answers: [deep] };
  assert.equal(formatThread([deep]).split(' ').length, 100_002);
});
