/** Two and three clients that change one mailbox as chance has it: all of them see the same, whatever they missed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAccount } from '../account.ts';
import { type Chance, chance } from '../chance.ts';
import { ALICE, type World } from '../world.ts';
import { Replica } from './replica.ts';
import { loggedIn } from './script.ts';
import { onBothStores } from './stores.ts';

const ROUNDS = 12;
const ACTS = 6;

onBothStores({}, (world) => {
  for (const { seed, clients } of [
    { seed: 1, clients: [false, true] },
    { seed: 2, clients: [true, true] },
    { seed: 3, clients: [false, false, true] },
    { seed: 4, clients: [true, false, true] },
    { seed: 5, clients: [false, true, true] },
  ])
    test(`${clients.length} clients, seed ${seed}`, () => run(world(), { seed, clients }));
  for (const { seed, clients } of [
    { seed: 6, clients: [false, true] },
    { seed: 7, clients: [true, false, true] },
  ])
    test(`${clients.length} clients that listen all the time, seed ${seed}`, () =>
      run(world(), { seed, clients, isNotified: true }));
});

async function run(
  world: World,
  { seed, clients, isNotified = false }: { seed: number; clients: readonly boolean[]; isNotified?: boolean },
): Promise<void> {
  const address = `history${seed}@x.example`;
  await addAccount(world, { address, like: ALICE });
  const replicas = clients.map(
    (isQresync) => new Replica(() => loggedIn(world, address), { isQresync, isNotified }),
  );
  const luck = chance(seed);
  const own = replicas.map(() => chance(luck.next(2 ** 31)));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(replicas.map((replica, index) => acts(replica, own[index] as Chance)));
      const fresh = new Replica(() => loggedIn(world, address), { isQresync: false });
      const is = await fresh.rest();
      fresh.close();
      for (const replica of replicas) assert.deepEqual(await replica.rest(), is, `round ${round}`);
    }
  } finally {
    for (const replica of replicas) replica.close();
  }
}

async function acts(replica: Replica, luck: Chance): Promise<void> {
  for (let act = 0; act < ACTS; act++) await replica.act(luck);
}
