import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Sighting, sightingKey, Sightings } from './sightings.ts';

test('what was kept last of each is read back, however many there are and whoever is suspect', () => {
  const sightings = new Sightings();
  const kept = new Map<string, Sighting>();
  for (let round = 0; round < 3; round++)
    for (let number = round; number < 3_000; number += round + 1) {
      const suspects = Array.from({ length: (number + round) % 4 }, (_, index) => index + 1);
      const sighting = { lastAt: 1e12 + number, suspects, usual: (number + round) % 17 };
      kept.set(`text ${number}`, sighting);
      sightings.set(sightingKey(`text ${number}`), sighting);
    }
  assert.equal(sightings.size, kept.size);
  for (const [text, sighting] of kept) assert.deepEqual(sightings.get(sightingKey(text)), sighting);
  assert.deepEqual(
    [...sightings].map(([key]) => key),
    [...kept.keys()].map(sightingKey),
  );
  assert.equal(sightings.get(sightingKey('never seen')), undefined);
});
