import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { MessageId } from '../envelope.ts';
import { keepHouse } from './housekeeping.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

test('what is old and kept in a mailbox is gone through once a day, not once a minute', async () => {
  const clock = new VirtualClock();
  const kept = Array.from({ length: 1_700 }, (_, index) => ({ at: 1, message: (index + 1) as MessageId }));
  let looked = 0;
  const nothing = async (): Promise<number> => 0;
  const house = keepHouse({
    store: {
      bringForward: nothing,
      sweepStages: nothing,
      forgetStoppages: nothing,
      forgetCases: nothing,
      forgetSuppressions: nothing,
      forgetWarmUps: nothing,
      forgetAnswered: async () => undefined,
      forgetExpunged: nothing,
      forgetPaths: async () => undefined,
      async forgetMessages({ after, before, limit }) {
        const { at, message } = after ?? { at: 0, message: 0 };
        const page = kept
          .filter((one) => (one.at > at || (one.at === at && one.message > message)) && one.at < before)
          .slice(0, limit);
        looked += page.length;
        return page.length < limit ? undefined : page.at(-1);
      },
    },
    clock,
    log: silentLog,
  });
  await clock.advance(60 * MINUTE_MS);
  assert.equal(looked, kept.length);
  await clock.advance(DAY_MS);
  assert.equal(looked, 2 * kept.length);
  house.cancel();
});
