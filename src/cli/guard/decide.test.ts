import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine } from '../../../test/command-line.ts';
import { inboxOf } from '../../../test/inbox.ts';
import { anAcceptance } from '../../../test/stores.ts';
import type { AccountId, Language, WorkerId } from '../../core/envelope.ts';
import { decodeWords } from '../../wire/mime/encoded-words.ts';

const ANN = 'ann@here.example';

/** An account of which so many messages of one text are held: their group, by its name. */
async function held(line: CommandLine, { messages, language }: { messages: number; language: Language }) {
  const { store } = line;
  const at = Date.now();
  await store.addDomain({ name: 'here.example', language, createdAt: at, keys: [] });
  await store.addAccount({ address: ANN, language, password: 'x', scram: 'x', at });
  const account = (await store.account(ANN))?.id as AccountId;
  const group = await store.reserveIds(1);
  const hold = { group, campaign: 'text', reason: 'guard: rate', subject: 'Hello', expiresAt: at + 1e9 };
  const data = JSON.stringify({ t: at, account: ANN, to: [], fingerprint: 'text', terms: [['rate', 2, 40]] });
  for (let index = 0; index < messages; index++)
    await store.accept({
      ...(await anAcceptance(store, { recipients: [`a${index}@far.example`] })),
      acceptedAt: at,
      account,
      judged: { at, worker: 1 as WorkerId, account: ANN, kind: 'hold', data, hold },
    });
  return { account, name: `H${group}` };
}

/** What is in the owner's mailbox, its words wherever lines end. */
async function told({ store }: CommandLine, account: AccountId): Promise<string[]> {
  const items = await inboxOf(store, account);
  return Promise.all(
    items.map(async ({ message }) => {
      const bytes = await store.readContent({ message, offset: 0, limit: 10_000 });
      return decodeWords(Buffer.from(bytes).toString().replace(/\s+/g, ' '));
    }),
  );
}

test('the owner of what an operator released is told so once, and that nothing is to be sent again', async (t) => {
  const line = await CommandLine.open(t);
  const { account, name } = await held(line, { messages: 11, language: 'en' });
  const released = await line.run('guard', 'release', name, '--reason', 'asked her');
  assert.match(released.out, /Its owner was told\./);
  assert.equal((await line.run('guard', 'release', name, '--reason', 'asked her')).code, 3);
  const [notice = '', ...more] = await told(line, account);
  assert.deepEqual(more, []);
  assert.match(notice, /Subject: Your paused mail is on its way/);
  assert.match(notice, /has released mail that we had paused: 11 messages of your account ann@here\.example/);
  assert.match(notice, /Nothing has to be sent again\..* The first message that was paused: Hello/);
  assert.ok(notice.includes(name));
});

test('the owner of what an operator dropped is told so, in words that agree with how many', async (t) => {
  const line = await CommandLine.open(t);
  const { account, name } = await held(line, { messages: 11, language: 'fr' });
  assert.equal((await line.run('guard', 'drop', name, '--reason', 'spam')).code, 0);
  const [notice = '', ...more] = await told(line, account);
  assert.deepEqual(more, []);
  assert.match(notice, /11 messages de votre compte ann@here\.example, en pause .* ont été supprimés : spam/);
});

test('guard status says how many messages of how many accounts, and who is stopped, whatever is held', async (t) => {
  const line = await CommandLine.open(t);
  const nothing = await line.run('guard', 'status');
  assert.match(nothing.out, /^ {2}passed +0\n[\s\S]*\nNothing is held\.\nNo account is stopped\.\n$/m);
  await held(line, { messages: 3, language: 'en' });
  const some = await line.run('guard', 'status');
  assert.match(some.out, /^ {2}held +3, from 1 account$/m);
  assert.match(some.out, /^Held now: 3 messages .* of 1 account, .*\nNo account is stopped\.\n$/m);
  await line.run('guard', 'lock', ANN, '--reason', 'a thief');
  assert.match(
    (await line.run('guard', 'status')).out,
    /^Stopped \(relais guard show ACCOUNT\):\n {2}ann@here\.example: a thief\n$/m,
  );
  const [group] = await line.store.listHolds({ limit: 1 });
  await line.run('guard', 'drop', `H${group?.id}`, '--reason', 'spam');
  const after = await line.run('guard', 'status');
  assert.match(
    after.out,
    /^Nothing is held\.\nStopped \(relais guard show ACCOUNT\):\n {2}ann@here\.example: a thief\n$/m,
  );
});

test('who is locked has what waits held apart from what was judged; it is shown, read, let go alone, and told when it is dropped', async (t) => {
  const line = await CommandLine.open(t);
  const { account, name } = await held(line, { messages: 2, language: 'en' });
  const customer = `here.example/${account}`;
  const recipients = ['bob@far.example', 'eve@far.example'];
  const { reference } = await accepted(line, { recipients, customer });
  const other = await line.run('account', 'lock', ANN, '--reason', 'billing', '--dry-run');
  assert.match(other.out, /What waits of it in the queue goes on; to hold that as well: relais guard lock/);
  const locked = await line.run('guard', 'lock', ANN, '--reason', 'stolen');
  assert.match(
    locked.out,
    /can no longer send\. What waits of it in the queue is taken out and held once a server runs/,
  );
  const again = await line.run('guard', 'lock', ANN, '--reason', 'other');
  assert.match(again.out, /is locked already, and for this reason still: stolen\./);
  assert.equal((await line.run('account', 'lock', ANN, '--reason', 'other')).code, 3);
  const [order = 0] = await line.store.dueRecalls({ at: Date.now(), limit: 1 });
  assert.equal((await line.store.stepRecall({ group: order, limit: 10, at: Date.now() })).moved, 2);
  const groups = await line.store.listHolds({ login: ANN, limit: 10 });
  const waiting = `H${groups.find(({ campaign }) => campaign === 'other')?.id}`;
  const shown = await line.run('guard', 'show', waiting);
  assert.match(shown.out, /^Why {7}it waited when its account was stopped$/m);
  assert.match(shown.out, /bob@far\.example {2}\(it only waited when its account was stopped\)/);
  assert.match((await line.run('queue', 'show', reference, '--content')).out, /^Subject: \d+\r\n\r\nhello/);
  const listed = await line.run('queue', 'list', '--group', waiting);
  assert.match(listed.out, new RegExp(`held\\n +\\(${waiting}: it waited when its account was stopped\\)`));
  assert.match(
    (await line.run('queue', 'show', reference)).out,
    /^Kept {6}until .* unless somebody decides/m,
  );
  assert.match((await line.run('trace', reference)).out, /because it waited when its account was stopped/);
  const tried = await line.run('guard', 'drop', ANN, '--reason', 'spam', '--dry-run');
  assert.match(tried.out, /But 2 of these recipients are of mail that only waited/);
  assert.match(tried.out, new RegExp(`queue release --group ${waiting} --waited --reason WHY`));
  assert.doesNotMatch(
    (await line.run('queue', 'release', '--group', waiting, '--waited', '--dry-run')).out,
    /doubts/,
  );
  const doubted = await line.run('queue', 'release', '--all', '--dry-run');
  assert.match(doubted.out, /^ {2}2 of these the guard doubts: relais guard show H\d/m);
  const one = await line.run(
    ...['queue', 'release', '--group', waiting, '--waited'],
    ...['--recipient', 'eve@far.example', '--reason', 'hers'],
  );
  assert.equal(one.code, 0, one.err);
  const undo = /^Undo.*: relais (queue hold .*) --reason /m.exec(one.out)?.[1] ?? '';
  const undone = await line.run(...undo.split(' '), '--reason', 'undo');
  assert.equal(undone.code, 0, undo + undone.err);
  const dropped = await line.run('guard', 'drop', waiting, '--reason', 'spam');
  assert.match(
    dropped.out,
    /; 1 of these only waited when its account was stopped, and its owner is told to whom/,
  );
  assert.match(
    (await told(line, account)).join(' '),
    /What was to bob@far\.example only waited here .* If you wrote it/,
  );
  const unlocked = await line.run('guard', 'unlock', ANN);
  assert.match(unlocked.out, new RegExp(`^Still held of it: ${name}\\. To decide: `, 'm'));
});
