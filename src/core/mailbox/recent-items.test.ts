import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailboxId } from '../envelope.ts';
import type { StoredItem } from './port.ts';
import { RecentItems } from './recent-items.ts';

const INBOX = 1 as MailboxId;
const WITH = { withContent: true };
const WITHOUT = { withContent: false };

function item(uid: number, { bytes = 1000, content = 0 } = {}): StoredItem {
  return {
    ...{ uid, sender: '', prefix: new Uint8Array(), structure: new Uint8Array(bytes) },
    ...(content === 0 ? {} : { content: new Uint8Array(content) }),
  } as unknown as StoredItem;
}

test('what was asked for last is there, in bounded memory', () => {
  const recent = new RecentItems();
  for (let uid = 1; uid <= 20_000; uid++) {
    recent.keep(INBOX, item(uid), WITHOUT);
    assert.equal(recent.find(INBOX, 1, WITHOUT)?.uid, 1, 'it is asked for all the time');
  }
  assert.ok(recent.bytes <= 8 * 1024 * 1024, `${recent.bytes}`);
  assert.equal(recent.find(INBOX, 20_000, WITHOUT)?.uid, 20_000);
  assert.deepEqual(
    [recent.find(INBOX, 2, WITHOUT), recent.find(2 as MailboxId, 20_000, WITHOUT)],
    [undefined, undefined],
  );
});

test('without its content it does not stand for one with it; one that is large is not kept', () => {
  const recent = new RecentItems();
  recent.keep(INBOX, item(1), WITHOUT);
  assert.equal(recent.find(INBOX, 1, WITH), undefined);
  recent.keep(INBOX, item(1, { content: 1000 }), WITH);
  assert.ok(recent.find(INBOX, 1, WITHOUT)?.content !== undefined);
  const before = recent.bytes;
  recent.keep(INBOX, item(1, { content: 1000 }), WITH);
  recent.keep(INBOX, item(2, { bytes: 600_000 }), WITH);
  assert.deepEqual([recent.bytes, recent.find(INBOX, 2, WITH)], [before, undefined]);
});
