import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { DeliveryId, PathKey } from '../envelope.ts';
import { type ByAge, SendingBack } from './sending-back.ts';

const PATH = 'mx.far.example>a' as PathKey;

/** What waits on one path, by id; what has nowhere else to go is there again at once. */
class Waiting {
  readonly clock = new VirtualClock();
  readonly ids = new Set<number>();
  readonly moved: number[] = [];
  readonly sending: SendingBack;

  constructor(count: number, { comesBack = false } = {}) {
    for (let id = 1; id <= count; id++) this.ids.add(id);
    const unroute = async ({ limit, after }: { limit: number; after: ByAge }) => {
      const some = [...this.ids].filter((id) => id > after.id).slice(0, limit);
      this.moved.push(...some);
      if (!comesBack) for (const id of some) this.ids.delete(id);
      const last = some.at(-1);
      if (last === undefined) return { moved: 0 };
      return { moved: some.length, last: { lane: 0, dueAt: 0, id: last as DeliveryId } };
    };
    this.sending = new SendingBack({ unroute }, this.clock);
  }

  async sweepUntil(ms: number): Promise<void> {
    for (; this.clock.monotonic() < ms; await this.clock.advance(2_000)) await this.sending.sweep(PATH);
  }
}

test('all of a large backlog goes, also what a sweep meets long after the change', async () => {
  const waiting = new Waiting(40_000);
  assert.equal(await waiting.sending.sweep(PATH), 0, 'nothing has changed');
  waiting.sending.begin();
  await waiting.sweepUntil(8_000);
  assert.ok(waiting.ids.size > 0, 'a sweep is bounded');
  await waiting.sweepUntil(60_000);
  assert.equal(waiting.ids.size, 0);
});

test('what has nowhere else to go is looked at for a while, and then waits', async () => {
  const waiting = new Waiting(7_000, { comesBack: true });
  waiting.sending.begin();
  await waiting.sweepUntil(60_000);
  const looks = waiting.moved.length / 7_000;
  assert.ok(Number.isInteger(looks) && looks > 1 && looks < 6, `each was sent back ${looks} times`);
  assert.equal(await waiting.sending.sweep(PATH), 0);
  waiting.sending.begin();
  assert.equal(await waiting.sending.sweep(PATH), 5_000, 'another change');
});
