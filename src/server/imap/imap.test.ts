import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ImapTalk } from '../../../test/imap/talk.ts';
import { ALICE, PASSWORD, startWorld, type World } from '../../../test/world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

async function greeted(): Promise<ImapTalk> {
  const talk = await ImapTalk.open({ port: world.imap });
  assert.match(
    await talk.response(),
    /^\* OK \[CAPABILITY IMAP4rev1 IMAP4rev2 .*STARTTLS LOGINDISABLED\] mail\.x\.example is ready$/,
  );
  return talk;
}

test('nobody logs in before TLS, and everybody may after it', async () => {
  const talk = await greeted();
  assert.match((await talk.ask(`LOGIN ${ALICE} "${PASSWORD}"`))[0] ?? '', /^NO \[PRIVACYREQUIRED\]/);
  assert.match((await talk.ask('AUTHENTICATE PLAIN'))[0] ?? '', /^NO \[PRIVACYREQUIRED\]/);
  assert.deepEqual(await talk.ask('STARTTLS'), ['OK Ready to start TLS']);
  await talk.secure();
  const [capabilities = ''] = await talk.ask('CAPABILITY');
  assert.match(capabilities, /AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN$/);
  const response = Buffer.from(`\0${ALICE}\0${PASSWORD}`).toString('base64');
  assert.match((await talk.ask(`AUTHENTICATE PLAIN ${response}`))[0] ?? '', /^OK \[CAPABILITY .*LITERAL\+/);
  talk.close();
});

test('what follows STARTTLS in one piece is not read as if it had come over TLS', async () => {
  const talk = await greeted();
  talk.send('a STARTTLS\r\nb NOOP\r\n');
  assert.deepEqual(await talk.until('never'), [
    'a BAD Nothing may follow STARTTLS before the handshake',
    'closed',
  ]);
});

test('a login whose dialogue is cancelled, or whose password is wrong, says so; the third ends the session', async () => {
  const talk = await greeted();
  await talk.ask('STARTTLS');
  await talk.secure();
  talk.send('a AUTHENTICATE PLAIN\r\n');
  assert.equal(await talk.response(), '+ ');
  talk.send('*\r\n');
  assert.equal(await talk.response(), 'a BAD The login was cancelled');
  for (const _ of [1, 2])
    assert.match((await talk.ask(`LOGIN ${ALICE} wrong`))[0] ?? '', /^NO \[AUTHENTICATIONFAILED\]/);
  talk.send(`b LOGIN ${ALICE} wrong\r\n`);
  assert.deepEqual(await talk.until('closed'), ['* BYE Too many failed logins', 'closed']);
});

test('behind COMPRESS everything is compressed, both ways, what came in the same piece as well', async () => {
  const talk = await greeted();
  await talk.ask('STARTTLS');
  await talk.secure();
  await talk.ask(`LOGIN ${ALICE} "${PASSWORD}"`);
  assert.match((await talk.ask('COMPRESS FROB'))[0] ?? '', /^BAD/);
  const letter = `Subject: long\r\n\r\n${'the same words again and again\r\n'.repeat(20_000)}`;
  await talk.compress(`z APPEND INBOX {${letter.length}+}\r\n${letter}\r\n`);
  assert.match(await talk.response(), /^z OK \[APPENDUID/);
  assert.match((await talk.ask('COMPRESS DEFLATE'))[0] ?? '', /^NO It is compressed already/);
  await talk.ask('SELECT INBOX');
  assert.equal(
    (await talk.ask('FETCH 1 BODY.PEEK[]'))[0],
    `* 1 FETCH (BODY[] {${letter.length}}\r\n${letter})`,
  );
  assert.deepEqual(await talk.ask('LOGOUT'), ['* BYE Goodbye', 'OK Logged out']);
  assert.equal(await talk.response(), 'closed');
});

test('TLS and compression are there once, and stay for whoever logs in next', async () => {
  const talk = await greeted();
  await talk.ask('STARTTLS');
  await talk.secure();
  await talk.ask(`LOGIN ${ALICE} "${PASSWORD}"`);
  await talk.compress('z NOOP\r\n');
  await talk.until('z OK');
  for (let round = 0; round < 3; round++) {
    assert.match((await talk.ask('UNAUTHENTICATE'))[0] ?? '', /^OK/);
    const [capabilities = ''] = await talk.ask('CAPABILITY');
    assert.match(capabilities, /AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN$/);
    assert.doesNotMatch(capabilities, /STARTTLS|COMPRESS/);
    assert.deepEqual(await talk.ask('STARTTLS'), ['BAD TLS is on already']);
    assert.match((await talk.ask(`LOGIN ${ALICE} "${PASSWORD}"`)).at(-1) ?? '', /^OK/);
    assert.match((await talk.ask('COMPRESS DEFLATE'))[0] ?? '', /^NO It is compressed already/);
  }
  talk.close();
});
