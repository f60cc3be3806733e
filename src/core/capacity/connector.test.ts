import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import type { Connection, Connector, Transfer, TransferResult } from '../delivery/port.ts';
import { Connections } from './connections.ts';
import { BudgetedConnector } from './connector.ts';
import { Rate } from './rate.ts';

/** Takes all that it is given, at once. */
const taker: Connector = {
  connect: async () => ({
    ok: true,
    connection: {
      usable: true,
      close() {},
      async transfer({ content }: Transfer): Promise<TransferResult[]> {
        while ((await content.next()) !== undefined);
        return [];
      },
    } as unknown as Connection,
  }),
};

function pieces(count: number): Transfer {
  let left = count;
  const next = (): Buffer | undefined => (left-- > 0 ? Buffer.alloc(1_000) : undefined);
  return { urgency: 'backlog', sizeBytes: 1_000 * count, content: { next } } as unknown as Transfer;
}

async function connection(clock: VirtualClock, bytesPerSecond?: number): Promise<Connection> {
  const weights = { live: 0.3, backlog: 0.7 };
  const out = bytesPerSecond === undefined ? undefined : new Rate(clock, bytesPerSecond, weights);
  const result = await new BudgetedConnector(taker, { connections: new Connections(10), out }).connect(
    {} as never,
  );
  assert.ok(result.ok);
  return result.connection;
}

test('a connection knows how long its transfers wait for octets: while they do, and of all of them', async () => {
  const clock = new VirtualClock();
  const one = await connection(clock, 1_000);
  const first = one.transfer(pieces(3));
  await settled();
  await clock.advance(400);
  assert.equal(one.waitedMs, 400, 'of the wait under way');
  await clock.advance(10_000);
  await first;
  const waited = one.waitedMs as number;
  assert.ok(waited >= 1_900 && waited <= 2_000, String(waited));
  const second = one.transfer(pieces(3));
  await clock.advance(10_000);
  await second;
  assert.ok((one.waitedMs as number) >= waited + 1_900, String(one.waitedMs));
});

test('without a budget for octets nobody waits', async () => {
  const clock = new VirtualClock();
  const one = await connection(clock);
  await one.transfer(pieces(100));
  assert.equal(one.waitedMs, 0);
});

test('what waits for a connection that the far end has closed costs the others nothing', async () => {
  const clock = new VirtualClock();
  const rate = new Rate(clock, 1_000, { live: 0.3, backlog: 0.7 });
  rate.take('live', 2_000);
  let isOpen = true;
  const turns: string[] = [];
  void rate
    .take('live', 50_000, { left: 50_000, isWanted: () => isOpen })
    ?.then(() => turns.push('the closed one'));
  void rate.take('live', 1_000)?.then(() => turns.push('the next'));
  isOpen = false;
  await clock.advance(3_000);
  assert.deepEqual(turns, ['the closed one', 'the next']);
  assert.ok(rate.waitMs('live') < 1_000, String(rate.waitMs('live')));
});

test('it is known what a message takes of those that wait, by all that it has left, and a while after', async () => {
  const clock = new VirtualClock();
  const out = new Rate(clock, 1_000, { live: 0.3, backlog: 0.7 });
  const budgets = { connections: new Connections(10), out };
  const results = [1, 2].map(() => new BudgetedConnector(taker, budgets).connect({} as never));
  const ended = (await Promise.all(results)).map((one) =>
    one.ok ? one.connection.transfer(pieces(5)) : undefined,
  );
  await settled();
  assert.ok(out.messageMs >= 4_000 && out.messageMs <= 5_000, String(out.messageMs));
  await clock.advance(20_000);
  await Promise.all(ended);
  assert.equal(out.messageMs, 0);
});
