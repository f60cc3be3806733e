import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inboxOf } from '../../../test/inbox.ts';
import { ALICE, BOB, startWorld, type World } from '../../../test/world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

/** What is answered to each line, as `250 2.1.5 Ok`. */
async function talk(
  port: number,
  lines: readonly (string | { line: string; replies: number })[],
): Promise<string[]> {
  const dialogue = await world.dialogue(port, {});
  const heard: string[] = [];
  const hear = async (): Promise<void> => {
    const reply = await dialogue.reply();
    heard.push(reply === 'closed' ? reply : `${reply.code} ${reply.enhanced ?? ''} ${reply.lines[0]}`);
  };
  await hear();
  for (const one of lines) {
    const { line, replies } = typeof one === 'string' ? { line: one, replies: 1 } : one;
    await dialogue.send(`${line}\r\n`);
    for (let count = 0; count < replies; count++) await hear();
  }
  dialogue.close();
  return heard;
}

async function count(address: string): Promise<number> {
  const account = await world.store.account(address);
  assert.ok(account !== undefined);
  return (await inboxOf(world.store, account.id)).length;
}

const REPLY = { twice: 2 };

test('LMTP answers at the end of a message once for each recipient that it took, in DATA and in BDAT', async () => {
  const before = [await count(ALICE), await count(BOB)] as const;
  const heard = await talk(world.lmtp, [
    'LHLO mta.example',
    'MAIL FROM:<s@far.example>',
    `RCPT TO:<${ALICE}>`,
    'RCPT TO:<nobody@x.example>',
    `RCPT TO:<${BOB}>`,
    'DATA',
    { line: 'Subject: one\r\n\r\nbody\r\n.', replies: REPLY.twice },
    'MAIL FROM:<s@far.example>',
    `RCPT TO:<${ALICE}>`,
    `RCPT TO:<${BOB}>`,
    'BDAT 14\r\nSubject: two',
    { line: 'BDAT 6 LAST\r\n\r\nbo', replies: REPLY.twice },
  ]);
  const kept = /^250 2\.0\.0 Ok: kept as/;
  assert.match(heard[0] as string, /^220 {2}mail\.x\.example LMTP Relais/);
  assert.match(heard[4] as string, /^550 5\.1\.1/);
  assert.ok(kept.test(heard[7] as string) && kept.test(heard[8] as string), heard.join('\n'));
  assert.match(heard[12] as string, /^250 2\.0\.0 14 octets so far/);
  assert.ok(kept.test(heard[13] as string) && kept.test(heard[14] as string), heard.join('\n'));
  assert.deepEqual([await count(ALICE), await count(BOB)], [before[0] + 2, before[1] + 2]);
});

test('LMTP and SMTP each refuse the greeting of the other, and LMTP relays and logs in nobody', async () => {
  assert.match(
    (await talk(world.lmtp, ['EHLO c.example']))[1] as string,
    /^500 5\.5\.1 This is LMTP: say LHLO/,
  );
  assert.match((await talk(world.lmtp, ['HELO c.example']))[1] as string, /^500 5\.5\.1 This is LMTP/);
  assert.match(
    (await talk(world.mx, ['LHLO c.example']))[1] as string,
    /^500 5\.5\.1 This is SMTP: say EHLO/,
  );
  const heard = await talk(world.lmtp, [
    'LHLO mta.example',
    'AUTH PLAIN',
    'MAIL FROM:<s@far.example>',
    'RCPT TO:<a@far.example>',
    'DATA',
  ]);
  assert.match(heard[2] as string, /^5/);
  assert.match(heard[4] as string, /^550 5\.7\.1/);
  assert.match(heard[5] as string, /^503 5\.5\.1 No valid recipients/);
});

test('what is refused after DATA is refused for each recipient', async () => {
  const heard = await talk(world.lmtp, [
    'LHLO mta.example',
    'MAIL FROM:<s@far.example>',
    `RCPT TO:<${ALICE}>`,
    `RCPT TO:<${BOB}>`,
    'DATA',
    { line: 'Subject: one\n\r\nbody\r\n.', replies: REPLY.twice },
    'NOOP',
  ]);
  for (const answer of heard.slice(6, 8)) assert.match(answer, /^550 5\.6\.0 A bare CR or LF/);
  assert.match(heard[8] as string, /^250/);
});
