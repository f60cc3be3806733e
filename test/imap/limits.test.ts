/** Clients that ask for more than they read, say nothing, or vanish: they are bounded, and others are served. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { memoryInUse } from '../memory.ts';
import type { AccountId, MailboxId } from '../../src/core/envelope.ts';
import { anItem } from '../stores.ts';
import { ALICE, BOB, startWorld, type World, type WorldOptions } from '../world.ts';
import { loggedIn } from './script.ts';
import { ImapTalk } from './talk.ts';

async function open(t: TestContext, imap: WorldOptions['imap'] = {}): Promise<World> {
  const world = await startWorld({ login: { plainOnLoopback: true }, imap });
  t.after(() => world.stop());
  return world;
}

async function fill(talk: ImapTalk, count: number): Promise<string> {
  const letter = `Subject: long\r\n\r\n${'0123456789abcdef'.repeat(20_000)}\r\n`;
  for (let at = 0; at < count; at++) await talk.ask(`APPEND INBOX {${letter.length}}\r\n${letter}`);
  return letter;
}

test('a client that does not read is made no more for, and gets all of it later', async (t) => {
  const world = await open(t);
  const talk = await loggedIn(world, ALICE);
  const letter = await fill(talk, 40);
  await talk.ask('SELECT INBOX');
  talk.stopReading();
  talk.send('f FETCH 1:* BODY.PEEK[]\r\ng FETCH 1:* BODY.PEEK[]\r\nh NOOP\r\n');
  const other = await loggedIn(world, BOB);
  for (let at = 0; at < 20; at++) assert.match((await other.ask('NOOP'))[0] ?? '', /^OK/);
  talk.readAgain();
  const heard = await talk.until('h ');
  assert.equal(heard.filter((line) => line.includes(letter)).length, 80);
  other.close();
  talk.close();
});

const MIB = 1024 * 1024;

/** A part of 6 MiB, in base64. */
async function appendLarge(talk: ImapTalk): Promise<void> {
  const lines = randomBytes(6 * MIB)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  const letter = `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`;
  assert.match((await talk.ask(`APPEND INBOX {${letter.length}}\r\n${letter}`)).at(-1) ?? '', /^OK/);
}

const PIECES: readonly (readonly [of: string, item: (at: number) => string, mostBytes: number])[] = [
  ['a decoded part', (at) => `BINARY.PEEK[1]<${at}.99999999>`, 24 * MIB],
  ['a message', (at) => `BODY.PEEK[]<${at}.262144>`, 6 * MIB],
];
for (const [of, item, mostBytes] of PIECES)
  test(`of a hundred pieces of ${of} no more is gathered than of one, and nothing once the client is gone`, async (t) => {
    const world = await open(t);
    const talk = await loggedIn(world, ALICE);
    await appendLarge(talk);
    await talk.ask('SELECT INBOX');
    const before = memoryInUse();
    talk.stopReading();
    talk.send(`f FETCH 1 (${Array.from({ length: 100 }, (_, at) => item(at)).join(' ')})\r\n`);
    let most = 0;
    for (let look = 0; look < 20; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      most = Math.max(most, memoryInUse() - before);
    }
    assert.ok(most < mostBytes, `${most} octets`);
    talk.close();
    let left = most;
    for (let look = 0; look < 100 && left > 2 * MIB; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      left = memoryInUse() - before;
    }
    assert.ok(left <= 2 * MIB, `${left} octets are left`);
  });

test('pieces of a decoded part are what it is cut into, and too many of them are refused', async (t) => {
  const world = await open(t);
  const talk = await loggedIn(world, ALICE);
  await appendLarge(talk);
  await talk.ask('SELECT INBOX');
  const size = /BINARY.SIZE\[1\] (\d+)/.exec((await talk.ask('FETCH 1 BINARY.SIZE[1]'))[0] ?? '')?.[1];
  assert.equal(Number(size), 6 * MIB);
  const [two = ''] = await talk.ask('FETCH 1 (BINARY.PEEK[1]<0.700000> BINARY.PEEK[1]<700000.9999999>)');
  const heads = [...two.matchAll(/BINARY\[1\]<(\d+)> ~\{(\d+)\}/g)].map(([, at, bytes]) => [at, bytes]);
  assert.deepEqual(heads, [
    ['0', '700000'],
    ['700000', String(6 * MIB - 700_000)],
  ]);
  const items = Array.from({ length: 101 }, (_, at) => `BODY.PEEK[]<${at}.1>`).join(' ');
  assert.deepEqual(await talk.ask(`FETCH 1 (${items})`), [
    'NO [LIMIT] One FETCH asks for at most 100 sections and parts',
  ]);
  talk.close();
});

test('a client that reads nothing for too long is cut off', async (t) => {
  const world = await open(t, { stallTimeoutMs: 500 });
  const talk = await loggedIn(world, ALICE);
  await fill(talk, 40);
  await talk.ask('SELECT INBOX');
  talk.stopReading();
  talk.send('f FETCH 1:* BODY.PEEK[]\r\n');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  talk.readAgain();
  assert.equal((await talk.until('closed')).at(-1), 'closed');
});

test('a client that idles and does not read is told of changes together once it does', async (t) => {
  const world = await open(t);
  const account = await world.store.account(ALICE);
  const inbox = await world.store.mailboxNamed({ account: account?.id as AccountId, name: 'INBOX' });
  const keywords = Array.from({ length: 10 }, (_, at) => `$${String(at).repeat(60)}`);
  const items = await Promise.all(
    Array.from({ length: 5_000 }, () => anItem(world.store, { flags: { system: 0, keywords } })),
  );
  const ref = { account: account?.id as AccountId, mailbox: inbox?.id as MailboxId };
  await world.store.appendItems({ ...ref, items, at: Date.now() });
  const [idler, other] = [await loggedIn(world, ALICE), await loggedIn(world, ALICE)];
  for (const talk of [idler, other]) await talk.ask('SELECT INBOX');
  idler.send('i IDLE\r\n');
  await idler.until('+ ');
  idler.stopReading();
  // Some 60 MB, were each told by itself.
  const rounds = 16;
  for (let round = 0; round < rounds; round++)
    await other.ask(`STORE 1:* ${round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Flagged)`);
  await other.ask('STORE 1:* +FLAGS.SILENT (\\Answered)');
  idler.readAgain();
  idler.send('DONE\r\n');
  const heard = await idler.until('i ');
  assert.ok(heard.length < (rounds / 2) * items.length, `${heard.length} lines`);
  const last = heard.findLast((line) => line.startsWith('* 5000 FETCH'));
  assert.match(last ?? '', /\\Answered/);
  assert.doesNotMatch(last ?? '', /\\Flagged/);
  for (const talk of [idler, other]) talk.close();
});

test('who does not log in in time is sent away, whatever is said meanwhile', async (t) => {
  const world = await open(t, { loginTimeoutMs: 300 });
  const talk = await ImapTalk.open({ port: world.imap });
  talk.send('a NOOP\r\n');
  assert.deepEqual((await talk.until('closed')).slice(-2), ['* BYE Nothing came for too long', 'closed']);
});

test('who has logged in may be silent for longer, and not for ever', async (t) => {
  const world = await open(t, { loginTimeoutMs: 300, idleTimeoutMs: 2_500 });
  const talk = await loggedIn(world, ALICE);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.match((await talk.ask('NOOP'))[0] ?? '', /^OK/);
  assert.deepEqual(await talk.until('closed'), ['* BYE Nothing came for too long', 'closed']);
});

test('a client that vanishes in the middle of a message leaves nothing behind', async (t) => {
  const world = await open(t);
  for (let at = 0; at < 5; at++) {
    const talk = await loggedIn(world, ALICE);
    talk.send(`a APPEND INBOX {1000000+}\r\n${'x'.repeat(600_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    talk.close();
  }
  const talk = await loggedIn(world, ALICE);
  assert.deepEqual(await talk.ask('STATUS INBOX (MESSAGES)'), [
    '* STATUS INBOX (MESSAGES 0)',
    'OK That is all',
  ]);
  talk.close();
});

test('more connections than are allowed are told so', async (t) => {
  const world = await open(t, { maxConnectionsPerAddress: 2 });
  const [one, two] = [await loggedIn(world, ALICE), await loggedIn(world, ALICE)];
  const third = await ImapTalk.open({ port: world.imap });
  assert.deepEqual(await third.until('closed'), [
    '* BYE [LIMIT] Too many connections from your address',
    'closed',
  ]);
  one.close();
  two.close();
});

test('a stopping server says goodbye to who idles', async (t) => {
  const world = await open(t);
  const talk = await loggedIn(world, ALICE);
  await talk.ask('SELECT INBOX');
  talk.send('i IDLE\r\n');
  assert.match(await talk.response(), /^\+/);
  const stopped = world.stop();
  t.mock.method(world, 'stop', () => stopped);
  assert.deepEqual(await talk.until('closed'), [
    '* BYE The server is closing; please connect again',
    'closed',
  ]);
  await stopped;
});

test('what is compressed in the clear stays in the clear', async (t) => {
  const world = await open(t);
  const talk = await loggedIn(world, ALICE);
  await talk.compress('z UNAUTHENTICATE\r\n');
  await talk.until('z OK');
  assert.doesNotMatch((await talk.ask('CAPABILITY'))[0] ?? '', /STARTTLS/);
  assert.deepEqual(await talk.ask('STARTTLS'), ['BAD TLS begins before the compression']);
  talk.close();
});
