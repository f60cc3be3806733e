/**
 * A provider refuses us, over real sockets and in its own words: what it refuses waits, everything else goes; one message
 * tries; when it is taken the rest follows. The replies are of public logs, as in test/bench/replies/seen.jsonl.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeskWorld } from '../desk.ts';

const TSS04 =
  '421 4.7.0 [TSS04] Messages from 192.0.2.192 temporarily deferred due to unexpected volume or user complaints - 203.0.113.9; see https://postmaster.verizonmedia.com/error-codes';
const S3150 =
  "550 5.7.1 Unfortunately, messages from [192.0.2.192] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).";
const CUSTOMERS = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example'];
/** Longer than a sweep of every worker. */
const A_WHILE_MS = 5_000;

type Cases = readonly { scope: string; customer?: string; state: string; waiting: Waiting }[];
type Waiting = { deliveries: number; customers: number };

for (const { provider, domain, words } of [
  { provider: 'yahoo', domain: 'yahoo.com', words: TSS04 },
  { provider: 'outlook-consumer', domain: 'outlook.com', words: S3150 },
]) {
  test(`${provider} refuses our address: hold, case, canary, way back`, { timeout: 180_000 }, async (t) => {
    let blocked = true;
    const world = await DeskWorld.begin(t, {
      provider,
      domain,
      refuses: () => (blocked ? words : undefined),
    });
    const mine = async (round: number): Promise<void> => {
      for (const customer of CUSTOMERS) await world.send(`u@${customer}`, `r${round}@${domain}`);
    };

    for (let round = 0; round < 4; round++) await mine(round);
    await world.send('u@a.example', 'x@elsewhere.example');
    await world.until(async () => {
      const { state, cases } = await world.show();
      return (
        state === 'held' && (cases as Cases).some(({ scope }) => scope === `provider:${provider}>default`)
      );
    }, 'the stream is held');
    await world.until(() => world.others.received.length === 1, 'mail to others goes');

    // The three customers are one block: their own holds are gone, and nothing knocks any more.
    await world.until(async () => ((await world.show())['cases'] as Cases).length === 1, 'one case is left');
    const asked = world.asked.length;
    t.diagnostic(`${asked} messages met the block before it was understood`);
    assert.ok(asked <= 25, `${asked} messages met it`);
    await mine(4);
    await sleep(A_WHILE_MS);
    assert.equal(world.asked.length, asked, 'nothing is tried while it is held');
    const [held] = (await world.show())['cases'] as Cases;
    assert.deepEqual(held?.waiting.deliveries, 25);
    assert.equal(held?.waiting.customers, 5);

    const shown = await world.desk('show', provider);
    t.diagnostic(`\n${shown.out}`);
    assert.match(
      shown.out,
      /refuses our address[\s\S]*one message tries it in[\s\S]*25 deliveries of 5 customers/,
    );
    const story = await world.desk('case', provider);
    t.diagnostic(`\n${story.out}`);
    assert.match(story.out, provider === 'yahoo' ? /TSS04/ : /S3150/);
    assert.match(story.out, /Ready to paste/);
    assert.match((await world.desk('list')).out, new RegExp(`^${provider} +held +25`, 'm'));

    // They refuse us still: one message shows it, and the rest is not touched.
    assert.equal((await world.desk('retry', provider)).code, 0);
    await world.until(() => world.asked.length === asked + 1, 'one message tries');
    await sleep(A_WHILE_MS);
    assert.equal(world.asked.length, asked + 1, 'one, and no more');
    assert.equal((await world.show())['state'], 'held');
    await world.until(
      async () => /Retried .*: not taken \d/.test((await world.desk('show', provider)).out),
      'what became of the retry',
    );

    blocked = false;
    assert.equal((await world.desk('retry', provider)).code, 0);
    await world.until(() => world.provider.received.length === 25, 'everything has left');
    await world.until(async () => (await world.show())['state'] === 'ok', 'the case is closed');
    assert.equal(world.provider.received.length, 25, 'each once');
    const history = await world.desk('case', provider);
    assert.match(history.out, /asked for a try at once[\s\S]*mail goes again[\s\S]*closed: mail flows again/);
    assert.equal((await world.desk('retry', provider)).code, 3);
  });
}

test('one bad customer: only that customer is held, others flow to the same provider', {
  timeout: 120_000,
}, async (t) => {
  let blocked = true;
  const world = await DeskWorld.begin(t, {
    provider: 'outlook-consumer',
    domain: 'outlook.com',
    refuses: (sender) => (blocked && sender.endsWith('@bad.example') ? S3150 : undefined),
  });
  for (let round = 0; round < 5; round++) {
    await world.send('u@bad.example', `b${round}@outlook.com`);
    for (const customer of CUSTOMERS) await world.send(`u@${customer}`, `r${round}@outlook.com`);
  }
  await world.until(() => world.provider.received.length === 25, 'the mail of the others');
  const { state, cases } = (await world.show()) as { state: string; cases: Cases };
  assert.deepEqual(
    [state, cases.length, cases[0]?.customer, cases[0]?.waiting.deliveries],
    ['held', 1, 'bad.example', 5],
  );
  const bad = (): number => world.asked.filter((sender) => sender.endsWith('@bad.example')).length;
  const before = bad();
  assert.ok(before <= 4, `${before} of its messages were tried`);
  await world.send('u@bad.example', 'b5@outlook.com');
  await world.send('u@a.example', 'r5@outlook.com');
  await world.until(() => world.provider.received.length === 26, 'others go on');
  await sleep(A_WHILE_MS);
  assert.equal(bad(), before, 'what is held is not tried');
  const shown = await world.desk('show', 'outlook.com');
  t.diagnostic(`\n${shown.out}`);
  assert.match(
    shown.out,
    /refuses mail of bad\.example, because of our address; what others send is still tried/,
  );
  assert.match((await world.desk('list')).out, /^outlook-consumer +held for 1 customer +6/m);
  blocked = false;
  await world.desk('retry', 'outlook.com');
  await world.until(() => world.provider.received.length === 32, 'its mail follows');
  await world.until(async () => (await world.show())['state'] === 'ok', 'the case is closed');
});

test('two customers that a provider refused: when it takes mail again each case has its own try at once', {
  timeout: 120_000,
}, async (t) => {
  let blocked = true;
  const world = await DeskWorld.begin(t, {
    provider: 'outlook-consumer',
    domain: 'outlook.com',
    refuses: () => (blocked ? S3150 : undefined),
  });
  for (const customer of ['c3.example', 'c2.example']) await world.send(`u@${customer}`, 'r@outlook.com');
  await world.until(async () => ((await world.show())['cases'] as Cases).length === 2, 'two cases');
  blocked = false;
  const { out } = await world.desk('retry', 'outlook');
  assert.match(out, /one message of each of its 2 cases tries now/);
  await world.until(() => world.provider.received.length === 2, 'the mail of both');
  await world.until(async () => (await world.show())['state'] === 'ok', 'both cases are closed');
});

test('a mailbox that is called like a token stops nobody: what is said back of it is not read', {
  timeout: 120_000,
}, async (t) => {
  const world = await DeskWorld.begin(t, {
    provider: 'yahoo',
    domain: 'yahoo.com',
    refuses: () => undefined,
    answers: (address, asked) => {
      if (!address.includes('TSS04')) return '250 2.1.5 Ok';
      return asked % 2 === 0
        ? `550 5.1.1 <${address}>: Recipient address rejected: User unknown`
        : '550 5.2.1 mailbox TSS04 deferred compl... is disabled';
    },
  });
  for (const customer of CUSTOMERS)
    await world.send(`u@${customer}`, '"TSS04 deferred complaints"@yahoo.com');
  // Each sender is told at once that there is no such mailbox.
  await world.until(() => world.others.received.length === CUSTOMERS.length, 'the notices');
  await world.send('u@e.example', 'r@yahoo.com');
  await world.until(() => world.provider.received.length === 1, 'mail to others goes');
  const { state, cases } = await world.show();
  assert.deepEqual([state, cases], ['ok', []]);
});
