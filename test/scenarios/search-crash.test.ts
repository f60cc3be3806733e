/** Everything is killed while a search keeps what it learns: those that come after find what is there, with what was kept of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../chance.ts';
import { ImapTalk } from '../imap/talk.ts';
import { imapOnly, onboard } from '../onboard.ts';
import { freePort, RelaisServer } from '../server.ts';

const ANA = 'ana@here.example';
const PASSWORD = 'correct horse battery';
const MESSAGES = 1000;
const ROUNDS = 2;
/** Texts that there are. */
const NEEDLES = 40;

const luck = chance(23);
const hasNeedle = (number: number, needle: number): boolean => number % NEEDLES === needle;

function letter(number: number): string {
  const words = Array.from({ length: 300 }, () => luck.next(1e6).toString(36))
    .join(' ')
    .replace(/.{70}/g, '$&\r\n');
  return `Subject: about ${number % NEEDLES} things\r\n\r\n${words}\r\nneedle-${number % NEEDLES}-\r\n`;
}

async function append(talk: ImapTalk, { first, count }: { first: number; count: number }): Promise<void> {
  for (let from = first; from < first + count; from += 100) {
    const letters = Array.from({ length: Math.min(100, first + count - from) }, (_, at) => letter(from + at));
    const literals = letters.map((text) => ` {${text.length}+}\r\n${text}`).join('');
    talk.send(`a APPEND INBOX${literals}\r\n`);
    assert.match((await talk.until('a ')).at(-1) ?? '', /^a OK/);
  }
}

/** What a search finds is what has it, as far as message `last`. */
async function check(talk: ImapTalk, last: number): Promise<void> {
  const numbers = Array.from({ length: last }, (_, at) => at + 1);
  for (let look = 0; look < 3; look++) {
    const needle = luck.next(NEEDLES);
    for (const key of [`TEXT "needle-${needle}-"`, `SUBJECT "about ${needle} things"`]) {
      const said = (await talk.ask(`SEARCH ${key}`)).find((line) => line.startsWith('* SEARCH')) ?? '';
      const expected = numbers.filter((number) => hasNeedle(number, needle));
      assert.deepEqual(said.split(' ').slice(2).map(Number), expected, key);
    }
  }
}

test('after each crash searches find all that has what they look for, and nothing else', async (t) => {
  const port = await freePort();
  const server = new RelaisServer({ workers: 2, toml: imapOnly(port) });
  t.after(() => server.remove());
  await onboard(server.folder, { address: ANA, password: PASSWORD });
  await server.start();
  const open = (): Promise<ImapTalk> => ImapTalk.loggedIn({ port, user: ANA, password: PASSWORD });
  let talk = await open();
  await append(talk, { first: 1, count: MESSAGES });
  let last = MESSAGES;
  for (let round = 0; round < ROUNDS; round++) {
    const searching = await Promise.all([open(), open()]);
    for (const one of searching) {
      await one.ask('SELECT INBOX');
      one.send('z SEARCH OR TEXT "needle-nowhere" SUBJECT "nowhere"\r\n');
    }
    await new Promise((resolve) => setTimeout(resolve, 20 + luck.next(200)));
    await server.killAll();
    for (const one of [...searching, talk]) one.close();
    await server.start();
    talk = await open();
    await append(talk, { first: last + 1, count: 50 });
    last += 50;
    await talk.ask('SELECT INBOX');
    await check(talk, last);
    await append(talk, { first: last + 1, count: 200 });
    last += 200;
    await talk.ask('NOOP');
  }
  await check(talk, last);
  talk.close();
});
