/** An account is removed between RCPT and the end of DATA: that message is put off, and nothing of it is left in the others' mailboxes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgres } from '../../src/store/postgres/open.ts';
import type { SqlStore } from '../../src/store/store.ts';
import { Dialogue } from '../load.ts';
import { postgres } from '../postgres.ts';
import { ALICE, BOB, startWorld, type World } from '../world.ts';

/** The first letter, and six that nobody has: looking for its thread takes a while. */
const REFERENCES = [0, 1, 2, 3, 4, 5, 6].map((number) => `<m${number}@far.example>`).join(' ');

async function removedMeanwhile(world: World, store: SqlStore): Promise<void> {
  const client = await Dialogue.open(world.mx);
  const send = async (id: string, to: readonly string[], before = async () => {}): Promise<number> => {
    await client.command('MAIL FROM:<s@far.example>');
    for (const one of to) assert.equal((await client.command(`RCPT TO:<${one}>`)).code, 250);
    await before();
    assert.equal((await client.command('DATA')).code, 354);
    const references = id === 'm0' ? '' : `\r\nReferences: ${REFERENCES}`;
    const head = `From: <s@far.example>\r\nTo: <x@x.example>\r\nDate: Mon, 30 Nov 2026 02:00:00 +0000\r\nMessage-ID: <${id}@far.example>${references}\r\nSubject: Re: plan`;
    return (await client.command(`${head}\r\n\r\nhello\r\n.`)).code;
  };
  assert.equal(await send('m0', [ALICE]), 250);
  const removed = async (): Promise<void> => {
    assert.equal(await store.removeAccount({ address: BOB, withMail: true, at: Date.now() }), 'done');
  };
  assert.equal(await send('m9', [ALICE, BOB], removed), 451);
  for (const id of ['n1', 'n2', 'n3']) assert.equal(await send(id, [ALICE]), 250);
  assert.equal(await world.inbox(ALICE), 4);
  assert.deepEqual(await store.verifyRows({ limit: 10 }), []);
}

test('on SQLite, a recipient who is removed in the middle of a message leaves nothing behind', async (t) => {
  const world = await startWorld();
  t.after(() => world.stop());
  await removedMeanwhile(world, world.store);
});

test('on PostgreSQL, a recipient who is removed in the middle of a message leaves nothing behind', async (t) => {
  const database = await postgres(t);
  if (database === undefined) return;
  const url = await database.database();
  const world = await startWorld({ store: url });
  t.after(() => world.stop());
  const store = await openPostgres(url);
  t.after(() => store.close());
  await removedMeanwhile(world, store);
});
