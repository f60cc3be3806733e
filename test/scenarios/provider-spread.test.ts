/**
 * A provider refuses one of our two addresses, over real sockets. Nothing of what waits leaves by the other until somebody
 * asks for it; then all of it does, and no longer once that is taken back. What is refused to one customer never does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeskWorld } from '../desk.ts';

const TSS04 =
  '421 4.7.0 [TSS04] Messages from 192.0.2.192 temporarily deferred due to unexpected volume or user complaints - 203.0.113.9';
const S3150 =
  "550 5.7.1 Unfortunately, messages from [192.0.2.192] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).";
const CUSTOMERS = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example'];
const EGRESSES =
  '[[egress]]\nname = "a"\naddress = "127.0.0.2"\n[[egress]]\nname = "b"\naddress = "127.0.0.3"\n';
/** Longer than a sweep of every worker. */
const A_WHILE_MS = 5_000;

test('a blocked stream leaves by another egress only while an operator has it so', {
  timeout: 180_000,
}, async (t) => {
  let blocked = '';
  const world = await DeskWorld.begin(t, {
    provider: 'yahoo',
    domain: 'yahoo.com',
    refuses: (_, client) => (client === blocked ? TSS04 : undefined),
    toml: EGRESSES,
  });
  const { received } = world.provider;
  await world.send('u@a.example', 'first@yahoo.com');
  await world.until(() => received.length === 1, 'the first message');
  blocked = received[0]?.client ?? '';

  for (let round = 0; round < 4; round++)
    for (const customer of CUSTOMERS) await world.send(`u@${customer}`, `r${round}@yahoo.com`);
  await world.until(async () => {
    const { state, cases } = await world.show();
    const open = cases as readonly { customer?: string }[];
    return state === 'held' && open.length === 1 && open[0]?.customer === undefined;
  }, 'the stream is held');
  await sleep(A_WHILE_MS);
  assert.equal(received.length, 1, 'nothing leaves by the other address of itself');

  assert.equal((await world.desk('spread', 'yahoo', '--for', '2h')).code, 2, 'not without a reason');
  const order = ['spread', 'yahoo', '--reason', 'ticket 4711'];
  assert.equal((await world.desk(...order)).code, 2, 'not without an end');
  assert.equal((await world.desk(...order, '--for', '2d')).code, 2, 'not for ever');
  const spread = await world.desk(...order, '--for', '2h');
  t.diagnostic(`\n${spread.out}`);
  assert.match(spread.out, /refuses one address .* soon refuses the next[\s\S]*unspread yahoo/);
  await world.until(() => received.length === 21, 'all that waited leaves');
  assert.equal(received.filter(({ client }) => client === blocked).length, 1);
  await world.send('u@a.example', 'new@yahoo.com');
  await world.until(() => received.length === 22, 'new mail leaves as well');
  const shown = await world.desk('show', 'yahoo');
  assert.match(shown.out, /^Spread .*until .*: ticket 4711/m);

  assert.equal((await world.desk('unspread', 'yahoo', '--reason', 'enough')).code, 0);
  assert.equal((await world.desk('unspread', 'yahoo', '--reason', 'enough')).code, 3);
  await sleep(A_WHILE_MS);
  await world.send('u@a.example', 'late@yahoo.com');
  await sleep(A_WHILE_MS);
  assert.equal(received.length, 22, 'it waits again');
  assert.match(
    (await world.desk('case', 'yahoo', '--no-checks')).out,
    /leave by another egress until .*: ticket 4711[\s\S]*stay with its egress again: enough/,
  );
  blocked = '';
  await world.desk('retry', 'yahoo');
  await world.until(() => received.length === 23, 'it leaves when they take it again');
});

test('what is refused to one customer is never spread', { timeout: 120_000 }, async (t) => {
  const world = await DeskWorld.begin(t, {
    provider: 'outlook-consumer',
    domain: 'outlook.com',
    refuses: (sender) => (sender.endsWith('@bad.example') ? S3150 : undefined),
    toml: EGRESSES,
  });
  for (let round = 0; round < 5; round++) await world.send('u@bad.example', `b${round}@outlook.com`);
  await world.until(async () => (await world.show())['state'] === 'held', 'its mail is held');
  const { cases } = (await world.show()) as { cases: readonly { id: number; customer?: string }[] };
  assert.equal(cases[0]?.customer, 'bad.example');
  const asked = ['--reason', 'please', '--for', '1h'];
  assert.equal((await world.desk('spread', 'outlook.com', ...asked)).code, 3);
  const ofCase = await world.desk('spread', String(cases[0]?.id), ...asked);
  assert.deepEqual([ofCase.code, /mail of bad\.example/.test(ofCase.err)], [3, true]);
});
