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
      recalls: { has: () => false },
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

/** Attempts of which `may` go, and what came of them. */
function underWarmUp(may: number, recalled?: ReadonlySet<DeliveryId>) {
  const seen = {
    returned: [] as number[],
    sent: [] as number[],
    putBack: 0,
    connections: 0,
    stale: false,
    said: '',
  };
  const warmUps = {
    may: async () => may > 0,
    take: async (_: unknown, count: number) => Math.min(may, count),
    putBack: (_: unknown, count: number) => {
      seen.putBack += count;
    },
  };
  const path = 'mx.far.example>new' as PathKey;
  const one = new Attempts({
    store: {
      readContent: async () => Buffer.alloc(0),
      settle: async ({ delivery, attempted }: { delivery: number; attempted: boolean }) => {
        if (!attempted) seen.returned.push(delivery);
        return 'settled';
      },
    } as unknown as QueueStore,
    clock: new VirtualClock(),
    log: silentLog,
    meter: silentMeter,
    warmUps,
    classify,
    breadth: new Breadth(() => 1),
    suppressions: { of: () => undefined, heard() {} },
    recalls: { has: () => recalled !== undefined, hold: async () => recalled },
    heard: () => undefined,
    router: { route: async () => ({ kind: 'to', path, connect: {} }), providerOf: () => undefined },
    connector: {
      async connect() {
        seen.connections++;
        return { ok: false, reply: { stage: 'connect', text: 'no', afterMs: 0 }, trouble: 'remote' };
      },
    },
  } as unknown as AttemptPorts);
  const works = [1, 2, 3].map((id) => {
    const { delivery } = aWork();
    const envelope = { reversePath: 's@x.example' };
    const message = { ...delivery.message, envelope, sizeBytes: 0, prefix: Buffer.alloc(0) };
    return {
      delivery: { ...delivery, id, path, message, recipient: { address: `r${id}@far.example` } } as never,
    };
  });
  const connection = {
    transfers: 1,
    offered: {},
    transfer: async ({ recipients }: { recipients: readonly unknown[] }) => {
      if (!seen.stale) seen.sent.push(recipients.length);
      const said = seen.said === '' ? { text: 'x' } : { code: 421, text: seen.said };
      const trouble = seen.stale && seen.said === '' ? { trouble: 'remote' } : {};
      return recipients.map(() => ({
        accepted: !seen.stale,
        ...trouble,
        reply: { stage: seen.stale ? 'mail' : 'end', ...said, afterMs: 0 },
      }));
    },
  } as never;
  const batch = { works, urgency: 'live', isOurs: () => true, pathGoodAt: 0 } as const;
  return { one, seen, works, transfer: () => one.transfer(WORKER, connection, batch) };
}

test('what a new egress may not send goes back as it was: no connection is opened for it', async () => {
  const { one, seen, works } = underWarmUp(0);
  const opened = await one.connect(WORKER, works[0] as never);
  assert.equal(opened.kind, 'deferred');
  assert.deepEqual([seen.connections, seen.returned], [0, []], 'another connection may have it by now');
  if (opened.kind === 'deferred') opened.settle();
  assert.deepEqual(seen.returned, [1]);
});

test('of one message as many recipients go as may; a connection that was closed costs none', async () => {
  const some = underWarmUp(2);
  assert.equal((await some.transfer()).kind, 'good');
  assert.deepEqual([some.seen.sent, some.seen.returned], [[2], [3]]);
  const none = underWarmUp(0);
  assert.equal((await none.transfer()).kind, 'apart');
  assert.deepEqual([none.seen.sent, none.seen.returned], [[], [1, 2, 3]]);
  const closed = underWarmUp(3);
  closed.seen.stale = true;
  assert.equal((await closed.transfer()).kind, 'stale');
  assert.deepEqual([closed.seen.putBack, closed.seen.returned], [3, []]);
  const both = underWarmUp(2);
  both.seen.stale = true;
  assert.equal((await both.transfer()).kind, 'apart', 'nobody else has what went back');
  assert.deepEqual([both.seen.putBack, both.seen.returned.sort()], [2, [1, 2, 3]]);
});

test('a far end that ends a connection after many messages says nothing of the next, unless it speaks of our address', async () => {
  for (const [said, expected] of [
    ['4.7.0 Too many messages in this connection', 'stale'],
    ['4.4.2 try again in another connection', 'stale'],
    ['4.7.0 Messages from 192.0.2.1 temporarily deferred due to user complaints', 'trouble'],
  ] as const) {
    const { seen, transfer } = underWarmUp(3);
    Object.assign(seen, { stale: true, said });
    assert.equal((await transfer()).kind, expected, said);
  }
});

test('nothing of a stopped account is sent: it is held, and what a person let go of it goes on', async () => {
  for (const held of [[1, 2, 3], [1], []] as DeliveryId[][]) {
    const { one, seen, works, transfer } = underWarmUp(3, new Set(held));
    assert.equal((await transfer()).kind, held.length === 3 ? 'apart' : 'good');
    assert.deepEqual(seen.sent, held.length === 3 ? [] : [3 - held.length]);
    const opened = await one.connect(WORKER, works[0] as never);
    assert.equal(opened.kind, held.length === 0 ? 'failed' : 'settled');
  }
});

test('where a part of a message was held, the rest of it goes back when its connection was closed', async () => {
  const { seen, transfer } = underWarmUp(3, new Set([2 as DeliveryId]));
  seen.stale = true;
  assert.equal((await transfer()).kind, 'apart');
  assert.deepEqual([seen.sent, seen.returned], [[], [1, 3]]);
});
