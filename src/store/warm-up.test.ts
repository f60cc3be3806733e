/** The count of a warm-up, shared by workers; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { onEveryStore } from '../../test/stores.ts';
import {
  chunkOf,
  OTHERS,
  OTHERS_FACTOR,
  PROVIDER_ALLOWANCES,
  WARM_UP_DAYS,
} from '../core/reputation/warm-up.ts';
import type { SqlStore } from './store.ts';

const SINCE = 20_000;

onEveryStore('warm-ups', (open) => {
  let store: SqlStore;

  before(async () => {
    ({ store } = await open());
  });

  const take = (egress: string, rest: { day?: number; count?: number; provider?: string } = {}) =>
    store.takeWarmUp({ egress, provider: 'yahoo', day: SINCE, since: SINCE, count: 1, ...rest });

  it('gives two workers together what the day allows, and not one more', async () => {
    const worker = async (count: number): Promise<number> => {
      for (let mine = 0; ; ) {
        const { granted = Number.NaN } = await take('two', { day: SINCE + 10, count });
        assert.ok(granted <= chunkOf(PROVIDER_ALLOWANCES[10] as number, count));
        if (granted === 0) return mine;
        mine += granted;
      }
    };
    const both = await Promise.all([worker(7), worker(30), worker(1)]);
    assert.equal(
      both.reduce((sum, one) => sum + one, 0),
      PROVIDER_ALLOWANCES[10],
    );
    assert.equal((await take('two', { day: SINCE + 10 })).granted, 0);
  });

  it('keeps the streams apart, and gives all others together more', async () => {
    assert.equal((await take('apart', { count: 1_000 })).granted, PROVIDER_ALLOWANCES[0]);
    assert.equal((await take('apart', { provider: 'gmail', count: 1_000 })).granted, PROVIDER_ALLOWANCES[0]);
    assert.equal((await take('apart2', { count: 1_000 })).granted, PROVIDER_ALLOWANCES[0]);
    const others = (PROVIDER_ALLOWANCES[0] as number) * OTHERS_FACTOR;
    assert.equal((await take('apart', { provider: OTHERS, count: 1_000 })).granted, others);
  });

  it('comes to a day with what was taken on it, whichever way the clock went', async () => {
    await take('clock', { count: 40 });
    assert.equal((await take('clock', { day: SINCE + 1, count: 99 })).granted, 99);
    assert.equal((await take('clock', { count: 40 })).granted, 10);
    assert.equal((await take('clock', { day: SINCE + 1, count: 99 })).granted, 1);
  });

  it('stays at the allowance of a day that ended with a refusal, and there only', async () => {
    await store.noteWarmUpRefusal({ egress: 'no', provider: 'yahoo', day: SINCE + 1 });
    await store.noteWarmUpRefusal({ egress: 'no', provider: 'yahoo', day: SINCE + 1 });
    const on = async (day: number, provider = 'yahoo') =>
      (await take('no', { day: SINCE + day, count: 5_000, provider })).granted;
    assert.equal(await on(1), PROVIDER_ALLOWANCES[1], 'not on the day itself');
    assert.equal(await on(2), PROVIDER_ALLOWANCES[1]);
    assert.equal(await on(3), PROVIDER_ALLOWANCES[2]);
    assert.equal(await on(2, 'gmail'), PROVIDER_ALLOWANCES[2]);
    assert.deepEqual(await store.warmUps({ egress: 'no', day: SINCE + 3, since: SINCE }), [
      { provider: 'gmail', taken: 0, refusedDays: 0 },
      { provider: 'yahoo', taken: PROVIDER_ALLOWANCES[2], refusedDays: 1 },
    ]);
  });

  it('ends a day later for each day with a refusal', async () => {
    assert.deepEqual(await take('end', { day: SINCE + WARM_UP_DAYS }), {});
    await store.noteWarmUpRefusal({ egress: 'end', provider: 'yahoo', day: SINCE + 5 });
    assert.equal((await take('end', { day: SINCE + WARM_UP_DAYS })).granted, 100);
    assert.deepEqual(await take('end', { day: SINCE + WARM_UP_DAYS + 1 }), {});
  });

  it('forgets old days', async () => {
    await store.noteWarmUpRefusal({ egress: 'old', provider: 'yahoo', day: 1 });
    assert.equal(await store.forgetWarmUps(2), 1);
  });
});
