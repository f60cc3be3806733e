import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf } from './hash.ts';
import { GENERATION_BYTES, GENERATION_SIZE, type Generations, knows, learn } from './recipients.ts';

function empty(): Generations {
  return { bits: new Uint8Array(2 * GENERATION_BYTES), firstBits: 0, filling: 0, filled: 0 };
}

test('whom it wrote to lately is known, and few others', () => {
  const generations = empty();
  for (let index = 0; index < 1_000; index++) {
    learn(generations, hashOf(`r${index}@example.org`));
    // The last ones at the least: one whole generation stands beside the one that fills.
    for (const back of [0, GENERATION_SIZE - 1])
      if (index >= back)
        assert.ok(knows(generations, hashOf(`r${index - back}@example.org`)), `${index} less ${back}`);
  }
  let wrong = 0;
  for (let index = 0; index < 10_000; index++)
    if (knows(generations, hashOf(`s${index}@example.net`))) wrong++;
  assert.ok(wrong < 400, `${wrong} of 10000 strangers are taken for known`);
});

test('nothing is known at first', () => {
  assert.equal(knows(empty(), hashOf('a@example.org')), false);
});
