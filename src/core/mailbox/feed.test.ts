import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, MailboxId } from '../envelope.ts';
import { MailboxFeed } from './feed.ts';

const [ANN, INBOX, SENT] = [1 as AccountId, 2 as MailboxId, 3 as MailboxId];

function change(
  mailbox: MailboxId,
  modseq: number,
): { account: AccountId; mailbox: MailboxId; modseq: number } {
  return { account: ANN, mailbox, modseq };
}

test('a watcher is told of its mailbox, once for each MODSEQ, until it cancels', () => {
  const feed = new MailboxFeed();
  const told: number[] = [];
  const watch = feed.watch(INBOX, ({ modseq }) => told.push(modseq));
  feed.heard([change(INBOX, 5), change(SENT, 9)]);
  feed.heard([change(INBOX, 5), change(INBOX, 4), change(INBOX, 7)]);
  watch.cancel();
  feed.heard([change(INBOX, 8)]);
  assert.deepEqual(told, [5, 7]);
});

test('who watches an account is told of all its mailboxes', () => {
  const feed = new MailboxFeed();
  let told = 0;
  const watch = feed.watchAccount(ANN, () => told++);
  feed.heard([change(INBOX, 5), { ...change(SENT, 1), account: 9 as AccountId }]);
  assert.equal(told, 1);
  // What is subscribed or noted raises no MODSEQ.
  feed.heard([change(INBOX, 5)]);
  assert.equal(told, 2);
  watch.cancel();
  feed.heard([change(SENT, 2)]);
  assert.equal(told, 2);
});

test('what was not heard is found by looking again', async () => {
  const feed = new MailboxFeed();
  const told: number[] = [];
  feed.watch(INBOX, ({ modseq }) => told.push(modseq));
  feed.heard([change(INBOX, 5)]);
  const at = (modseq: number) => ({ mailboxModseqs: async () => [{ mailbox: INBOX, modseq }] });
  await feed.lookAgain(at(5));
  let askedAgain = 0;
  feed.watchAccount(ANN, () => askedAgain++);
  await feed.lookAgain(at(6));
  assert.deepEqual(told, [5, 6]);
  assert.equal(askedAgain, 1, 'who watches an account looks for itself');
});
