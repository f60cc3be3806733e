import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseOf, POLICY_NAMES, policyOf, repliesNeeded } from './policy.ts';
import { PROVIDER_NAMES } from './providers.ts';

const HOUR_MS = 3_600_000;
const BLOCK = { blame: 'reputation', waitMs: undefined, lastMs: undefined } as const;

test('every policy is of a provider that there is, and its pauses are within its ceiling', () => {
  for (const name of POLICY_NAMES) {
    assert.ok(PROVIDER_NAMES.includes(name), name);
    const { throttledMs, blockedMs, listedMs, ceilingMs } = policyOf(name);
    assert.ok(throttledMs <= blockedMs && blockedMs <= listedMs && listedMs <= ceilingMs, name);
  }
});

test('each renewed block has a longer pause, up to the ceiling', () => {
  const pauses = [];
  for (let lastMs: number | undefined; pauses.length < 4; lastMs = pauses.at(-1))
    pauses.push(pauseOf({ ...BLOCK, provider: 'yahoo', class: 'ip-throttled', lastMs }));
  assert.deepEqual(
    pauses,
    [2, 4, 4, 4].map((hours) => hours * HOUR_MS),
  );
});

test('a named list is asked later than a throttle, and nobody sooner than he says', () => {
  const about = { ...BLOCK, provider: undefined };
  assert.equal(pauseOf({ ...about, class: 'rate-limit' }), 600_000);
  assert.equal(pauseOf({ ...about, class: 'ip-dnsbl' }), 4 * HOUR_MS);
  assert.equal(pauseOf({ ...about, class: 'rate-limit', waitMs: 24 * HOUR_MS }), 24 * HOUR_MS);
  assert.equal(pauseOf({ ...about, class: 'rate-limit', waitMs: 9_999 * 24 * HOUR_MS }), 48 * HOUR_MS);
});

test('a token that is known word for word needs no second reply', () => {
  assert.equal(repliesNeeded('reputation', 'high'), 1);
  assert.equal(repliesNeeded('reputation', 'medium'), 2);
  assert.equal(repliesNeeded('sender', 'high'), 2);
});
