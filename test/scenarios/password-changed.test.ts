/** A changed password ends what was begun with the old one: whoever had it is out. */
import assert from 'node:assert/strict';
import { makeCredentials, formatScramKeys } from '../../src/core/directory/password.ts';
import { systemRandom } from '../../src/base/random.ts';
import { ImapTalk } from '../imap/talk.ts';
import { onBothStores } from '../post.ts';
import { ALICE, BOB, PASSWORD, type World } from '../world.ts';
import type { Dialogue } from '../dialogue.ts';

const PLAIN = { login: { plainOnLoopback: true } };

async function changePassword({ store }: World, address: string): Promise<void> {
  const { hash: password, scram } = await makeCredentials('another one', systemRandom);
  assert.equal(
    await store.setPassword({ address, password, scram: formatScramKeys(scram), at: Date.now() }),
    'done',
  );
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

onBothStores('sessions that read end within seconds, those of others go on', PLAIN, async (world) => {
  const idler = await ImapTalk.loggedIn({ port: world.imap, user: ALICE, password: PASSWORD });
  await idler.ask('SELECT INBOX');
  idler.send('i IDLE\r\n');
  assert.match(await idler.response(), /^\+ /);
  const pop3 = await ImapTalk.open({ port: world.pop3 });
  await pop3.response();
  pop3.send(`USER ${ALICE}\r\nPASS ${PASSWORD}\r\n`);
  assert.match((await pop3.response()) + (await pop3.response()), /Welcome/);
  const bob = await ImapTalk.loggedIn({ port: world.imap, user: BOB, password: PASSWORD });

  await changePassword(world, ALICE);
  assert.match(await idler.response(), /^\* BYE \[AUTHENTICATIONFAILED\] /);
  assert.match(await pop3.response(), /^-ERR \[AUTH\] /);
  assert.deepEqual([await idler.response(), await pop3.response()], ['closed', 'closed']);
  const again = await ImapTalk.loggedIn({ port: world.imap, user: ALICE, password: 'another one' });
  assert.match((await bob.ask('NOOP')).at(-1) ?? '', /^OK/);

  await world.store.removeAccount({ address: BOB, withMail: true, at: Date.now() });
  assert.match(await bob.response(), /^\* BYE .*not there any more/);
  assert.match((await again.ask('NOOP')).at(-1) ?? '', /^OK/);
});
