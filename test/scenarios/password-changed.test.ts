/** A changed password ends what was begun with the old one: whoever had it is out. */
import assert from 'node:assert/strict';
import { makeCredentials, formatScramKeys } from '../../src/core/directory/password.ts';
import { systemRandom } from '../../src/base/random.ts';
import { onBothStores } from '../post.ts';
import { ALICE, BOB, PASSWORD, type World } from '../world.ts';
import type { Dialogue } from '../dialogue.ts';

const PLAIN = { login: { plainOnLoopback: true } };

async function changePassword({ store }: World, address: string): Promise<void> {
  const { hash: password, scram } = await makeCredentials('another one', systemRandom);
  assert.equal(await store.setPassword({ address, password, scram: formatScramKeys(scram) }), 'done');
}

/** A session for submission, logged in. */
async function sender(world: World, address: string): Promise<Dialogue> {
  const dialogue = await world.dialogue(world.submission);
  await dialogue.reply();
  const login = Buffer.from(`\0${address}\0${PASSWORD}`).toString('base64');
  for (const line of ['EHLO client.example', `AUTH PLAIN ${login}`]) {
    await dialogue.send(`${line}\r\n`);
    await dialogue.reply();
  }
  return dialogue;
}

onBothStores('a session that sends ends at its next message', PLAIN, async (world) => {
  const [alice, bob] = [await sender(world, ALICE), await sender(world, BOB)];
  await changePassword(world, ALICE);
  await alice.send(`MAIL FROM:<${ALICE}>\r\n`);
  const reply = await alice.reply();
  assert.ok(reply !== 'closed');
  assert.deepEqual([reply.code, reply.enhanced], [530, '5.7.0']);
  assert.equal(await alice.reply(), 'closed');
  await bob.send(`MAIL FROM:<${BOB}>\r\n`);
  const other = await bob.reply();
  assert.equal(other !== 'closed' && other.code, 250);
});
