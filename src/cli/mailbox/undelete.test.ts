import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINES, CommandLine } from '../../../test/command-line.ts';
import { pictureOf } from '../../../test/picture.ts';
import type { AccountId, MailboxId } from '../../core/envelope.ts';
import { DELETED } from '../../core/mailbox/flags.ts';

const ANA = 'ana@here.example';
const DAY = 86_400_000;

async function withMail(line: CommandLine): Promise<{ account: AccountId; inbox: MailboxId }> {
  const { store } = line;
  await store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await store.addAccount({ address: ANA, language: 'en', password: '', scram: '', at: 0 });
  for (const subject of ['one', 'two', 'three'])
    await line.feed(`Subject: ${subject}\n\nhello\n`, 'sendmail', '-f', 'bob@far.example', ANA);
  const account = (await store.account(ANA))?.id as AccountId;
  const inbox = (await store.mailboxNamed({ account, name: 'INBOX' }))?.id as MailboxId;
  return { account, inbox };
}

/** How many messages each mailbox that has any has. */
async function counts(line: CommandLine): Promise<Record<string, number>> {
  const mailboxes = await pictureOf(line.store, ANA);
  const filled = mailboxes.filter(({ messages }) => messages.length > 0);
  return Object.fromEntries(filled.map(({ name, messages }) => [name, messages.length]));
}

for (const [name, open] of Object.entries(COMMAND_LINES)) {
  test(`on ${name}, what was expunged and what was deleted come back, once`, async (t) => {
    const line = await open(t);
    if (line === undefined) return;
    const { account, inbox } = await withMail(line);
    const at = Date.now();
    const { store } = line;
    await store.createMailbox({ account, name: 'Box', at });
    const box = (await store.mailboxNamed({ account, name: 'Box' }))?.id as MailboxId;
    await store.copyItems({ account, mailbox: inbox, uids: [[1, 3]], to: box, at });
    const before = await pictureOf(store, ANA);
    const flags = { system: DELETED, keywords: [] };
    await store.storeFlags({ account, mailbox: inbox, uids: [[2, 3]], change: 'add', flags });
    await store.expungeItems({ account, mailbox: inbox, which: 'deleted', at });
    await store.expungeItems({ account, mailbox: box, uids: [[1, 1]], which: 'any', at });
    await store.deleteMailbox({ account, name: 'Box', at });
    const dry = await line.run('mailbox', 'undelete', ANA, '--dry-run');
    assert.match(
      dry.out,
      /^Box, deleted .*, with 2 messages\nINBOX: 2 messages .*\nBox: 1 message .*\n5 messages, .*, and 1 mailbox would come back\. Nothing/,
    );
    assert.deepEqual(await counts(line), { INBOX: 1 });
    const one = await line.run('mailbox', 'undelete', ANA, '--mailbox', 'INBOX', '--uid', '3');
    assert.match(one.out, /^INBOX: 1 message .*\n1 message, \d+ B, and 0 mailboxes came back\.$/m);
    assert.deepEqual(await counts(line), { INBOX: 2 });
    const rest = await line.run('mailbox', 'undelete', ANA, '--since', '24h', '--json');
    assert.deepEqual([rest.code, rest.objects.at(-1)?.['messages']], [0, 4]);
    const sorted = (all: typeof before): unknown =>
      all.map((mailbox) => [mailbox.name, mailbox.isSubscribed, mailbox.messages.map((m) => m.hash).sort()]);
    const after = await pictureOf(store, ANA);
    assert.deepEqual(
      sorted(after),
      sorted(
        before.map((mailbox) => (mailbox.name === 'Box' ? { ...mailbox, isSubscribed: true } : mailbox)),
      ),
    );
    assert.ok(after.every(({ messages }) => messages.every((message) => message.flags.length === 0)));
    assert.equal((await line.run('mailbox', 'undelete', ANA, '--since', '24h')).code, 3);
    assert.equal((await line.run('verify')).code, 0);
  });
}

test('only what went since then comes back, and a deleted mailbox whose name is taken comes under another', async (t) => {
  const line = await CommandLine.open(t);
  const { account, inbox } = await withMail(line);
  const { store } = line;
  const now = Date.now();
  await store.expungeItems({ account, mailbox: inbox, uids: [[1, 1]], which: 'any', at: now - 3 * DAY });
  await store.expungeItems({ account, mailbox: inbox, uids: [[2, 2]], which: 'any', at: now });
  assert.match((await line.run('mailbox', 'undelete', ANA, '--since', '2d')).out, /^INBOX: 1 message/);
  await store.createMailbox({ account, name: 'Box', at: now });
  await store.deleteMailbox({ account, name: 'Box', at: now });
  await store.createMailbox({ account, name: 'Box', at: now });
  const ran = await line.run('mailbox', 'undelete', ANA, '--mailbox', 'box');
  assert.equal(ran.code, 3);
  assert.match(
    (await line.run('mailbox', 'undelete', ANA, '--mailbox', 'Box')).out,
    /0 messages as Box \(2\)$/m,
  );
  assert.ok((await store.mailboxes(account)).some((mailbox) => mailbox.name === 'Box (2)'));
});

test('undelete says what to write, and what to do where there is no room', async (t) => {
  const line = await CommandLine.open(t);
  const { account, inbox } = await withMail(line);
  const bare = await line.run('mailbox', 'undelete', ANA);
  assert.deepEqual([bare.code, /with --mailbox NAME or --since 24h/.test(bare.err)], [2, true]);
  assert.equal((await line.run('mailbox', 'undelete', ANA, '--uid', '1')).code, 2);
  await line.store.expungeItems({ account, mailbox: inbox, which: 'any', uids: [[1, 2]], at: Date.now() });
  await line.store.setQuota({ name: ANA, limits: { messages: 2 } });
  const full = await line.run('mailbox', 'undelete', ANA, '--since', '1h');
  assert.equal(full.code, 1);
  assert.match(full.err, /has no room for all of it\. See relais account quota/);
  assert.deepEqual(await counts(line), { INBOX: 1 });
});
