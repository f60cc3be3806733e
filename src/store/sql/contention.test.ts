import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '../../core/envelope.ts';
import { inboxesAmong, rowOfInbox, rowsOf } from './contention.ts';

const to = (...accounts: number[]) => ({ copies: accounts.map((account) => ({ account })) });
const accept = (input: object) => rowsOf({ name: 'accept', input });
const inboxes = (...accounts: number[]) => accounts.map((account) => rowOfInbox(account as AccountId));

test('mail names the INBOXes that it goes to, and those of all that it may cause', () => {
  assert.deepEqual(accept(to(3, 1, 3)), inboxes(1, 3));
  const input = {
    ...to(1),
    notices: [to(5)],
    quota: { warnings: [{ account: 4, level: 80, notice: to(4) }], relieved: [] },
    replies: [{ account: 1, sender: 'x@here.example', everyMs: 1, notice: to(2) }],
  };
  assert.deepEqual(accept(input), inboxes(1, 2, 4, 5));
  assert.deepEqual(rowsOf({ name: 'settle', input: { notice: input } }), inboxes(1, 2, 4, 5));
  assert.deepEqual(rowsOf({ name: 'settle', input: {} }), []);
});

test('what is held names its account and whom it tells, and no INBOX that it goes to once it is released', () => {
  const input = {
    ...to(1),
    account: 6,
    judged: { hold: { group: 1 } },
    holdNotices: { held: { key: 'k', notice: to(6) }, stopped: to(7) },
  };
  assert.deepEqual(accept(input), ['account 6', ...inboxes(6, 7)]);
});

test('other operations name what their input names, an account only where they hold it', () => {
  const input = { account: 1, mailbox: 2, to: 3 };
  assert.deepEqual(rowsOf({ name: 'moveItems', input }), ['mailbox 2', 'mailbox 3']);
  assert.deepEqual(rowsOf({ name: 'copyItems', input: { ...input, limits: { bytes: 1 } } }), [
    'account 1',
    'mailbox 2',
    'mailbox 3',
  ]);
  assert.deepEqual(rowsOf({ name: 'createMailbox', input }), ['account 1']);
  assert.deepEqual(rowsOf({ name: 'releasePath', input: { path: 'p>a' } }), ['path p>a']);
  assert.deepEqual(rowsOf({ name: 'thaw', input }), []);
});

test('INBOXes are told from other rows, in the order in which they are locked', () => {
  assert.deepEqual(
    inboxesAmong([...inboxes(10), 'account 1', 'path INBOX of account 3', ...inboxes(9)]),
    [9, 10],
  );
});
