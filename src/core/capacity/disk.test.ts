import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { DiskBudget, type DiskSpace } from './disk.ts';

const MIB = 1024 * 1024;
const ROOMY: DiskSpace = { freeBytes: 900 * MIB, totalBytes: 1000 * MIB, freeFiles: 1000, files: 1000 };

/** A budget of 100 MiB on a disk of 1000, and what it says after the disk has changed. */
async function budgetOf(first: DiskSpace | undefined, wantedBytes = 100 * MIB) {
  const clock = new VirtualClock();
  let space: DiskSpace | undefined | 'unreadable' = first;
  const store = {
    async space() {
      if (space === 'unreadable') throw new Error('unreadable');
      return space;
    },
  };
  const log = createLog({ level: 'silent' });
  const budget = new DiskBudget({ store, clock, log, meter: silentMeter }, wantedBytes);
  await budget.start();
  return {
    budget,
    clock,
    async after(next: Partial<DiskSpace> | 'unreadable'): Promise<number | undefined> {
      space = next === 'unreadable' ? next : { ...ROOMY, ...next };
      await clock.advance(100);
      return budget.refusal()?.code;
    },
  };
}

test('mail is put off with 452 while less is free than is to stay free', async () => {
  const { budget, after } = await budgetOf({ ...ROOMY, freeBytes: 99 * MIB });
  assert.deepEqual([budget.refusal()?.code, budget.refusal()?.enhanced], [452, '4.3.1']);
  assert.equal(await after({ freeBytes: 101 * MIB }), 452, 'a little more is not enough: it would flutter');
  assert.equal(await after({ freeBytes: 106 * MIB }), undefined);
  assert.equal(await after({ freeBytes: 101 * MIB }), undefined);
  assert.equal(await after({ freeBytes: 0 }), 452);
});

test('on a small disk an eighth stays free, however much is asked for', async () => {
  const { after } = await budgetOf(ROOMY, 100_000 * MIB);
  assert.equal(await after({ freeBytes: 126 * MIB }), undefined);
  assert.equal(await after({ freeBytes: 124 * MIB }), 452);
});

test('a disk that runs out of files is full', async () => {
  const { after } = await budgetOf(ROOMY);
  assert.equal(await after({ freeFiles: 9 }), 452);
  assert.equal(await after({ freeFiles: 0, files: 0 }), undefined, 'this one makes them as it needs them');
});

test('a disk that cannot be measured is as it was; one that is elsewhere never refuses', async () => {
  const { after } = await budgetOf({ ...ROOMY, freeBytes: 0 });
  assert.equal(await after('unreadable'), 452);
  const elsewhere = await budgetOf(undefined);
  assert.equal(elsewhere.budget.refusal(), undefined);
});

test('it stops looking when it is stopped', async () => {
  const { budget, clock } = await budgetOf(ROOMY);
  assert.equal(clock.timers, 1);
  budget.stop();
  await clock.advance(1000);
  assert.equal(clock.timers, 0);
});

test('what came since the last look counts before anybody sees it, and no longer than it must', async () => {
  const { budget, after } = await budgetOf(ROOMY);
  await after({ freeBytes: 200 * MIB });
  budget.spend(10 * MIB);
  assert.equal(budget.refusal(), undefined);
  budget.spend(10 * MIB);
  assert.equal(budget.refusal()?.code, 452);
  assert.equal(await after({ freeBytes: 200 * MIB }), 452, 'it may not be written yet');
  assert.equal(await after({ freeBytes: 180 * MIB }), undefined);
});
