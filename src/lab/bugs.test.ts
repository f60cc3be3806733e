/** A lab that cannot fail proves nothing: each bug that is planted is found, by the invariant that it breaks. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BugName } from './bugs.ts';
import { runSeeds } from './run-seeds.ts';
import type { SeedResult } from './seed-thread.ts';
import { scenarioOf } from './exploration.ts';
import { commandOf, shrink, storyOf } from './shrink.ts';

const SEEDS = 200;

/** How each shows itself. */
const FOUND: Record<BugName, RegExp> = {
  'counts-trouble': /an attempt was counted by path trouble/,
  'blind-to-freezes': /which stands still .*, by no canary/,
  'answers-early': /got its 250 and is nowhere/,
  'forgets-the-dead': /was accepted and is lost/,
  'youngest-first': /was tried \d+ ms after a younger one of its account/,
  'no-turns': /waited while \d+ of customer\d+\.example had their turn/,
};

/** The first seed in which it shows so. All before it have begun when it ends, and end as well: it is always the same. */
async function find(bug: BugName): Promise<SeedResult | undefined> {
  const shows = ({ broken }: SeedResult): boolean => broken.some((what) => FOUND[bug].test(what));
  const results = await runSeeds({ from: 1, count: SEEDS, bug, onResult: (result) => !shows(result) });
  return results.find(shows);
}

describe('planted bugs are found', () => {
  for (const bug of Object.keys(FOUND) as BugName[]) {
    test(`${bug}, within ${SEEDS} seeds`, async (t) => {
      const found = await find(bug);
      assert.ok(found !== undefined, 'not found');
      t.diagnostic(`seed ${found.seed}: ${found.broken[0]}`);
    });
  }
});

test('a failure is shrunk to what it needs, with the command that repeats it', async () => {
  const found = await find('answers-early');
  const whole = { ...scenarioOf(found?.seed ?? 0), bug: 'answers-early' as const };
  const shrunk = await shrink(whole);
  const { faults, lengthMs } = shrunk.scenario;
  assert.ok(faults.length <= whole.faults.length && lengthMs <= whole.lengthMs);
  // Without any one of its faults it would not fail: only the disk and the crashes can lose what was said too early.
  assert.ok(faults.length <= 2, `${faults.length} faults are left`);
  assert.ok(shrunk.findings.broken.some((what) => FOUND['answers-early'].test(what)));
  const story = storyOf(shrunk);
  assert.equal(story.at(-1), `  ${commandOf(shrunk.scenario)}`);
  assert.match(story.at(-1) ?? '', /^ {2}npm run lab -- --seed \d+ .*--bug answers-early$/);
  assert.ok(story.length <= 32 && story.some((line) => line.includes(' script ')), story.join('\n'));
});
