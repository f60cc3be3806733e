import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { anAccount, anItem, NOW } from '../../../test/stores.ts';
import type { MailboxId } from '../../core/envelope.ts';
import type { Call } from '../sql/sql.ts';
import type { SqlStore } from '../store.ts';
import { databaseFile, openSqliteThreaded } from './open.ts';
import { RememberedReads } from './remembered.ts';

const CALL = { name: 'mailboxNamed', input: { account: 1, name: 'INBOX' } };

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'relais-remembered-'));
  const file = join(folder, 'relais.db');
  const writer = new DatabaseSync(file);
  writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (0)');
  const reads = new RememberedReads(file);
  t.after(() => {
    reads.close();
    if (writer.isOpen) writer.close();
    rmSync(folder, { recursive: true });
  });
  let asked = 0;
  const answer = (): { n: number } => writer.prepare('SELECT n FROM t').get() as { n: number };
  const ask = async (): Promise<unknown> => {
    asked++;
    return answer();
  };
  const read = (call: Call = CALL) => reads.read(call, ask) as Promise<{ n: number }>;
  return { writer, reads, read, answer, asked: () => asked };
}

test('an answer is given again until somebody commits, and not after', async (t) => {
  const { writer, read, asked } = open(t);
  for (let n = 1; n <= 50; n++) {
    writer.exec(`UPDATE t SET n = ${n}`);
    for (let time = 0; time < 3; time++) assert.equal((await read()).n, n);
    assert.equal(asked(), n);
  }
  writer.exec('BEGIN IMMEDIATE; UPDATE t SET n = 99');
  assert.equal((await read()).n, 50, 'not committed');
  writer.exec('COMMIT');
  assert.equal((await read()).n, 99);
});

test('what is committed while the store is asked is not covered by an older answer', async (t) => {
  const { writer, reads, read, answer } = open(t);
  const old = await reads.read(CALL, async () => {
    const read = answer();
    writer.exec('UPDATE t SET n = 7');
    return read;
  });
  assert.deepEqual({ ...(old as object) }, { n: 0 });
  assert.equal((await read()).n, 7);
});

test('only questions of its list are remembered, each by itself, and no long ones', async (t) => {
  const { read, asked } = open(t);
  const ids = Array.from({ length: 200 }, (_, id) => id);
  for (const call of [CALL, { ...CALL, input: { account: 2, name: 'INBOX' } }]) {
    await read(call);
    await read(call);
  }
  assert.equal(asked(), 2);
  for (const call of [
    { name: 'snapshot', input: {} },
    { name: 'mailboxModseqs', input: ids },
  ]) {
    await read(call);
    await read(call);
  }
  assert.equal(asked(), 6);
});

test('nobody changes an answer that others get too', async (t) => {
  const { read } = open(t);
  await read();
  const answer = await read();
  assert.throws(() => Object.assign(answer, { n: 5 }), TypeError);
});

test('once closed it asks each time', async (t) => {
  const { reads, read, asked } = open(t);
  await read();
  reads.close();
  reads.close();
  await read();
  await read();
  assert.equal(asked(), 3);
});

test('two servers on one file each know at once what the other did, whatever becomes of the log', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-remembered-'));
  const stores = [await openSqliteThreaded(folder), await openSqliteThreaded(folder)];
  const raw = new DatabaseSync(databaseFile(folder));
  t.after(async () => {
    raw.close();
    for (const store of stores) await store.close();
    rmSync(folder, { recursive: true });
  });
  const [one] = stores as [SqlStore];
  const { id: account } = await anAccount(one);
  const inbox = await one.mailboxNamed({ account, name: 'INBOX' });
  const ref = { account, mailbox: inbox?.id as MailboxId };
  for (let turn = 0; turn < 60; turn++) {
    const appended = await (stores[turn % 2] as SqlStore).appendItems({
      ...ref,
      items: [await anItem(one)],
      at: NOW,
    });
    assert.ok(appended.ok);
    for (const store of stores)
      for (let time = 0; time < 2; time++) {
        const [found] = await store.mailboxModseqs([ref.mailbox]);
        assert.equal(found?.modseq, appended.modseq);
        const named = await store.mailboxNamed({ account, name: 'INBOX' });
        assert.equal(named?.highestModseq, appended.modseq);
      }
    if (turn % 7 === 0) raw.exec(`PRAGMA wal_checkpoint(${turn % 2 === 0 ? 'TRUNCATE' : 'RESTART'})`);
  }
});
