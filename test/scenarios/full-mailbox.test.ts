/** A mailbox that fills: its owner is told in time, then mail is put off before it is taken, until there is room again. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { AccountId } from '../../src/core/envelope.ts';
import { ALL_UIDS } from '../../src/core/mailbox/uid-ranges.ts';
import { decodeWords } from '../../src/wire/mime/encoded-words.ts';
import { inboxOf } from '../inbox.ts';
import { ALICE, BOB, startWorld, type World } from '../world.ts';

const KB = 1_000;

async function world(t: TestContext): Promise<World> {
  const made = await startWorld();
  t.after(() => made.stop());
  return made;
}

/** Delivers so many octets of text; the last reply. */
async function deliver(
  { mx, dialogue }: World,
  about: { to: readonly string[]; bytes: number; size?: number },
): Promise<string> {
  const client = await dialogue(mx);
  const ask = async (line: string): Promise<string> => {
    await client.send(`${line}\r\n`);
    const reply = await client.reply();
    return reply === 'closed' ? 'closed' : `${reply.code} ${reply.enhanced ?? ''}`;
  };
  try {
    await client.reply();
    await ask('EHLO client.example');
    await ask(`MAIL FROM:<s@far.example>${about.size === undefined ? '' : ` SIZE=${about.size}`}`);
    const said: string[] = [];
    for (const to of about.to) said.push(await ask(`RCPT TO:<${to}>`));
    if (!said.some((reply) => reply.startsWith('2'))) return said[0] as string;
    await ask('DATA');
    const line = `${'x'.repeat(70)}\r\n`;
    return await ask(`Subject: x\r\n\r\n${line.repeat(Math.ceil(about.bytes / line.length))}.`);
  } finally {
    client.close();
  }
}

async function texts({ store }: World, account: AccountId): Promise<string[]> {
  return Promise.all(
    (await inboxOf(store, account)).map(async ({ message }) =>
      Buffer.from(await store.readContent({ message, offset: 0, limit: 2_000 })).toString(),
    ),
  );
}

async function subjects(made: World, account: AccountId): Promise<string[]> {
  return (await texts(made, account))
    .map((text) => decodeWords(/^Subject: (.*)\r\n/m.exec(text)?.[1] ?? ''))
    .filter((one) => one !== 'x');
}

test('mail for a mailbox that is full is put off, and its owner was told before', async (t) => {
  const made = await world(t);
  const { store } = made;
  await store.setQuota({ name: BOB, limits: { bytes: 400 * KB } });
  const account = (await store.account(BOB))?.id as AccountId;
  const one = { to: [BOB], bytes: 30 * KB };
  let last = '';
  for (let tries = 0; tries < 20 && !last.startsWith('452'); tries++) last = await deliver(made, one);
  assert.equal(last, '452 4.2.2');
  assert.match(
    (await subjects(made, account)).join(),
    /^Your mailbox is 8\d % full,Your mailbox is 9\d % full$/,
  );
  assert.match((await texts(made, account)).join(''), /holds 3\d\d kB of 400 kB/);
  const inbox = await store.mailboxNamed({ account, name: 'INBOX' });
  assert.ok(inbox !== undefined);
  await store.expungeItems({ account, mailbox: inbox.id, uids: ALL_UIDS, which: 'any', at: Date.now() });
  // That there is room again is seen within seconds.
  for (let tries = 0; tries < 20_000 && !last.startsWith('250'); tries++) last = await deliver(made, one);
  assert.equal(last.slice(0, 3), '250');
});

test('a message that has no room is refused by its SIZE, or at its end; who has room gets it', async (t) => {
  const made = await world(t);
  const { store } = made;
  await store.setQuota({ name: BOB, limits: { bytes: 100 * KB } });
  assert.equal(await deliver(made, { to: [BOB], bytes: KB, size: 200 * KB }), '452 4.2.2');
  assert.equal(await deliver(made, { to: [BOB], bytes: 200 * KB }), '452 4.2.2');
  assert.equal(await made.inbox(BOB), 0);
  assert.match(await deliver(made, { to: [BOB, ALICE], bytes: 200 * KB, size: 201 * KB }), /^250/);
  assert.deepEqual([await made.inbox(BOB), await made.inbox(ALICE)], [0, 1]);
});

test('a domain that is full has no room in any of its mailboxes', async (t) => {
  const made = await world(t);
  await made.store.setQuota({ name: 'x.example', limits: { messages: 1 } });
  const account = (await made.store.account(ALICE))?.id as AccountId;
  assert.match(await deliver(made, { to: [ALICE], bytes: KB }), /^250/);
  assert.equal(await deliver(made, { to: [BOB], bytes: KB }), '452 4.2.2');
  assert.deepEqual(await subjects(made, account), [], 'the account has no limit of its own');
});

test('over LMTP each recipient has its own answer, and who has no room gets nothing', async (t) => {
  const made = await world(t);
  await made.store.setQuota({ name: BOB, limits: { bytes: 100 * KB } });
  const client = await made.dialogue(made.lmtp);
  const hear = async (): Promise<string> => {
    const reply = await client.reply();
    return reply === 'closed' ? 'closed' : `${reply.code} ${reply.enhanced ?? ''} ${reply.lines[0]}`;
  };
  const ask = async (line: string): Promise<string> => {
    await client.send(`${line}\r\n`);
    return hear();
  };
  await hear();
  await ask('LHLO mta.example');
  const text = `Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(3_000)}.`;
  const send = async (...to: string[]): Promise<string[]> => {
    await ask('MAIL FROM:<s@far.example>');
    for (const one of to) assert.match(await ask(`RCPT TO:<${one}>`), /^250/);
    await ask('DATA');
    const answers = [await ask(text)];
    while (answers.length < to.length) answers.push(await hear());
    return answers;
  };
  const full = /^452 4\.2\.2 The mailbox of bob@x\.example is full/;
  const [bob, alice] = await send(BOB, ALICE);
  assert.match(bob ?? '', full);
  assert.match(alice ?? '', /^250 2\.0\.0 Ok: kept as/);
  assert.match((await send(BOB))[0] ?? '', full);
  assert.deepEqual([await made.inbox(BOB), await made.inbox(ALICE)], [0, 1]);
  assert.match((await send(ALICE))[0] ?? '', /^250/, 'the session goes on');
  client.close();
});
