import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { aWork } from '../../../test/fake-path.ts';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import type { DeliveryId, PathKey, WorkerId } from '../envelope.ts';
import { type AttemptPorts, Attempts } from './attempts.ts';
import type { QueueStore } from './port.ts';

const WORKER = 1 as WorkerId;

/** Attempts over a store of which only this is asked. */
function attempts(store: Partial<QueueStore>): Attempts {
  const ports: Partial<AttemptPorts> = {
    store: store as QueueStore,
    clock: new VirtualClock(),
    log: silentLog,
    meter: silentMeter,
  };
  return new Attempts(ports as AttemptPorts);
}

test('a delivery that was given back and claimed again by one commit is known, and is not given to others', async () => {
  const { delivery } = aWork();
  const returned: DeliveryId[] = [];
  let commit = (): void => {};
  const committed = new Promise<void>((resolve) => {
    commit = resolve;
  });
  const one = attempts({
    settle: () => committed.then(() => 'settled'),
    claim: async () => {
      await committed;
      return [[delivery]];
    },
    leases: async () => [delivery.id],
    async returnLeases({ deliveries }) {
      returned.push(...deliveries);
      return deliveries.length;
    },
  });
  one.known(delivery.id);
  const claiming = one.claim(WORKER, 'x>default' as PathKey, []);
  one.giveBack(WORKER, [{ delivery }]);
  commit();
  assert.equal((await claiming).flat().length, 1);
  // Whatever was still to be written of the lease before.
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  await one.reconcile(WORKER);
  await one.reconcile(WORKER);
  assert.deepEqual(returned, []);
});

test('a lease that nobody knows of is given back, when it is seen twice', async () => {
  const returned: DeliveryId[] = [];
  const one = attempts({
    leases: async () => [7 as DeliveryId],
    async returnLeases({ deliveries }) {
      returned.push(...deliveries);
      return deliveries.length;
    },
  });
  await one.reconcile(WORKER);
  assert.deepEqual(returned, []);
  await one.reconcile(WORKER);
  assert.deepEqual(returned, [7]);
});
