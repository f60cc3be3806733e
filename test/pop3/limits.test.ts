/** Clients that say nothing: before the login, and after it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapTalk as LineTalk } from '../imap/talk.ts';
import { ALICE, PASSWORD, startWorld } from '../world.ts';

async function connected(t: TestContext): Promise<LineTalk> {
  const pop3 = { loginTimeoutMs: 300, idleTimeoutMs: 2_500 };
  const world = await startWorld({ login: { plainOnLoopback: true }, pop3 });
  t.after(() => world.stop());
  const talk = await LineTalk.open({ port: world.pop3 });
  await talk.response();
  return talk;
}

test('who does not log in in time is sent away, whatever is said meanwhile', async (t) => {
  const talk = await connected(t);
  talk.send('CAPA\r\n');
  assert.deepEqual((await talk.until('closed')).slice(-2), ['-ERR Nothing came for too long', 'closed']);
});

test('who has logged in may be silent for longer, and not for ever', async (t) => {
  const talk = await connected(t);
  talk.send(`USER ${ALICE}\r\nPASS ${PASSWORD}\r\n`);
  await talk.until('+OK Welcome');
  await sleep(1_500);
  talk.send('NOOP\r\n');
  assert.deepEqual(await talk.until('closed'), ['+OK', '-ERR Nothing came for too long', 'closed']);
});
