/** Owners answer the notice about their held mail, over real connections: what that releases, and what it does not. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inboxOf } from '../inbox.ts';
import { databaseFile } from '../../src/store/sqlite/open.ts';
import { addAccount, submit } from '../account.ts';
import { runWith } from '../command-line.ts';
import { ALICE, startWorld, type World } from '../world.ts';

const DAY = 86_400_000;
const OWNERS = ['eve', 'fred', 'gina', 'hugo'].map((name) => `${name}@x.example`);
/** Where they have been for long, and where a thief is. */
const [HOME, ELSEWHERE] = ['127.1.1.7', '127.200.3.9'];
/** Recipients of one letter of a mailing, and letters after which it is held at the latest. */
const EACH = 60;
const MOST_LETTERS = 6;

/** Accounts that have written a letter a day for two months; what is known of them was learnt from a file. */
async function world(t: TestContext): Promise<World> {
  const made = await startWorld({ login: { plainOnLoopback: true } });
  t.after(() => made.stop());
  for (const address of OWNERS)
    await addAccount(made, { address, like: ALICE, language: address.startsWith('fred') ? 'fr' : 'en' });
  const lines = OWNERS.flatMap((account) =>
    Array.from({ length: 60 }, (_, day) =>
      JSON.stringify({
        ...{ t: Date.now() - (61 - day) * DAY, account, ip: HOME, client: '-' },
        to: [`friend${day % 9}@far.example`],
      }),
    ),
  );
  const file = join(made.data, 'past.jsonl');
  writeFileSync(file, lines.join('\n'));
  const learnt = await runWith(['guard', 'learn', file, '--data', made.data]);
  assert.match(learnt.out, /Learnt the past of 4 accounts/, learnt.err);
  await made.nudge();
  return made;
}

/** Letters to people whom its account never wrote to, until one is held. */
async function mailing(made: World, account: string, text = 'the programme of our choir'): Promise<void> {
  for (let count = 0; count < MOST_LETTERS; count++) {
    await letterTo(made, account, { text, count });
    if ((await groupOf(made, account))?.['state'] === 'open') return;
  }
  assert.fail(`no letter of the mailing of ${account} was held`);
}

async function letterTo(
  made: World,
  account: string,
  { text, count }: { text: string; count: number },
): Promise<void> {
  const name = account.split('@', 1)[0];
  const to = Array.from(
    { length: EACH },
    (_, index) => `${name}-reader${count}-${index}@far${index % 30}.example`,
  );
  const letter = { to, subject: 'Our concert', text: `Dear friends, here is ${text} for this spring.` };
  assert.match(await submit(made, account, { from: HOME, letter }), /^250/);
}

/** The newest of its groups. */
async function groupOf(made: World, account: string): Promise<Record<string, unknown> | undefined> {
  return (await runWith(['guard', 'holds', '--all', '--account', account, '--data', made.data, '--json']))
    .objects[0];
}

async function noticesOf({ store }: World, address: string): Promise<string[]> {
  const account = await store.account(address);
  assert.ok(account !== undefined);
  const items = await inboxOf(store, account.id);
  return Promise.all(
    items.map(async ({ message }) =>
      Buffer.from(await store.readContent({ message, offset: 0, limit: 50_000 })).toString(),
    ),
  );
}

/** Its words, wherever the lines end. */
async function lastNotice(made: World, address: string): Promise<string> {
  return ((await noticesOf(made, address)).at(-1) ?? '').replace(/\s+/g, ' ');
}

async function answerTo(made: World, account: string): Promise<string> {
  const found = (await noticesOf(made, account)).map(
    (text) => /^Reply-To: <(release\+[\da-f]{40}@mail\.x\.example)>/m.exec(text)?.[1],
  );
  const to = found.find((one) => one !== undefined);
  assert.ok(to !== undefined, 'the notice says where to answer');
  return to;
}

function answer(
  made: World,
  account: string,
  { to, from = HOME, fields = '' }: { to: string; from?: string; fields?: string },
): Promise<string> {
  return submit(made, account, {
    from,
    letter: { to: [to], subject: 'Re: was it you?', text: 'Yes.', fields },
  });
}

async function shown(made: World, account: string): Promise<{ state: string; text: string }> {
  const holds = await runWith([
    'guard',
    'holds',
    '--all',
    '--account',
    account,
    '--data',
    made.data,
    '--json',
  ]);
  const [group] = holds.objects;
  const show = await runWith(['guard', 'show', String(group?.['group']), '--data', made.data]);
  return { state: String(group?.['state']), text: show.out };
}

test('the owner releases a mailing alone; a thief from elsewhere, a late answer and somebody else’s token release nothing', async (t) => {
  const made = await world(t);
  const [eve, fred, gina] = OWNERS as [string, string, string];
  await mailing(made, eve);
  const to = await answerTo(made, eve);
  assert.match((await shown(made, eve)).text, /Owner {5}may release it alone, by answering/);
  const tokens = to.slice(8, 48);

  // A thief reads the notice as its owner does; somebody else has only an account here, or none.
  assert.match(await answer(made, eve, { to, from: ELSEWHERE }), /^250/);
  assert.match(await lastNotice(made, eve), /It released nothing: it came from a network/);
  assert.match(await answer(made, gina, { to }), /^250/);
  assert.match(await lastNotice(made, gina), /stands for nothing that is paused/);
  assert.match(await answer(made, eve, { to, fields: 'Auto-Submitted: auto-replied\r\n' }), /^550 5\.7\.1/);
  const stranger = await made.dialogue(made.mx, { from: ELSEWHERE });
  for (const line of [undefined, 'EHLO x', 'MAIL FROM:<eve@x.example>', `RCPT TO:<${to}>`]) {
    if (line !== undefined) await stranger.send(`${line}\r\n`);
    const reply = await stranger.reply();
    if (line?.startsWith('RCPT') === true)
      assert.deepEqual(reply === 'closed' ? '' : [reply.code, reply.enhanced], [550, '5.7.1']);
  }
  assert.equal((await shown(made, eve)).state, 'open');

  assert.match(await answer(made, eve, { to }), /^250/);
  const released = await shown(made, eve);
  assert.equal(released.state, 'released');
  assert.match(released.text, /released since .* by owner eve@x\.example: answered the notice about it/);
  assert.match(await lastNotice(made, eve), /Subject: Your paused mail is on its way/);
  assert.match(await answer(made, eve, { to }), /^250/);
  assert.match(await lastNotice(made, eve), /stands for nothing/, 'it was for one release');
  assert.equal(
    JSON.stringify(await made.store.guardLog({ account: eve, limit: 100 })).includes(tokens),
    false,
  );

  await mailing(made, fred, 'the menu of our restaurant');
  const late = await answerTo(made, fred);
  const db = new DatabaseSync(databaseFile(made.data));
  db.prepare('UPDATE hold_token SET expires_at = ?').run(Date.now() - 1);
  db.close();
  assert.match(await answer(made, fred, { to: late }), /^250/);
  assert.match(await lastNotice(made, fred), /elle est arrivée trop tard/);
  assert.equal((await shown(made, fred)).state, 'open');
});

test('a campaign is no owner’s to release, even when it becomes one after the notice', async (t) => {
  const made = await world(t);
  const [eve, fred, gina, hugo] = OWNERS as [string, string, string, string];
  const same = 'a chance to win at https://prize.example/';
  await mailing(made, eve, same);
  const to = await answerTo(made, eve);
  for (const account of [fred, gina]) await mailing(made, account, same);
  assert.match(await answer(made, eve, { to }), /^250/);
  assert.match(await lastNotice(made, eve), /may be the work of somebody else/);
  assert.equal((await shown(made, eve)).state, 'open');
  await mailing(made, hugo, same);
  assert.match((await shown(made, hugo)).text, /Owner {5}cannot release it alone/);
  assert.equal(
    (await noticesOf(made, hugo)).some((text) => /^Reply-To:/m.test(text)),
    false,
  );
});

test('more than the floor is an operator’s to release', async (t) => {
  const made = await world(t);
  const [eve] = OWNERS as [string];
  await mailing(made, eve);
  const text = 'the programme of our choir';
  for (let count = 10; count < 16; count++) await letterTo(made, eve, { text, count });
  const to = await answerTo(made, eve);
  assert.match(await answer(made, eve, { to }), /^250/);
  assert.match(await lastNotice(made, eve), /to 300 recipients at most/);
  assert.equal((await shown(made, eve)).state, 'open');
});
