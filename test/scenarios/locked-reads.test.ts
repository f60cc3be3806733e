/** Who may not send any more still reads what is told to them, and gets mail. */
import assert from 'node:assert/strict';
import { submit } from '../account.ts';
import { ImapTalk } from '../imap/talk.ts';
import { onBothStores, post } from '../post.ts';
import { ALICE, PASSWORD } from '../world.ts';

onBothStores(
  'a locked account reads by IMAP and POP3, and gets mail; it sends nothing until it is unlocked',
  { login: { plainOnLoopback: true } },
  async (world) => {
    const lock = (reason: string | undefined): Promise<unknown> =>
      world.store.lockAccount({ address: ALICE, reason, at: Date.now() });
    const letter = { to: ['friend@far.example'], subject: 'x', text: 'x' };
    await lock('it sends spam');
    assert.match(
      await submit(world, ALICE, { from: '127.0.0.1', letter }),
      /^535 5\.7\.13 This account may not send: change the password, (?!.*it sends spam)/,
    );
    assert.match(await post(world, { to: [ALICE], fields: 'Subject: you are stopped\r\n' }), /^250 /);

    const imap = await ImapTalk.loggedIn({ port: world.imap, user: ALICE, password: PASSWORD });
    assert.match((await imap.ask('SELECT INBOX')).join('\n'), /^\* 1 EXISTS$/m);
    const pop3 = await ImapTalk.open({ port: world.pop3 });
    await pop3.response();
    for (const [command, answer] of [
      [`USER ${ALICE}`, /^\+OK/],
      [`PASS ${PASSWORD}`, /^\+OK Welcome; messages: 1$/],
    ] as const) {
      pop3.send(`${command}\r\n`);
      assert.match(await pop3.response(), answer);
    }
    await lock(undefined);
    assert.match(await submit(world, ALICE, { from: '127.0.0.1', letter }), /^250 /);
  },
);
