/** POP3 as clients speak it, on both stores. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagNames } from '../../src/core/mailbox/flags.ts';
import type { AccountId } from '../../src/core/envelope.ts';
import { addAccount } from '../account.ts';
import { inboxOf } from '../inbox.ts';
import { ImapTalk as LineTalk } from '../imap/talk.ts';
import { onBothStores } from '../imap/stores.ts';
import { anItem } from '../stores.ts';
import { ALICE, PASSWORD, type World } from '../world.ts';

let accounts = 0;

/** An account with these messages in its INBOX. */
async function anOwner(
  { store }: World,
  messages: readonly string[],
): Promise<{ address: string; id: AccountId }> {
  const address = `owner${++accounts}@x.example`;
  await addAccount({ store } as World, { address, like: ALICE });
  const account = await store.account(address);
  assert.ok(account !== undefined);
  const inbox = await store.mailboxNamed({ account: account.id, name: 'INBOX' });
  assert.ok(inbox !== undefined);
  const items = await Promise.all(messages.map((text) => anItem(store, { bytes: Buffer.from(text) })));
  if (items.length > 0)
    await store.appendItems({ account: account.id, mailbox: inbox.id, items, at: Date.now() });
  return { address, id: account.id };
}

async function connected(world: World): Promise<LineTalk> {
  const talk = await LineTalk.open({ port: world.pop3 });
  assert.equal(await talk.response(), '+OK mail.x.example is ready');
  return talk;
}

async function ask(talk: LineTalk, command: string): Promise<string> {
  talk.send(`${command}\r\n`);
  return talk.response();
}

/** The lines of an answer of several, without the first and the last. */
async function askAll(talk: LineTalk, command: string): Promise<string[]> {
  assert.match(await ask(talk, command), /^\+OK/);
  return (await talk.until('.')).flatMap((line) => (line === '.' ? [] : [line]));
}

async function loggedIn(world: World, address: string): Promise<LineTalk> {
  const talk = await connected(world);
  assert.match(await ask(talk, `USER ${address}`), /^\+OK/);
  assert.match(await ask(talk, `PASS ${PASSWORD}`), /^\+OK/);
  return talk;
}

const ONE = 'Subject: one\r\n\r\nfirst\r\nsecond\r\n';
const TWO = 'Subject: two\r\n\r\n.\r\n..dots\r\nlast without end';

const SESSIONS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  async 'what is there is counted, listed, named, and read as it is'(world) {
    const { address, id } = await anOwner(world, [ONE, TWO]);
    const talk = await loggedIn(world, address);
    assert.equal(await ask(talk, 'STAT'), `+OK 2 ${ONE.length + TWO.length}`);
    assert.deepEqual(await askAll(talk, 'LIST'), [`1 ${ONE.length}`, `2 ${TWO.length}`]);
    assert.equal(await ask(talk, 'LIST 2'), `+OK 2 ${TWO.length}`);
    const names = await askAll(talk, 'UIDL');
    assert.match(names.join(), /^1 \d+\.1,2 \d+\.2$/);
    assert.equal(await ask(talk, 'UIDL 2'), `+OK ${names[1]}`);
    assert.deepEqual(await askAll(talk, 'RETR 1'), ['Subject: one', '', 'first', 'second']);
    talk.send('RETR 2\r\nTOP 1 1\r\nTOP 2 0\r\nNOOP\r\n');
    const lines = await talk.until('+OK'); // of RETR
    for (let answers = 0; answers < 3; ) {
      const line = await talk.response();
      lines.push(line);
      if (line.startsWith('+OK')) answers++;
    }
    assert.deepEqual(lines, [
      `+OK ${TWO.length} octets`,
      ...['Subject: two', '', '..', '...dots', 'last without end', '.'],
      ...['+OK', 'Subject: one', '', 'first', '.'],
      ...['+OK', 'Subject: two', '', '.'],
      '+OK',
    ]);
    assert.equal(await ask(talk, 'QUIT'), '+OK Goodbye');
    assert.equal(await talk.response(), 'closed');
    const flags = (await inboxOf(world.store, id)).map((item) => flagNames(item.flags, []));
    assert.deepEqual(flags, [['\\Seen'], ['\\Seen']]);
    const again = await loggedIn(world, address);
    assert.deepEqual(await askAll(again, 'UIDL'), names);
    again.close();
  },

  async 'what is deleted goes with QUIT, not before, and not when the connection breaks'(world) {
    const { address, id } = await anOwner(world, [ONE, TWO, ONE]);
    const broken = await loggedIn(world, address);
    assert.match(await ask(broken, 'DELE 1'), /^\+OK/);
    broken.close();
    const talk = await loggedIn(world, address);
    for (const number of [1, 2]) assert.match(await ask(talk, `DELE ${number}`), /^\+OK/);
    for (const command of ['DELE 1', 'RETR 1', 'LIST 1', 'TOP 1 1', 'UIDL 1', 'RETR 4', 'DELE 0'])
      assert.equal(await ask(talk, command), '-ERR There is no such message', command);
    assert.equal(await ask(talk, 'STAT'), `+OK 1 ${ONE.length}`);
    assert.match(await ask(talk, 'RSET'), /^\+OK/);
    assert.equal(await ask(talk, 'STAT'), `+OK 3 ${2 * ONE.length + TWO.length}`);
    assert.match(await ask(talk, 'DELE 2'), /^\+OK/);
    assert.equal((await inboxOf(world.store, id)).length, 3);
    await ask(talk, 'QUIT');
    assert.deepEqual(
      (await inboxOf(world.store, id)).map(({ uid }) => uid),
      [1, 3],
    );
  },

  async 'two at once: what one deletes the other is told when it asks'(world) {
    const { address, id } = await anOwner(world, [ONE, TWO]);
    const [one, other] = [await loggedIn(world, address), await loggedIn(world, address)];
    await ask(one, 'DELE 1');
    await ask(one, 'QUIT');
    assert.equal(await ask(other, 'RETR 1'), '-ERR This message was deleted meanwhile');
    assert.equal(await ask(other, 'STAT'), `+OK 2 ${ONE.length + TWO.length}`);
    await ask(other, 'DELE 1');
    assert.equal(await ask(other, 'QUIT'), '+OK Goodbye');
    assert.deepEqual(
      (await inboxOf(world.store, id)).map(({ uid }) => uid),
      [2],
    );
  },

  async 'thousands are listed to a client that reads slowly, and deleted together'(world) {
    const { address, id } = await anOwner(
      world,
      Array.from({ length: 2_500 }, () => ONE),
    );
    const talk = await loggedIn(world, address);
    assert.equal((await askAll(talk, 'UIDL')).length, 2_500);
    talk.send(Array.from({ length: 2_500 }, (_, index) => `DELE ${index + 1}\r\n`).join(''));
    for (let count = 0; count < 2_500; count++) assert.match(await talk.response(), /^\+OK/);
    assert.equal(await ask(talk, 'QUIT'), '+OK Goodbye');
    assert.deepEqual(await inboxOf(world.store, id), []);
  },

  async 'nothing of a mailbox is shown before a login, and a third wrong password ends it'(world) {
    const { address } = await anOwner(world, [ONE]);
    const talk = await connected(world);
    for (const command of ['STAT', 'LIST', 'RETR 1', 'DELE 1', 'UIDL', 'TOP 1 1', 'RSET', 'NOOP'])
      assert.equal(await ask(talk, command), '-ERR Please log in first');
    assert.match(await ask(talk, 'PASS x'), /^-ERR Please say USER/);
    for (const _ of [1, 2]) {
      await ask(talk, `USER ${address}`);
      assert.match(await ask(talk, 'PASS wrong'), /^-ERR \[AUTH\] Wrong/);
    }
    await ask(talk, `USER ${address}`);
    assert.match(await ask(talk, 'PASS wrong'), /^-ERR \[AUTH\] Too many/);
    assert.equal(await talk.response(), 'closed');
  },

  async 'AUTH: with its response at once, in a dialogue, cancelled, and not offered'(world) {
    const { address } = await anOwner(world, [ONE]);
    const response = Buffer.from(`\0${address}\0${PASSWORD}`).toString('base64');
    const talk = await connected(world);
    assert.match(await ask(talk, 'AUTH FROB'), /^-ERR FROB is not offered here/);
    assert.equal(await ask(talk, 'AUTH PLAIN'), '+ ');
    assert.equal(await ask(talk, '*'), '-ERR The login was cancelled');
    assert.equal(await ask(talk, 'AUTH PLAIN'), '+ ');
    assert.equal(await ask(talk, 'no base64!'), '-ERR This is not base64');
    assert.equal(await ask(talk, 'AUTH PLAIN'), '+ ');
    assert.match(await ask(talk, response), /^\+OK Welcome; messages: 1$/);
    assert.match(await ask(talk, 'USER x'), /^-ERR You have logged in already/);
    talk.close();
    const other = await connected(world);
    assert.match(await ask(other, `AUTH PLAIN ${response}`), /^\+OK/);
    other.close();
  },

  async 'STLS: before the login, once, and nothing that came before counts'(world) {
    const { address } = await anOwner(world, [ONE]);
    const talk = await connected(world);
    const before = await askAll(talk, 'CAPA');
    assert.ok(before.includes('STLS') && before.includes('UIDL') && before.includes('TOP'));
    await ask(talk, `USER ${address}`);
    assert.match(await ask(talk, 'STLS'), /^\+OK/);
    await talk.secure();
    assert.match(await ask(talk, `PASS ${PASSWORD}`), /^-ERR Please say USER/);
    assert.ok(!(await askAll(talk, 'CAPA')).includes('STLS'));
    assert.match(await ask(talk, 'STLS'), /^-ERR TLS is on already/);
    await ask(talk, `USER ${address}`);
    assert.match(await ask(talk, `PASS ${PASSWORD}`), /^\+OK/);
    talk.close();
    const smuggler = await connected(world);
    smuggler.send('STLS\r\nCAPA\r\n');
    assert.match(await smuggler.response(), /^-ERR Nothing may follow STLS/);
    smuggler.close();
  },

  async 'what is no command, or endless, is refused in bounded memory, and the session ends after too many'(
    world,
  ) {
    const { address } = await anOwner(world, [ONE]);
    const talk = await loggedIn(world, address);
    assert.equal(await ask(talk, 'x'.repeat(300)), '-ERR This line is too long');
    assert.equal(await ask(talk, `NOOP ${'y'.repeat(500_000)}`), '-ERR This line is too long');
    assert.match(await ask(talk, 'NOOP'), /^\+OK/);
    talk.send('FROB\r\n'.repeat(60));
    const heard = await talk.until('closed');
    assert.deepEqual(heard.slice(-2), ['-ERR Too many errors', 'closed']);
    assert.equal(heard.length, 53);
  },
};

onBothStores({}, (world) => {
  for (const [name, run] of Object.entries(SESSIONS)) test(name, () => run(world()));
});
