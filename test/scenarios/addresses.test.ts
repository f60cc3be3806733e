/** What an address leads to, over real connections: subaddresses, catch-alls, groups. */
import assert from 'node:assert/strict';
import { submit } from '../account.ts';
import { inboxOf } from '../inbox.ts';
import { onBothStores, post, until } from '../post.ts';
import { ALICE, BOB, type World } from '../world.ts';
import type { AccountId } from '../../src/core/envelope.ts';

const HOME = { from: '127.0.0.1' };
const PLAIN = { login: { plainOnLoopback: true } };

function add(world: World, address: string, target: string): Promise<string> {
  return world.store.addAddress({ address, target, separator: '+' });
}

async function recipientsIn(world: World, address: string): Promise<(string | undefined)[]> {
  const account = (await world.store.account(address))?.id as AccountId;
  return (await inboxOf(world.store, account)).map(({ recipient }) => recipient);
}

onBothStores(
  'a subaddress is its owner’s, to write to, to write as and to log in with',
  PLAIN,
  async (world) => {
    const to = 'Bob+Shop@x.example';
    assert.match(await post(world, { from: 'friend@far.example', to: [to] }), /^250 /);
    assert.deepEqual(await recipientsIn(world, BOB), [to]);
    const letter = { to: [ALICE], subject: 'x', text: 'x' };
    assert.match(await submit(world, 'bob+shop@x.example', { ...HOME, letter }), /^250 /);
    const fields = 'From: <alice+a@x.example>\r\n';
    assert.match(
      await submit(world, 'alice+a@x.example', { ...HOME, letter: { ...letter, fields } }),
      /^550 5\.6\.0/,
    );
    await add(world, 'bob+list@x.example', 'list@far.example');
    assert.match(await submit(world, 'bob+list@x.example', { ...HOME, letter }), /^553 5\.7\.1/);
    assert.match(await post(world, { to: ['eve+shop@x.example'] }), /^550 5\.1\.1/);
  },
);

onBothStores('a catch-all takes what nobody has, and nobody writes in its name', PLAIN, async (world) => {
  await add(world, '*@x.example', BOB);
  assert.match(await post(world, { from: 'friend@far.example', to: ['typo@x.example'] }), /^250 /);
  assert.deepEqual(await recipientsIn(world, BOB), ['typo@x.example']);
  for (const recipient of [BOB, 'typo@x.example']) {
    const [traced] = await world.store.trace({ recipient, limit: 1 });
    assert.deepEqual(
      traced?.events.map(({ kind, detail }) => [kind, detail.owner]),
      [
        ['accepted', undefined],
        ['delivered', BOB],
      ],
    );
  }
  assert.match(await post(world, { to: ['abuse@x.example'] }), /^550 5\.1\.1/);
  assert.match(await post(world, { to: ['postmaster@x.example'] }), /^250 /);
  assert.equal(await world.inbox(ALICE), 1, 'whoever was made postmaster has that mail');
  const client = await world.dialogue(world.submission);
  const login = Buffer.from(`\0${BOB}\0correct horse`).toString('base64');
  await client.send(`EHLO c.example\r\nAUTH PLAIN ${login}\r\nMAIL FROM:<typo@x.example>\r\n`);
  assert.deepEqual((await client.codes(4)).slice(2), ['235/2.7.0', '553/5.7.1']);
});

onBothStores('a group gets each message once, whoever of it wrote it', PLAIN, async (world) => {
  const team = 'team@x.example';
  for (const target of [ALICE, BOB, 'far@far.example']) await add(world, team, target);
  await add(world, 'all@x.example', team);
  await add(world, 'all@x.example', 'bob+all@x.example');
  const letter = { to: [team, 'all@x.example', BOB], subject: 'x', text: 'x' };
  assert.match(await submit(world, BOB, { ...HOME, letter }), /^250 /);
  assert.deepEqual([await world.inbox(ALICE), await world.inbox(BOB)], [1, 1]);
  await until('it is there', () => world.farEnd.received.length > 0);
  assert.deepEqual(
    world.farEnd.received.map(({ recipients }) => recipients),
    [['far@far.example']],
  );
});
