import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf } from './hash.ts';
import { SETS, type SetName, sightingKey, Sightings } from './sightings.ts';

const NAMES = Object.keys(SETS) as SetName[];

function someSightings(): Sightings {
  const sightings = new Sightings();
  for (let round = 0; round < 3; round++)
    for (let number = round; number < 3_000; number += round + 1) {
      const row = sightings.add(sightingKey(`text ${number}`));
      sightings.seen(row, { firstAt: 1e12, lastAt: 1e12 + number });
      for (const [index, name] of NAMES.entries())
        if ((number + index) % 3 === round) sightings.put(row, name, number);
    }
  return sightings;
}

/** All that there is to read of one. */
function readBack(sightings: Sightings, text: string): unknown {
  const row = sightings.find(sightingKey(text));
  return [
    sightings.firstAt(row),
    sightings.lastAt(row),
    NAMES.map((name) => [
      sightings.count(row, name),
      Array.from({ length: 64 }, (_, bit) => sightings.has(row, name, bit)),
    ]),
  ];
}

test('what was put into each is there, however many there are, and nothing else', () => {
  const sightings = someSightings();
  assert.equal(sightings.size, 3_000);
  for (let number = 0; number < 3_000; number++) {
    const row = sightings.find(sightingKey(`text ${number}`));
    assert.equal(sightings.lastAt(row), 1e12 + number);
    for (const [index, name] of NAMES.entries()) {
      const isPut = [0, 1, 2].some(
        (round) => (number - round) % (round + 1) === 0 && (number + index) % 3 === round && number >= round,
      );
      assert.equal(sightings.count(row, name), isPut ? 1 : 0, `${name} of ${number}`);
      assert.equal(sightings.has(row, name, number), isPut);
    }
  }
  assert.equal(sightings.find(sightingKey('never seen')), -1);
});

test('sets are emptied, copied and saved with their row', () => {
  const sightings = someSightings();
  const copy = new Sightings();
  for (let number = 0; number < 3_000; number++) {
    const key = sightingKey(`text ${number}`);
    copy.copy(key, { from: sightings, row: sightings.find(key) });
  }
  const restored = Sightings.restore(sightings.save());
  for (const text of ['text 0', 'text 7', 'text 2999']) {
    assert.deepEqual(readBack(copy, text), readBack(sightings, text));
    assert.deepEqual(readBack(restored, text), readBack(sightings, text));
  }
  const row = copy.find(sightingKey('text 6'));
  copy.put(row, 'usual', 1);
  copy.put(row, 'usual', 2);
  copy.put(row, 'suspects', 2);
  assert.ok(copy.countOnly(row, 'usual', 'suspects') < copy.count(row, 'usual'));
  copy.empty(row, 'usual', 'places');
  assert.deepEqual([copy.count(row, 'usual'), copy.count(row, 'places')], [0, 0]);
  assert.ok(copy.has(row, 'suspects', 2));
  copy.remove(row, 'suspects', 2);
  assert.ok(!copy.has(row, 'suspects', 2));
  assert.throws(() => Sightings.restore('AAAA'), RangeError);
});

test('a set tells a dozen from two dozen and from hundreds', () => {
  const sightings = new Sightings();
  const counts = [12, 24, 500].map((count) => {
    const row = sightings.add(sightingKey(`sent by ${count}`));
    for (let account = 0; account < count; account++)
      sightings.put(row, 'suspects', hashOf(`a${account}@here.test`));
    return sightings.count(row, 'suspects');
  });
  const [few = 0, more = 0, most = 0] = counts;
  assert.ok(few >= 9 && few <= 12 && more > few && more <= 24 && most >= 60, counts.join(' '));
});
