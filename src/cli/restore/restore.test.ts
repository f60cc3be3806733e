import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { untilEnded } from '../../../test/children.ts';
import { accepted, COMMAND_LINES, CommandLine, runWith } from '../../../test/command-line.ts';
import { pictureOf } from '../../../test/picture.ts';
import { anItem } from '../../../test/stores.ts';
import type { MailboxId } from '../../core/envelope.ts';
import { FLAGGED, SEEN } from '../../core/mailbox/flags.ts';
import { parseMessage } from '../../core/mailbox/parse.ts';

const ANA = 'ana@here.example';
const DAY = 86_400_000;
const RELAIS = fileURLToPath(new URL('../../../bin/relais', import.meta.url));

/** An account with much of what an account may have. */
async function furnish(line: CommandLine): Promise<void> {
  const { store } = line;
  await store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await store.addAccount({ address: ANA, language: 'fr', password: 'p', scram: 's', at: 0 });
  const separator = '+';
  await store.addAddress({ address: 'info@here.example', target: ANA, separator });
  await store.addAddress({ address: 'sales@here.example', target: 'info@here.example', separator });
  await store.setQuota({ name: ANA, limits: { bytes: 50_000_000 } });
  await store.lockAccount({ address: ANA, reason: 'stolen', at: 5 });
  for (const subject of ['one', 'two', 'Re: one'])
    await line.feed(`Subject: ${subject}\n\nhello\n`, 'sendmail', '-f', 'bob@far.example', ANA);
  const long = `Subject: long\n\n${'y'.repeat(75).concat('\n').repeat(9_000)}`;
  await line.feed(long, 'sendmail', '-f', '<>', ANA);
  await append(line, 'Projets/2018', { subject: 'kept', keywords: ['$Forwarded', 'blue'], at: 3 * DAY });
  await append(line, 'Projets/2018', { subject: 'kept', keywords: [], at: 3 * DAY });
  await append(line, 'Projets/2018', { subject: 'other', keywords: ['blue'], at: 4 * DAY });
  await append(line, 'Envoyés', { subject: 'sent', keywords: [], at: DAY });
  const account = await accountOf(line);
  await store.subscribe({ account, name: 'Projets/2018', isSubscribed: true });
  const mailbox = await mailboxOf(line, 'INBOX');
  await store.addAddress({ address: ANA, target: 'ana@far.example', separator, keep: true });
  await store.setVacation({ address: ANA, vacation: { text: 'away', everyMs: DAY } });
  const values = [{ name: '/private/comment', value: Buffer.from('mine') }];
  await store.setMetadata({ account, mailbox, values });
  const flags = { system: SEEN | FLAGGED, keywords: ['red'] };
  await store.storeFlags({ account, mailbox, uids: [[2, 3]], change: 'add', flags });
}

async function accountOf({ store }: CommandLine): Promise<Parameters<typeof store.items>[0]['account']> {
  const account = await store.account(ANA);
  assert.ok(account !== undefined);
  return account.id;
}

async function mailboxOf(line: CommandLine, name: string): Promise<MailboxId> {
  const mailbox = await line.store.mailboxNamed({ account: await accountOf(line), name });
  assert.ok(mailbox !== undefined, name);
  return mailbox.id;
}

async function append(
  line: CommandLine,
  name: string,
  about: { subject: string; keywords: readonly string[]; at: number },
): Promise<void> {
  const account = await accountOf(line);
  const at = about.at;
  await line.store.createMailbox({ account, name, at });
  const bytes = Buffer.from(`Subject: ${about.subject}\r\n\r\ntext\r\n`);
  const flags = { system: 0, keywords: about.keywords };
  const item = await anItem(line.store, { bytes, flags, internalAt: at, parsed: parseMessage(bytes) });
  const appended = await line.store.appendItems({
    ...{ account, mailbox: await mailboxOf(line, name), items: [item], at },
  });
  assert.ok(appended.ok);
}

async function appendMany(line: CommandLine, count: number): Promise<void> {
  const at = DAY;
  const items = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const bytes = Buffer.from(`Subject: ${index}\r\n\r\n${'text\r\n'.repeat(2_000)}`);
      return anItem(line.store, { bytes, internalAt: at });
    }),
  );
  const ref = { account: await accountOf(line), mailbox: await mailboxOf(line, 'INBOX') };
  assert.ok((await line.store.appendItems({ ...ref, items, at })).ok);
}

async function countOf({ store }: CommandLine): Promise<number> {
  return (await store.listAccounts(undefined))[0]?.messages ?? 0;
}

/** What was told at the end. */
async function restored(line: CommandLine, ...words: string[]): Promise<Record<string, unknown>> {
  const ran = await line.run('restore', join(line.folder, 'backup'), '--account', ANA, '--json', ...words);
  assert.equal(ran.code, 0, ran.err);
  const last = ran.objects.at(-1) ?? {};
  assert.equal(last['schema'], 'relais.restore-account/1');
  return last;
}

async function backedUp(line: CommandLine): Promise<string> {
  const folder = join(line.folder, 'backup');
  const ran = await line.run('backup', folder);
  assert.equal(ran.code, 0, ran.out + ran.err);
  return folder;
}

async function sound(line: CommandLine): Promise<void> {
  const ran = await line.run('verify');
  assert.equal(ran.code, 0, ran.out);
}

for (const [name, open] of Object.entries(COMMAND_LINES)) {
  test(`on ${name}, an account that was removed comes back as it was, and only once`, async (t) => {
    const line = await open(t);
    if (line === undefined) return;
    await furnish(line);
    const before = await pictureOf(line.store, ANA);
    await backedUp(line);
    assert.deepEqual((await restored(line))['messages'], 0);
    await line.store.removeAccount({ address: ANA, withMail: true, at: Date.now() });
    assert.deepEqual((await restored(line, '--dry-run'))['messages'], 8);
    assert.equal(await line.store.account(ANA), undefined);
    assert.equal((await restored(line))['messages'], 8);
    assert.deepEqual(await pictureOf(line.store, ANA), before);
    const account = await line.store.account(ANA);
    const { language, password, scram, lockedReason } = account ?? {};
    assert.deepEqual([language, password, scram, lockedReason], ['fr', 'p', 's', 'stolen']);
    const query = { address: 'sales@here.example', separator: '+' };
    const targets = await line.store.targets(query);
    assert.deepEqual([targets?.accounts[0]?.id, targets?.forwards], [account?.id, ['ana@far.example']]);
    assert.equal((await line.store.vacation(await accountOf(line)))?.text, 'away');
    const notes = await line.store.metadata({
      account: await accountOf(line),
      mailbox: await mailboxOf(line, 'INBOX'),
    });
    assert.deepEqual(
      notes.map((note) => note.name),
      ['/private/comment'],
    );
    assert.deepEqual((await line.store.quota(await accountOf(line)))?.limits, { bytes: 50_000_000 });
    const again = await restored(line);
    assert.deepEqual([again['messages'], again['there']], [0, 8]);
    assert.deepEqual(await pictureOf(line.store, ANA), before);
    await sound(line);
  });

  test(`on ${name}, a folder and a message come back, and what is there is left alone`, async (t) => {
    const line = await open(t);
    if (line === undefined) return;
    await furnish(line);
    const before = await pictureOf(line.store, ANA);
    await backedUp(line);
    const account = await accountOf(line);
    const at = Date.now();
    await line.store.deleteMailbox({ account, name: 'Projets/2018', at });
    const inbox = await mailboxOf(line, 'INBOX');
    await line.store.expungeItems({ account, mailbox: inbox, uids: [[1, 3]], which: 'any', at });
    assert.equal((await restored(line, '--mailbox', 'Projets/2018'))['messages'], 3);
    assert.equal((await restored(line, '--mailbox', 'Projets/2018'))['messages'], 0);
    const named = (of: typeof before, wanted: string): unknown => of.find((one) => one.name === wanted);
    const after = await pictureOf(line.store, ANA);
    assert.deepEqual(named(after, 'Projets/2018'), named(before, 'Projets/2018'));
    assert.equal((after.find((one) => one.name === 'INBOX')?.messages ?? []).length, 1);
    assert.equal((await restored(line, '--mailbox', 'INBOX', '--uid', '2'))['messages'], 1);
    assert.equal((await restored(line, '--mailbox', 'inbox', '--uid', '2'))['messages'], 0);
    assert.equal((await restored(line, '--mailbox', 'INBOX', '--uid', '4', '--to', 'Back'))['messages'], 1);
    assert.equal((await restored(line, '--mailbox', 'INBOX', '--uid', '4', '--to', 'Back'))['messages'], 0);
    const last = await pictureOf(line.store, ANA);
    const hashes = (of: typeof before, wanted: string): string[] =>
      (of.find((one) => one.name === wanted)?.messages ?? []).map((message) => message.hash);
    const [, two, , long] = hashes(before, 'INBOX');
    assert.deepEqual(hashes(last, 'INBOX'), [long, two]);
    assert.deepEqual(hashes(last, 'Back'), [long]);
    await sound(line);
  });

  test(`on ${name}, a restore that is killed goes on where it was, and brings nothing twice`, async (t) => {
    const line = await open(t);
    if (line === undefined) return;
    await furnish(line);
    await appendMany(line, 600);
    const before = await pictureOf(line.store, ANA);
    const folder = await backedUp(line);
    await line.store.removeAccount({ address: ANA, withMail: true, at: Date.now() });
    const words = ['restore', folder, '--account', ANA, '--config', line.config];
    const child = spawn(RELAIS, words, { stdio: 'ignore' });
    while (child.exitCode === null && (await countOf(line)) < 100) await sleep(5);
    child.kill('SIGKILL');
    await untilEnded(child);
    const there = await countOf(line);
    t.diagnostic(`killed after ${there} of 608`);
    assert.equal((await restored(line))['there'], there);
    assert.equal((await restored(line))['messages'], 0);
    const hashes = (all: typeof before): unknown =>
      all.map((mailbox) => [mailbox.name, mailbox.messages.map((message) => message.hash)]);
    assert.deepEqual(hashes(await pictureOf(line.store, ANA)), hashes(before));
    await sound(line);
  });

  test(`on ${name}, a site comes back whole where there is none, its queue frozen, and nothing is given out twice`, async (t) => {
    const line = await open(t);
    if (line === undefined) return;
    await furnish(line);
    const { acceptance } = await accepted(line, { recipients: ['bob@far.example'] });
    const folder = await backedUp(line);
    const before = await pictureOf(line.store, ANA);
    const validity = await validityOf(line);
    const other = await open(t);
    assert.ok(other !== undefined);
    // On SQLite a folder that is not there yet.
    const data = join(other.folder, 'fresh');
    const target = ['--config', other.config, ...(name === 'SQLite' ? ['--data', data] : [])];
    const ran = await runWith(['restore', folder, '--json', ...target]);
    assert.equal(ran.code, 0, ran.err);
    const { queued, queue, messages } = ran.objects[0] ?? {};
    assert.deepEqual([queued, queue, messages], [1, 'frozen', 8]);
    const moved = name === 'SQLite' ? await CommandLine.at(t, data) : other;
    assert.deepEqual(await pictureOf(moved.store, ANA), before);
    const [freeze] = (await moved.store.freezes(0)).freezes;
    assert.deepEqual([freeze?.scope, freeze?.cause], ['all', 'operator']);
    assert.match(freeze?.reason ?? '', /restored from the backup/);
    assert.ok((await validityOf(moved)) > validity);
    assert.ok((await moved.store.reserveIds(1)) > (await line.store.reserveIds(1)) + 1_000_000);
    assert.equal((await moved.store.listQueue({ filter: {}, limit: 9 }))[0]?.message, acceptance.message);
    // What counts by itself goes on after what was brought.
    await accepted(moved, { recipients: ['carl@far.example'] });
    const again = await runWith(['restore', folder, ...target]);
    assert.deepEqual([again.code, /which is left as it is/.test(again.err)], [1, true]);
    await sound(moved);
  });
}

async function validityOf(line: CommandLine): Promise<number> {
  const account = await accountOf(line);
  return (await line.store.mailboxNamed({ account, name: 'INBOX' }))?.uidValidity ?? 0;
}

test('a site is restored with its queue dropped or going on, and as it was where the old one was stopped', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  await accepted(line, { recipients: ['bob@far.example', 'carl@far.example'] });
  const folder = await backedUp(line);
  const validity = await validityOf(line);
  const into = async (name: string, ...words: string[]): Promise<CommandLine> => {
    const data = join(line.folder, name);
    const ran = await line.run('restore', folder, '--data', data, ...words);
    assert.equal(ran.code, 0, ran.err);
    return CommandLine.at(t, data);
  };
  const dropped = await into('dropped', '--queue', 'drop');
  assert.equal((await dropped.store.countQueue({ state: 'ready' })).deliveries, 0);
  assert.deepEqual((await dropped.store.freezes(0)).freezes, []);
  const moved = await into('moved', '--moved');
  assert.equal((await moved.store.countQueue({ state: 'ready' })).deliveries, 2);
  assert.deepEqual((await moved.store.freezes(0)).freezes, []);
  assert.equal(await validityOf(moved), validity);
  const dry = await line.run('restore', folder, '--data', join(line.folder, 'dry'), '--dry-run');
  assert.match(dry.out, /^1 account with 8 messages would be restored\. Nothing was changed/);
  assert.equal((await line.run('restore', folder, '--dry-run')).code, 1);
});

test('of a message that was there twice, as many come back as are missing', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const [account, mailbox] = [await accountOf(line), await mailboxOf(line, 'INBOX')];
  await line.store.copyItems({ account, mailbox, uids: [[1, 1]], to: mailbox, at: 1 });
  await line.store.copyItems({ account, mailbox, uids: [[1, 1]], to: mailbox, at: 1 });
  await backedUp(line);
  assert.equal((await restored(line))['messages'], 0);
  await line.store.expungeItems({ account, mailbox, which: 'any', uids: [[5, 6]], at: 1 });
  assert.equal((await restored(line))['messages'], 2);
  assert.equal((await restored(line))['messages'], 0);
});

test('what has no room stays away, with what to do, and comes once there is room', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const before = await pictureOf(line.store, ANA);
  const folder = await backedUp(line);
  const account = await accountOf(line);
  const mailbox = await mailboxOf(line, 'INBOX');
  await line.store.expungeItems({ account, mailbox, which: 'any', uids: [[1, 4]], at: 1 });
  await line.store.setQuota({ name: ANA, limits: { messages: 6 } });
  const full = await line.run('restore', folder, '--account', ANA);
  assert.equal(full.code, 1);
  assert.match(full.out, /^2 messages, .* came back to ana@here\.example\.$/m);
  assert.match(
    full.err,
    /ana@here\.example has no room for more\. See relais account quota ana@here\.example/,
  );
  await line.store.setQuota({ name: ANA, limits: {} });
  assert.equal((await restored(line))['messages'], 2);
  const now = (await pictureOf(line.store, ANA)).flatMap(({ messages }) => messages.map((one) => one.hash));
  assert.deepEqual(
    now,
    before.flatMap(({ messages }) => messages.map((one) => one.hash)),
  );
  await sound(line);
});

test('a message that is damaged in the backup stays away and is named; the others come', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const folder = await backedUp(line);
  await line.store.removeAccount({ address: ANA, withMail: true, at: Date.now() });
  const db = new DatabaseSync(join(folder, 'relais.db'));
  db.exec(`UPDATE content_chunk SET bytes = CAST(replace(bytes, 'yyy', 'yzy') AS BLOB) WHERE seq = 1`);
  db.exec(`UPDATE content SET bytes = x'00' WHERE message = (SELECT min(message) FROM content)`);
  db.close();
  const ran = await line.run('restore', folder, '--account', ANA);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^INBOX: 2 messages .* 2 left out: damaged in the backup \(UID 1, 4\)\.$/m);
  assert.equal((await line.run('restore', folder, '--account', ANA)).code, 1);
  await sound(line);
  const db2 = new DatabaseSync(join(line.data, 'relais.db'));
  assert.equal(db2.prepare('SELECT count(*) AS n FROM content_stage').get()?.['n'], 0);
  db2.close();
});

test('what cannot be meant is refused, with what to write', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const folder = await backedUp(line);
  const account = ['--account', ANA];
  for (const [words, code, says] of [
    [[folder, '--mailbox', 'INBOX'], 2, /--mailbox belongs to an account/],
    [[folder, ...account, '--uid', '3'], 2, /--uid is about one mailbox/],
    [[folder, ...account, '--queue', 'go'], 2, /--queue is for a whole site/],
    [[folder, '--queue', 'stop'], 2, /write one of frozen, go, drop/],
    [
      [folder, ...account, '--mailbox', 'Nowhere'],
      3,
      /no mailbox Nowhere in the backup\. Those it has there:/,
    ],
    [[folder, ...account, '--mailbox', 'INBOX', '--uid', '99'], 3, /has no message 99 in the backup/],
    [[folder, '--account', 'bob@here.example'], 3, /the backup has no account bob@here\.example/],
    [[join(line.folder, 'none'), ...account], 3, /there is no backup in \S+none: name the folder/],
    [[line.data, ...account], 2, /is the data folder itself/],
  ] as const) {
    const ran = await line.run('restore', ...words);
    assert.deepEqual([ran.code, says.test(ran.err)], [code, true], `${words.join(' ')}: ${ran.err}`);
  }
  await line.store.removeAccount({ address: ANA, withMail: true, at: Date.now() });
  await line.store.removeDomain('here.example');
  const ran = await line.run('restore', folder, ...account);
  assert.match(ran.err, /here\.example is not a domain here\. To add it: relais domain add here\.example/);
});
