import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { accepted, CommandLine } from '../../../test/command-line.ts';

/** Two messages in a mailbox, one of them large, and one in the queue. */
async function withMail(t: TestContext): Promise<CommandLine> {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  const account = { address: 'ana@here.example', language: 'en', password: '', scram: '', at: 0 } as const;
  await line.store.addAccount(account);
  for (const text of ['hello', 'x'.repeat(70).concat('\n').repeat(10_000)])
    await line.feed(`Subject: one\n\n${text}\n`, 'sendmail', '-f', 'bob@far.example', 'ana@here.example');
  await accepted(line, { recipients: ['bob@far.example'] });
  return line;
}

function damage(line: CommandLine, statement: string): void {
  const db = new DatabaseSync(join(line.data, 'relais.db'));
  assert.equal(db.prepare(statement).run().changes, 1, statement);
  db.close();
}

test('what is whole is said to be right, with how much was looked at', async (t) => {
  const line = await withMail(t);
  const { code, out } = await line.run('verify');
  assert.equal(code, 0, out);
  assert.match(out, /^3 messages, 7\d\d(\.\d)? kB, and all counts: everything is right\.$/m);
  assert.match((await line.run('verify', '--rows')).out, /^Counts and rows: everything is right\.$/m);
  const empty = await CommandLine.open(t);
  await empty.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  assert.match((await empty.run('verify')).out, /^0 messages, 0 B, and all counts: everything is right/m);
});

test('each kind of damage is found and named, and nothing else is', async (t) => {
  const first = '(SELECT min(id) FROM message)';
  const cases: readonly (readonly [statement: string, faults: readonly string[]])[] = [
    [
      `UPDATE content SET bytes = CAST(replace(bytes, 'hello', 'hallo') AS BLOB) WHERE message = ${first}`,
      ['hash'],
    ],
    [`UPDATE content SET hash = zeroblob(32) WHERE message = ${first}`, ['hash']],
    [`UPDATE message SET size = size + 1 WHERE id = ${first}`, ['size']],
    [
      `UPDATE message SET prefix = CAST(prefix || x'0D0A' AS BLOB) WHERE id = ${first}`,
      ['size', 'structure'],
    ],
    [`UPDATE message SET refs = refs + 1 WHERE id = ${first}`, ['references']],
    [`DELETE FROM content WHERE message = ${first}`, ['no-content']],
    [`UPDATE mailbox SET messages = messages + 1 WHERE name = 'INBOX'`, ['mailbox']],
    [`UPDATE mailbox SET uid_next = 2 WHERE name = 'INBOX'`, ['mailbox']],
    [`UPDATE mailbox_item SET flags = 8 WHERE uid = 1`, ['mailbox']],
    [`DELETE FROM mailbox_item WHERE uid = 1`, ['mailbox', 'references']],
    [`UPDATE mailbox SET flag_changes = 5 WHERE name = 'INBOX'`, ['mailbox']],
    [
      `INSERT INTO flag_change SELECT id, modseq, 1, 1, 'add', 1 FROM mailbox WHERE name = 'INBOX'`,
      ['mailbox'],
    ],
    [`DELETE FROM delivery WHERE state = 'ready'`, ['references']],
    [`UPDATE delivery SET state = 'held', hold_group = 1 WHERE state = 'ready'`, ['held']],
    [
      `INSERT INTO hold_group (id, account, login, campaign, state, first_at, last_at, messages, recipients, size, subject, sample,
         expires_at, warned, owners) VALUES (7, 1, 'a@x.example', 'c', 'open', 0, 0, 1, 1, 1, '', '{}', 0, 0, 0)`,
      ['group'],
    ],
    [`INSERT INTO content (message, hash, bytes) VALUES (999999, x'00', x'00')`, ['spare-content']],
    [`DELETE FROM content_chunk WHERE seq = 1`, ['hash', 'size']],
  ];
  for (const [statement, faults] of cases) {
    const line = await withMail(t);
    damage(line, statement);
    const { code, objects } = await line.run('verify', '--json');
    const found = objects.flatMap(({ fault }) => (fault === undefined ? [] : [String(fault)]));
    assert.deepEqual([code, [...new Set(found)].sort()], [1, faults], statement);
    assert.equal(objects.at(-1)?.['faults'], found.length);
    assert.match((await line.run('verify')).out, /: \d faults?\.$/m);
  }
});
