import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryId } from '../envelope.ts';
import { type Candidate, chooseCanary } from './canary.ts';

let last = 0;

function candidate(about: Partial<Candidate> = {}): Candidate {
  last++;
  return {
    delivery: last as DeliveryId,
    customer: 'good.example/1',
    sizeBytes: 2_000,
    acceptedAt: 1_000,
    submitted: true,
    refused: false,
    ...about,
  };
}

test('a recent small message of somebody whose mail did not meet the block', () => {
  const best = candidate({ acceptedAt: 2_000 });
  const others = [
    candidate(),
    candidate({ acceptedAt: 9_000, customer: 'bad.example/1' }),
    candidate({ acceptedAt: 9_000, sizeBytes: 10_000_000 }),
    candidate({ acceptedAt: 9_000, submitted: false }),
    candidate({ acceptedAt: 9_000, refused: true }),
  ];
  const chosen = chooseCanary([...others, best], new Set(['bad.example']));
  assert.deepEqual(chosen, { delivery: best.delivery, isGood: true });
});

test('when only the mail that met the block is there, one of it is tried, and that is said', () => {
  const only = candidate({ customer: 'bad.example/1' });
  assert.deepEqual(chooseCanary([only], new Set(['bad.example'])), {
    delivery: only.delivery,
    isGood: false,
  });
  assert.equal(chooseCanary([], new Set()), undefined);
});
