import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { MAX_NUMBER, NumberSet } from './number-set.ts';

test('a set is written as ranges', () => {
  assert.equal(NumberSet.of([1, 2, 3, 5, 9, 8]).toString(), '1:3,5,8:9');
  assert.equal(NumberSet.of([5, 5, 5]).toString(), '5');
  assert.equal(NumberSet.EMPTY.toString(), '');
  assert.equal(NumberSet.ofRanges([[10, MAX_NUMBER]]).size, MAX_NUMBER - 9);
});

test('sets do what sets of numbers do', () => {
  const { next } = chance(4);
  const some = (): [NumberSet, Set<number>] => {
    const ranges = Array.from({ length: next(8) }, () => {
      const first = 1 + next(40);
      return [first, first + next(6)] as const;
    });
    const model = new Set(
      ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at)),
    );
    return [NumberSet.ofRanges(ranges), model];
  };
  const numbers = (model: Iterable<number>): number[] => [...model].sort((a, b) => a - b);
  for (let run = 0; run < 3_000; run++) {
    const [a, modelA] = some();
    const [b, modelB] = some();
    assert.deepEqual([...a], numbers(modelA));
    assert.equal(a.size, modelA.size);
    assert.equal(a.isEmpty, modelA.size === 0);
    assert.deepEqual([a.first, a.last], [numbers(modelA)[0], numbers(modelA).at(-1)]);
    assert.deepEqual([...a.intersect(b)], numbers(modelA.intersection(modelB)));
    assert.deepEqual([...a.union(b)], numbers(modelA.union(modelB)));
    assert.deepEqual([...a.minus(b)], numbers(modelA.difference(modelB)));
    assert.equal(NumberSet.of(modelA).toString(), a.toString());
    for (let number = 0; number < 50; number++) assert.equal(a.has(number), modelA.has(number));
  }
});
