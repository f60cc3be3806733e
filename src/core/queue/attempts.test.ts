import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { aWork } from '../../../test/fake-path.ts';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import type { DeliveryId, PathKey, WorkerId } from '../envelope.ts';
import { classify } from '../delivery/classify.ts';
import type { ConnectRequest } from '../delivery/port.ts';
import { type AttemptPorts, Attempts } from './attempts.ts';
import { Breadth } from './breadth.ts';
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

test('what a provider refuses from one egress is not sent from another; an address we do not have is', async () => {
  for (const { text, unbound, avoided } of [
    { text: '[TSS04] Messages from 192.0.2.1 temporarily deferred', unbound: false, avoided: [] },
    { text: 'the address is not here', unbound: true, avoided: ['a'] },
  ]) {
    const left: string[] = [];
    const reply = { stage: 'banner' as const, text, afterMs: 1, ...(unbound ? {} : { code: 421 }) };
    const path = 'mta5.am0.yahoodns.net>a' as PathKey;
    const connect = {} as ConnectRequest;
    const one = new Attempts({
      store: {} as QueueStore,
      clock: new VirtualClock(),
      log: silentLog,
      meter: silentMeter,
      classify,
      breadth: new Breadth(() => 1),
      suppressions: { of: () => undefined, heard() {} },
      heard: () => undefined,
      router: {
        route: async () => ({ kind: 'to', path, connect, provider: 'yahoo' }),
        avoid: (egress: string) => left.push(egress),
      },
      connector: {
        connect: async () => ({ ok: false, reply, trouble: 'remote', ...(unbound ? { unbound: true } : {}) }),
      },
    } as unknown as AttemptPorts);
    const { delivery } = aWork();
    const recipient = { address: 'bob@yahoo.com' };
    const message = { ...delivery.message, envelope: { reversePath: 's@x.example' } };
    const opened = await one.connect(WORKER, {
      delivery: { ...delivery, path, recipient, message } as never,
    });
    assert.equal(opened.kind, 'failed');
    assert.deepEqual(left, avoided, text);
  }
});
