import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgres } from '../../../test/postgres.ts';
import { anAccount, delivered } from '../../../test/stores.ts';
import type { MailboxChange } from '../../core/mailbox/port.ts';
import { openPostgres } from './open.ts';

test('a mailbox that one server changes is told of on the others, and not twice on its own', async (t) => {
  const server = await postgres(t);
  if (server === undefined) return;
  const url = await server.database();
  const [ours, theirs] = [await openPostgres(url), await openPostgres(url)];
  t.after(() => Promise.all([ours.close(), theirs.close()]));
  const account = await anAccount(ours);
  const here: MailboxChange[] = [];
  ours.onMailboxChanges((changes, by) => {
    assert.equal(by, 'us');
    here.push(...changes);
  });
  let there: MailboxChange | undefined;
  theirs.onMailboxChanges((changes, by) => {
    assert.equal(by, 'others');
    there ??= changes.at(-1);
  });
  // Until both listen, word is lost.
  let made = 0;
  for (; there === undefined && made < 10_000; made++) await delivered(ours, account.id);
  const [inbox] = (await ours.mailboxes(account.id)).filter(({ name }) => name === 'INBOX');
  assert.deepEqual([there?.account, there?.mailbox], [account.id, inbox?.id]);
  assert.equal(here.length, made);
});
