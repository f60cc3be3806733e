import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from './run-seeds.ts';
import { runScenario, scenarioOf } from './exploration.ts';

const SEEDS = 200;

test(`no promise is broken in ${SEEDS} seeds of everything that can go wrong`, async (t) => {
  const results = await runSeeds({ from: 1, count: SEEDS });
  const sum = (of: (result: (typeof results)[number]) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const hours = (sum(({ virtualMs }) => virtualMs) / 3_600_000).toFixed(0);
  t.diagnostic(
    `${results.length} seeds, ${sum(({ delivered }) => delivered)} deliveries in ${hours} hours of virtual time`,
  );
  const broken = results.filter((result) => result.broken.length > 0);
  assert.deepEqual(
    broken.map(({ seed, broken: [first] }) => `npm run lab -- --seed ${seed}: ${first}`),
    [],
  );
  assert.equal(results.length, SEEDS);
});

test('a seed is the same history to the byte, in whatever thread and beside whatever else', async () => {
  const seeds = { from: 11, count: 4 };
  const [one, two] = [await runSeeds({ ...seeds, threads: 1 }), await runSeeds({ ...seeds, threads: 2 })];
  assert.deepEqual(one, two);
  const { digest } = await runScenario(scenarioOf(11), { keepHistory: true });
  assert.equal(digest, one[0]?.digest);
  assert.equal(new Set(one.map((result) => result.digest)).size, 4);
});
