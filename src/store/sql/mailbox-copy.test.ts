import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailboxId } from '../../core/envelope.ts';
import { itemRows } from './mailbox-copy.ts';
import type { Row, Sql } from './sql.ts';

test('items of a mailbox are read however many there are', async () => {
  const many: Row[] = Array.from({ length: 300_000 }, (_, index) => ({ uid: index + 1 }));
  const sql: Sql = { all: async () => many, run: async () => 0, tell: () => undefined };
  const rows = await itemRows(sql, { mailbox: 1 as MailboxId, uids: [[1, many.length]] });
  assert.deepEqual([rows.length, rows.at(-1)], [many.length, many.at(-1)]);
});
