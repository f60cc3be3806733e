/** A relaxation on a running server: previewed, seen in each decision that it changed, ended by its wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addAccount, submit } from '../account.ts';
import { runWith } from '../command-line.ts';
import { ALICE, startWorld, type World } from '../world.ts';

const ANN = 'ann@x.example';
const SCOPE = `account:${ANN}=2`;
const MOST = 60;

test('what is relaxed leaves and says so, until a wire ends it; then the guard is as ever', async (t) => {
  const world = await startWorld({ login: { plainOnLoopback: true } });
  t.after(() => world.stop());
  await addAccount(world, { address: ANN, like: ALICE });

  const first = await mailing(world, 'first');
  assert.ok(first > 0 && first < MOST, `${first} were sent before one was held`);
  const order = ['guard', 'relax', SCOPE, '--for', '1h', '--reason', 'a mailing', '--let-out', '3'];
  const refused = await relais(world, ...order);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /nobody has looked in the last hour/);
  const preview = await relais(world, 'guard', 'preview', '--relax', SCOPE);
  assert.match(preview.out, /1 message would leave that the guard as it is now holds/);
  assert.match(preview.out, /nobody has decided about/);
  assert.equal((await relais(world, ...order)).code, 0);
  // Every worker has heard of it after a second.
  await sleep(1_500);

  let relaxed = 0;
  for (let index = 0; index < 10 && (await isInForce(world)); index++) {
    await send(world, 'second', index);
    const [line] = await logOf(world);
    if (line?.relaxed === undefined) continue;
    assert.deepEqual([line.relaxed, line.kind === 'hold'], ['X1', false]);
    relaxed++;
  }
  assert.equal(relaxed, 3);
  const all = await relais(world, 'guard', 'relaxations', '--all');
  assert.match(all.out, /X1 .*over since .*: too much left because of it .*3 of 3/);
  assert.match((await relais(world, 'guard', 'show', ANN)).out, /it left only because of X1/);
  await send(world, 'third', 0);
  assert.equal((await logOf(world))[0]?.kind, 'hold', 'the very next one is held');
});

/** To strangers, one by one, until one is held; how many were sent. */
async function mailing(world: World, name: string): Promise<number> {
  for (let index = 0; index < MOST; index++) {
    await send(world, name, index);
    if ((await logOf(world))[0]?.kind === 'hold') return index + 1;
  }
  return MOST;
}

async function send(world: World, name: string, index: number): Promise<void> {
  const text = `${name} letter to you, number ${'abcdefghij'[index % 10]}${'klmnopqrst'[Math.floor(index / 10)]}, about nothing at all`;
  const letter = { to: [`${name}${index}@far.example`], subject: `Letter ${name}`, text };
  assert.match(await submit(world, ANN, { from: '127.1.1.7', letter }), /^250/);
}

async function logOf(world: World): Promise<{ kind: string; relaxed?: string }[]> {
  const [shown] = (await relais(world, 'guard', 'show', ANN, '--json')).objects;
  return (shown as { log: { kind: string; relaxed?: string }[] }).log;
}

async function isInForce(world: World): Promise<boolean> {
  return /X1/.test((await relais(world, 'guard', 'relaxations')).out);
}

function relais(world: World, ...words: readonly string[]): ReturnType<typeof runWith> {
  return runWith([...words, '--data', world.data]);
}
