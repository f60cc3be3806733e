/** Mail that an address here sends on: it leaves as ours, its bounces come back to who sent it, and it goes round no circles. */
import assert from 'node:assert/strict';
import { submit } from '../account.ts';
import { onBothStores, post, until } from '../post.ts';
import { ALICE, BOB, type World } from '../world.ts';
import type { ReceivedMessage } from '../../src/lab/far-end.ts';

const PLAIN = { login: { plainOnLoopback: true } };
const HOME = { from: '127.0.0.1' };
const FRIEND = 'Friend@far.example';

async function forward(world: World, address: string, target: string): Promise<void> {
  const keep = address === ALICE || address === BOB;
  assert.equal(await world.store.addAddress({ address, target, separator: '+', keep }), 'done');
}

/** The messages that the far end has for somebody, once there are so many. */
async function taken({ farEnd }: World, recipient: string, count = 1): Promise<ReceivedMessage[]> {
  const found = (): ReceivedMessage[] =>
    farEnd.received.filter(({ recipients }) => recipients.includes(recipient));
  await until(`${count} for ${recipient}`, () => found().length >= count);
  assert.equal(found().length, count);
  return found();
}

onBothStores('a forward leaves as ours, and what comes back goes to who sent it', PLAIN, async (world) => {
  await forward(world, ALICE, 'alice@else.example');
  assert.match(await post(world, { from: FRIEND, to: [ALICE] }), /^250 /);
  const [sent] = await taken(world, 'alice@else.example');
  assert.match(sent?.reversePath ?? '', /^SRS0=[^=]{4}=[A-Z2-7]{2}=far\.example=Friend@x\.example$/);
  assert.match(sent?.bytes.toString() ?? '', /^Delivered-To: alice@x\.example\r\nReceived: /);
  assert.equal(await world.inbox(ALICE), 1, 'and a copy is kept');

  const back = sent?.reversePath.toLowerCase() ?? '';
  assert.match(await post(world, { to: [back], fields: 'Subject: it came back\r\n' }), /^250 /);
  const [bounce] = await taken(world, back.replace(/^.*=(.*)@.*$/, '$1@far.example'));
  assert.equal(bounce?.reversePath, '');
  assert.match(bounce?.bytes.toString() ?? '', /it came back/);

  const forged = back.replace('=friend@', '=victim@');
  assert.match(
    await post(world, { to: [forged] }),
    /^550 5\.1\.1 .*\(SRS\) was not made here, or was changed/,
  );
  assert.match(await post(world, { to: ['SRS0=x@x.example'] }), /^550 5\.1\.3 .*\(SRS\) is incomplete/);
});

onBothStores('the null reverse-path and our own senders stay as they are', PLAIN, async (world) => {
  await forward(world, 'out@x.example', 'out@else.example');
  assert.match(await post(world, { to: ['out@x.example'] }), /^250 /);
  assert.equal((await taken(world, 'out@else.example'))[0]?.reversePath, '');
  const [traced] = await world.store.trace({ recipient: 'out@x.example', limit: 1 });
  assert.deepEqual(
    traced?.deliveries.map(({ via, recipient }) => [via, recipient]),
    [['out@x.example', 'out@else.example']],
  );
  const letter = { to: ['out@x.example', 'direct@else.example'], subject: 'x', text: 'x' };
  assert.match(await submit(world, BOB, { ...HOME, letter }), /^250 /);
  const [, own] = await taken(world, 'out@else.example', 2);
  const [direct] = await taken(world, 'direct@else.example');
  assert.deepEqual([own?.reversePath, direct?.reversePath], [BOB, BOB]);
  assert.match(own?.bytes.toString() ?? '', /^Delivered-To: out@x\.example\r\n/);
  assert.doesNotMatch(direct?.bytes.toString() ?? '', /Delivered-To/, 'nobody learns of another recipient');
});

onBothStores(
  'a sender of a return address, and one that is too long for one, come back too',
  PLAIN,
  async (world) => {
    await forward(world, 'out@x.example', 'out@else.example');
    const long = `${'bounce-'.repeat(8)}x@lists.far.example`;
    const other = 'SRS0=abcd=2W=far.example=x@first.example';
    for (const from of [other, long])
      assert.match(await post(world, { from, to: ['out@x.example'] }), /^250 /);
    const sent = await taken(world, 'out@else.example', 2);
    const paths = sent.map(({ reversePath }) => reversePath);
    assert.ok(
      paths.some((path) => /^SRS1=[^=]{4}=first\.example==abcd=2W=far\.example=x@x\.example$/.test(path)),
    );
    assert.ok(paths.some((path) => /^SRS0=[^=]{4}=[A-Z2-7]{2}=m\.invalid=[a-z0-9]+@x\.example$/.test(path)));
    for (const path of paths) assert.match(await post(world, { to: [path] }), /^250 /);
    await taken(world, other);
    await taken(world, long);
  },
);

onBothStores('what comes back to where it was sent on is refused as a circle', PLAIN, async (world) => {
  await forward(world, ALICE, 'alice@else.example');
  await post(world, { from: FRIEND, to: [ALICE] });
  const [sent] = await taken(world, 'alice@else.example');
  const [fields = '', text = ''] = (sent?.bytes.toString() ?? '').split('\r\n\r\n');
  const again = { from: sent?.reversePath ?? '', fields: `${fields}\r\n`, text };
  assert.match(await post(world, { ...again, to: [ALICE] }), /^554 5\.4\.6 .*alice@x\.example before/);
  assert.match(await post(world, { ...again, to: [BOB] }), /^250 /);
});

onBothStores(
  'what cannot be delivered where it is sent on is told to who sent it, as they asked',
  PLAIN,
  async (world) => {
    await forward(world, 'out@x.example', 'nobody@else.example');
    assert.match(await post(world, { from: FRIEND, to: ['out@x.example'] }), /^250 /);
    const [notice] = await taken(world, FRIEND);
    assert.equal(notice?.reversePath, '');
    assert.match(notice?.bytes.toString() ?? '', /^Final-Recipient: rfc822; ?nobody@else\.example\r$/im);
    await forward(world, BOB, 'nobody@else.example');
    const client = await world.dialogue(world.mx);
    await client.send(
      `EHLO c.example\r\nMAIL FROM:<quiet@far.example>\r\nRCPT TO:<${BOB}> NOTIFY=NEVER\r\nDATA\r\n`,
    );
    assert.deepEqual((await client.codes(5)).slice(2), ['250/2.1.0', '250/2.1.5', '354']);
    await client.send('Subject: x\r\n\r\nx\r\n.\r\n');
    await client.codes(1);
    await until('the queue is empty', async () => (await world.store.countQueue({})).messages === 0);
    assert.ok(!world.farEnd.received.some(({ recipients }) => recipients.includes('quiet@far.example')));
  },
);

onBothStores('forwarded mail is its domain’s, whoever sent it', PLAIN, async (world) => {
  await forward(world, 'out@x.example', 'full@else.example');
  assert.match(await post(world, { from: FRIEND, to: ['out@x.example'] }), /^250 /);
  const letter = { to: ['out@x.example'], subject: 'x', text: 'x' };
  assert.match(await submit(world, BOB, { ...HOME, letter }), /^250 /);
  const account = (await world.store.account(BOB))?.id;
  await until('both are tried', async () => (await customers(world)).length === 2);
  assert.deepEqual((await customers(world)).sort(), ['x.example/-', `x.example/${account}`].sort());
});

async function customers({ store }: World): Promise<string[]> {
  const queued = await store.listQueue({
    filter: { recipient: 'full@else.example', state: 'waiting' },
    limit: 10,
  });
  return queued.map(({ customer }) => customer);
}
