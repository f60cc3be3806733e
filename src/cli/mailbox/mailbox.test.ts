import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';
import type { AccountId } from '../../core/envelope.ts';
import { SEEN } from '../../core/mailbox/flags.ts';

async function withMail(t: TestContext): Promise<CommandLine> {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await line.store.addAccount({
    address: 'ana@here.example',
    language: 'en',
    password: '',
    scram: '',
    at: 0,
  });
  for (const sender of ['bob@far.example', '<>', 'carl@far.example']) {
    await line.feed(`Subject: from ${sender}\n\nhello\n`, 'sendmail', '-f', sender, 'ana@here.example');
  }
  return line;
}

test('mailbox list shows what is there, newest last, and how to read it', async (t) => {
  const line = await withMail(t);
  const { out, code } = await line.run('mailbox', 'list', 'Ana@here.example');
  assert.equal(code, 0);
  assert.match(
    out,
    /^UID {2}Received +Size {2}From +Subject\n {2}1 {2}\d{4}-.* {2}bob@far\.example +from bob@far\.example\n {2}2 {2}.* from <>\n {2}3 /,
  );
  assert.match(out, /relais mailbox show ana@here\.example 3 --config/);
});

test('mailbox list tells notices apart by whom and what their header says, no more of it than a line has room for', async (t) => {
  const line = await withMail(t);
  const subject = '=?utf-8?Q?En_retard=2C_pas_perdu_=3A_votre_message_=C3=A0?=';
  const header = `From: Mail Delivery System <MAILER-DAEMON@here.example>\nSubject: ${subject}\n ${'x'.repeat(80)}`;
  await line.feed(`${header}\n\nhello\n`, 'sendmail', '-f', '<>', 'ana@here.example');
  const { out } = await line.run('mailbox', 'list', 'ana@here.example', '--after', '3');
  assert.match(out, / {2}Mail Delivery System {2}En retard, pas perdu : votre message à x{18,22}…\n/);
  const [one] = (await line.run('mailbox', 'list', 'ana@here.example', '--after', '3', '--json')).objects;
  assert.deepEqual([one?.['sender'], one?.['from']], ['', 'MAILER-DAEMON@here.example']);
  assert.match(String(one?.['subject']), /^En retard, pas perdu : votre message à x{80}$/);
});

test('mailbox list goes page by page, in JSON too', async (t) => {
  const line = await withMail(t);
  const { objects } = await line.run(
    'mailbox',
    'list',
    'ana@here.example',
    'inbox',
    '--after',
    '1',
    '--limit',
    '1',
    '--json',
  );
  assert.equal(objects.length, 1);
  const [{ uid, mailbox, sender, subject, reference }] = objects as [Record<string, unknown>];
  assert.deepEqual([uid, mailbox, sender, subject], [2, 'INBOX', '', 'from <>']);
  assert.match(String(reference), /^R[0-9A-Z]+$/);
});

test('mailbox list tells an empty mailbox from an account that is not there', async (t) => {
  const line = await withMail(t);
  assert.match(
    (await line.run('mailbox', 'list', 'ana@here.example', 'Archive')).out,
    /Archive of ana@here\.example is empty/,
  );
  assert.equal((await line.run('mailbox', 'list', 'bob@here.example')).code, 3);
});

test('mailbox show writes the octets as they are kept, after their Return-Path', async (t) => {
  const line = await withMail(t);
  const { bytes } = await line.run('mailbox', 'show', 'ana@here.example', '2');
  assert.ok(bytes.toString().startsWith('Return-Path: <>\r\nReceived: by mail.here.example'));
  assert.ok(bytes.toString().endsWith('\r\n\r\nhello\r\n'));
  const [object] = (await line.run('mailbox', 'show', 'ana@here.example', '2', '--json')).objects as [
    Record<string, unknown>,
  ];
  assert.equal(object['sizeBytes'], bytes.length - 'Return-Path: <>\r\n'.length);
});

test('mailbox show says when there is no such message', async (t) => {
  const line = await withMail(t);
  const missing = await line.run('mailbox', 'show', 'ana@here.example', '9');
  assert.deepEqual([missing.code, missing.bytes.length], [3, 0]);
  assert.match(
    missing.err,
    /INBOX of ana@here\.example has no message 9\. Those it has: relais mailbox list/,
  );
  assert.equal((await line.run('mailbox', 'show', 'ana@here.example', 'x')).code, 2);
});

test('mailbox list shows flags and counts, and the mailboxes of an account', async (t) => {
  const line = await withMail(t);
  const account = (await line.store.account('ana@here.example'))?.id as AccountId;
  const inbox = await line.store.mailboxNamed({ account, name: 'INBOX' });
  assert.ok(inbox !== undefined);
  const flags = { system: SEEN, keywords: ['$Forwarded'] };
  await line.store.storeFlags({ account, mailbox: inbox.id, uids: [[2, 2]], change: 'add', flags });
  const { out } = await line.run('mailbox', 'list', 'ana@here.example');
  assert.match(out, /^UID .* Flags\n(.*\n)? {2}2 .* \\Seen \$Forwarded\n/);
  assert.match(out, /INBOX: 3 messages, 2 unread, \d+ B\. All mailboxes: relais mailbox list .* --folders/);
  const folders = await line.run('mailbox', 'list', 'ana@here.example', '--folders');
  assert.match(folders.out, /^Mailbox +Messages +Unread +Size +Use\nArchive +0 +0 +0 B +\\Archive\n/);
  const { objects } = await line.run('mailbox', 'list', 'ana@here.example', '--folders', '--json');
  assert.deepEqual(
    objects.map((object) => (object as Record<string, unknown>)['mailbox']),
    ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash'],
  );
  assert.equal((await line.run('mailbox', 'list', 'ana@here.example', 'Nowhere')).code, 3);
  assert.equal((await line.run('mailbox', 'list', 'ana@here.example', 'a//b')).code, 2);
});
