import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { CommandLine, runWith } from '../../../test/command-line.ts';
import type { Streams } from '../command.ts';
import { verifyPassword } from '../../core/directory/password.ts';

async function withDomain(t: TestContext): Promise<CommandLine> {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'fr', createdAt: 0, keys: [] });
  return line;
}

test('account add makes a strong password and shows it once', async (t) => {
  const line = await withDomain(t);
  const ran = await line.run('account', 'add', 'Ana@Here.Example');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.err, /^no password was given, so one was made\. .* \| relais .* --password-stdin\n$/);
  const password = /^Password: ([a-z2-9-]{23})$/m.exec(ran.out)?.[1] as string;
  const account = await line.store.account('ana@here.example');
  assert.equal(account?.language, 'fr');
  assert.deepEqual(await verifyPassword(password, account?.password), { ok: true, outdated: false });
  assert.match(account?.scram ?? '', /^SCRAM-SHA-256\$/);
});

test('account, address and domain changes can be tried first: what would come of them, or why they would be refused', async (t) => {
  const line = await withDomain(t);
  await line.run('account', 'add', 'ana@here.example');
  const to = ['--to', 'ana@here.example'];
  const tried = async (...words: string[]): Promise<string> => {
    const ran = await line.run(...words, '--dry-run');
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /Nothing was changed \(--dry-run\)\.$/m);
    return ran.out;
  };
  assert.match(
    await tried('address', 'add', 'info@here.example', ...to),
    /^Mail for info.* would go to ana@/,
  );
  await line.run('address', 'add', 'info@here.example', ...to);
  assert.match(await tried('address', 'remove', 'info@here.example'), /^info.* would be removed, and mail/);
  assert.match(await tried('address', 'remove', 'info@here.example', ...to), /^Mail for info.* no longer go/);
  assert.match(await tried('account', 'lock', 'ana@here.example'), /would be locked/);
  await line.run('account', 'lock', 'ana@here.example', '--reason', 'stolen');
  assert.match(
    await tried('account', 'unlock', 'ana@here.example'),
    /would be unlocked. It is locked: stolen/,
  );
  await line.run('account', 'unlock', 'ana@here.example');
  assert.match(
    await tried('account', 'remove', 'ana@here.example'),
    /^ana@here\.example would be removed, with what led to it \(info@here\.example\)\. Nothing/,
  );
  const refused = await line.run('domain', 'remove', 'here.example', '--dry-run');
  assert.deepEqual([refused.code, /still has 1 account and 1 address/.test(refused.err)], [1, true]);
  const missing = await line.run('account', 'remove', 'bob@here.example', '--dry-run');
  assert.equal(missing.code, 3);
  const listed = await line.run('address', 'list', 'here.example', '--json');
  assert.equal(listed.objects.filter(({ address }) => /^(ana|info)@/.test(String(address))).length, 2);
  assert.equal((await line.store.account('ana@here.example'))?.lockedReason, undefined);
  await line.run('account', 'remove', 'ana@here.example');
  assert.match(await tried('domain', 'remove', 'here.example'), /would be removed, and its DKIM keys/);
});

test('account add takes the first line of standard input', async (t) => {
  const line = await withDomain(t);
  const ran = await line.feed(
    'a long secret\r\nignored',
    'account',
    'add',
    'ana@here.example',
    '--password-stdin',
    '--json',
  );
  assert.deepEqual(ran.objects, [
    { schema: 'relais.account-add/1', address: 'ana@here.example', result: 'added', language: 'fr' },
  ]);
  assert.equal(ran.err, '');
  const account = await line.store.account('ana@here.example');
  assert.equal((await verifyPassword('a long secret', account?.password)).ok, true);
});

test('account add --ask needs a keyboard, and the same password twice', async (t) => {
  const line = await withDomain(t);
  const words = ['account', 'add', 'ana@here.example', '--ask', '--config', line.config];
  const noKeyboard = await line.run(...words);
  assert.equal(noKeyboard.code, 2);
  assert.match(noKeyboard.err, /no keyboard to ask at\. .*--password-stdin/);
  const different = await runWith(words, keyboard('one secret\rother\r'));
  assert.equal(different.code, 1);
  assert.match(different.err, /not the same/);
  const ran = await runWith(words, keyboard('one secrex\u007ft\rone secret\r'));
  assert.equal(ran.code, 0, ran.err);
  assert.doesNotMatch(ran.out + ran.err, /secret/);
  const account = await line.store.account('ana@here.example');
  assert.equal((await verifyPassword('one secret', account?.password)).ok, true);
});

function keyboard(typed: string): Streams['in'] {
  const setRawMode = (): never => undefined as never;
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
  input.end(typed);
  return input;
}

test('account add says what is in the way', async (t) => {
  const line = await withDomain(t);
  const elsewhere = await line.run('account', 'add', 'ana@else.example');
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.err, /relais domain add else\.example/);
  await line.run('account', 'add', 'ana@here.example');
  assert.match(
    (await line.run('account', 'add', 'ana@here.example')).err,
    /is an account already\. To change its password: relais account passwd/,
  );
  assert.equal((await line.run('account', 'add', 'ana')).code, 2);
  assert.match(
    (await line.feed('\n', 'account', 'add', 'bob@here.example', '--password-stdin')).err,
    /the password is empty/,
  );
});

test('account lock and unlock print each other as their undo', async (t) => {
  const line = await withDomain(t);
  await line.run('account', 'add', 'ana@here.example');
  assert.equal((await line.run('account', 'lock', 'ana@here.example')).code, 2);
  const locked = await line.run('account', 'lock', 'ana@here.example', '--reason', "it's stolen");
  assert.match(locked.out, /^Undo: relais account unlock ana@here\.example --config /m);
  assert.match((await line.run('account', 'list')).out, /^ana@here\.example .*locked: it's stolen$/m);
  const unlocked = await line.run('account', 'unlock', 'ana@here.example');
  assert.match(unlocked.out, /^Undo: relais account lock ana@here\.example --reason 'it'\\''s stolen' /m);
  assert.equal((await line.run('account', 'unlock', 'ana@here.example')).code, 3);
  assert.equal((await line.run('account', 'unlock', 'bob@here.example')).code, 3);
});

test('account passwd changes the password of an account that is there', async (t) => {
  const line = await withDomain(t);
  await line.run('account', 'add', 'ana@here.example');
  const ran = await line.run('account', 'passwd', 'ana@here.example', '--json');
  const account = await line.store.account('ana@here.example');
  assert.equal((await verifyPassword(String(ran.objects[0]?.['password']), account?.password)).ok, true);
  assert.equal((await line.run('account', 'passwd', 'bob@here.example')).code, 3);
});

test('account list is one object an account, and 3 when a domain has none', async (t) => {
  const line = await withDomain(t);
  await line.run('account', 'add', 'ana@here.example');
  const { objects } = await line.run('account', 'list', 'here.example', '--json');
  assert.deepEqual(objects, [
    {
      schema: 'relais.account-list/1',
      address: 'ana@here.example',
      language: 'fr',
      messages: 0,
      locked: false,
    },
  ]);
  assert.equal((await line.run('account', 'list', 'else.example')).code, 3);
});

test('account remove keeps an account with mail unless told otherwise', async (t) => {
  const line = await withDomain(t);
  await line.run('account', 'add', 'ana@here.example');
  await line.run('address', 'add', 'sales@here.example', '--to', 'ana@here.example');
  await line.feed('Subject: x\n\nhello\n', 'sendmail', 'ana@here.example');
  const kept = await line.run('account', 'remove', 'ana@here.example');
  assert.equal(kept.code, 1);
  assert.match(kept.err, /has 1 message, .*--with-mail/);
  const removed = await line.run('account', 'remove', 'ana@here.example', '--with-mail', '--json');
  assert.deepEqual(removed.objects, [
    {
      schema: 'relais.account-remove/1',
      ...{ address: 'ana@here.example', result: 'removed', messages: 1, addresses: ['sales@here.example'] },
    },
  ]);
  assert.deepEqual(await line.store.listAddresses(undefined), []);
});

test('account quota sets what an account or a domain may keep, and shows what is used', async (t) => {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  const about = { address: 'ana@here.example', language: 'en' as const, password: '', scram: '', at: 0 };
  await line.store.addAccount(about);
  const run = (...args: string[]) => line.run('account', 'quota', ...args);
  assert.match((await run('ana@here.example')).out, /has 0 B in 0 messages: no limit of its own\./);
  assert.match((await run('ana@here.example', '--size', '5GB')).out, /^ana@here\.example: at most 5GB\./);
  assert.match((await run('here.example', '--messages', '9')).out, /^here\.example: at most 9 messages\./);
  const [object] = (await run('ana@here.example', '--json')).objects as [Record<string, unknown>];
  assert.deepEqual(object['limits'], { sizeBytes: 5_000_000_000, messages: null });
  assert.deepEqual((object['domain'] as Record<string, unknown>)['limits'], { sizeBytes: null, messages: 9 });
  const both = /^ana@here\.example: at most 5GB and 7 messages\./;
  assert.match((await run('ana@here.example', '--messages', '7')).out, both);
  assert.match((await run('ana@here.example', '--none')).out, /no limit of its own/);
  assert.equal((await run('bob@here.example', '--none')).code, 3);
  assert.equal((await run('ana@here.example', '--none', '--size', '1GB')).code, 2);
  assert.equal((await run('here.example')).code, 2);
});

test('account add of a name that is an alias says whose, and what to do', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('domain', 'add', 'here.example');
  await line.run('address', 'add', 'ana@here.example', '--to', 'x@else.example');
  assert.match(
    (await line.run('account', 'add', 'ana@here.example')).err,
    /is an address already: its mail goes to x@else\.example\. .* first relais address remove ana@here\.example/,
  );
});
