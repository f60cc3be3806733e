/** What a message is made of is kept with it when it is delivered, and its thread found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStructure } from '../../src/wire/mime/structure-codec.ts';
import { submit } from '../account.ts';
import { inboxOf } from '../inbox.ts';
import { ALICE, BOB, startWorld } from '../world.ts';

test('a delivered message has its structure, its preview and its thread', async (t) => {
  const world = await startWorld({ login: { plainOnLoopback: true } });
  t.after(() => world.stop());
  const send = async (subject: string, fields: string): Promise<void> => {
    const letter = { to: [BOB], fields, subject, text: 'How are you?' };
    assert.match(await submit(world, ALICE, { from: '127.0.0.1', letter }), /^250/);
  };
  await send('Lunch', 'Message-ID: <1@x.example>\r\n');
  await send('Re: Lunch', 'Message-ID: <2@x.example>\r\nReferences: <1@x.example>\r\n');
  await send('Dinner', '');
  const account = (await world.store.account(BOB)) ?? assert.fail();
  const items = await inboxOf(world.store, account.id);
  for (const { structure, preview, sizeBytes } of items) {
    const { root } = decodeStructure(Buffer.from(structure ?? assert.fail())) ?? assert.fail();
    assert.equal(root.headerBytes + root.bodyBytes, sizeBytes, 'our trace fields are in it');
    assert.equal(preview, 'How are you?');
  }
  const [first, answer, other] = items.map(({ thread }) => thread);
  assert.equal(answer, first);
  assert.notEqual(other, first);
});
