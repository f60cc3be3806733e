/**
 * Everything is killed at random moments of APPEND, STORE, MOVE, EXPUNGE and delivery, on both stores: what was told is so, what was
 * not is there once or not at all, and no UID stands for two messages.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { type Chance, chance } from '../chance.ts';
import { runWith } from '../command-line.ts';
import { Dialogue } from '../dialogue.ts';
import { ImapTalk } from '../imap/talk.ts';
import { imapOnly, onboard } from '../onboard.ts';
import { postgres } from '../postgres.ts';
import { freePort, RelaisServer } from '../server.ts';

const ROUNDS = 4;
const PATIENCE_MS = 20_000;
const ANA = 'ana@here.example';
const PASSWORD = 'correct horse battery';
/** What a command says of messages that others took away. */
const MAY_BE_GONE = /^OK|^(NO|BAD) .*(sequence|no such|message)/i;
const FOLDERS = ['INBOX', 'Box', 'Gone'] as const;
type Folder = (typeof FOLDERS)[number];

test('on SQLite, what a mailbox was told survives every kill, once', (t) => killed(t, ''));

test('on PostgreSQL, what a mailbox was told survives every kill, once', async (t) => {
  const server = await postgres(t);
  if (server !== undefined) await killed(t, `store = "${await server.database()}"\n`);
});

async function killed(t: TestContext, storeLine: string): Promise<void> {
  const [imap, lmtp] = [await freePort(), await freePort()];
  const toml = `${storeLine}${imapOnly(imap)}[[listen]]\nkind = "lmtp"\naddress = "127.0.0.1:${lmtp}"\ntls = "none"\n`;
  const server = new RelaisServer({ workers: 2, toml });
  t.after(() => server.remove());
  await onboard(server.folder, { address: ANA, password: PASSWORD });
  await server.start();
  const story = new Story();
  const luck = chance(11);
  const setUp = await logIn(imap);
  for (const folder of FOLDERS.slice(1)) await done(setUp, `CREATE ${folder}`);
  setUp.close();
  for (let round = 0; round < ROUNDS; round++) {
    const isOver = { now: false };
    const acting = [appends, appends, flags, moves, moves, expunges].map((act) =>
      untilItBreaks(isOver, async () =>
        act(await logIn(imap), story, { luck: chance(luck.next(1e9)), isOver }),
      ),
    );
    acting.push(untilItBreaks(isOver, () => delivers(lmtp, story, isOver)));
    await story.goesOn(10 + luck.next(60), 1 + luck.next(2));
    await sleep(luck.next(50));
    await server.killAll();
    isOver.now = true;
    await Promise.all(acting);
    await server.start();
    story.check(await seen(imap), `round ${round}`);
  }
  const verified = await runWith(['verify', '--config', join(server.folder, 'relais.toml')]);
  t.diagnostic(`${story.sum}; ${verified.out.trim()}`);
  assert.equal(verified.code, 0, verified.out + verified.err);
}

/** What clients know of messages, each of which has a name of its own. */
class Story {
  #last = 0;
  #rounds = 0;
  /** Kept, by what the client heard. */
  readonly told = new Set<string>();
  /** Expunged, by what the client heard. */
  readonly gone = new Set<string>();
  /** An expunge of it was asked for, and not answered. */
  readonly perhapsGone = new Set<string>();
  /** Flagged, by what the client heard. */
  readonly flagged = new Set<string>();
  readonly #byUid = new Map<string, string>();
  readonly #marks = new Map<string, number>();

  name(): string {
    return `n${++this.#last}`;
  }

  get sum(): string {
    return `${this.#last} sent, ${this.told.size} told, ${this.flagged.size} flagged, ${this.gone.size} expunged, ${this.perhapsGone.size} perhaps, ${this.#rounds} kills`;
  }

  /** Until so many more were kept, and expunged: a machine may be slow. */
  async goesOn(told: number, gone: number): Promise<void> {
    const until = {
      told: this.told.size + told,
      gone: this.gone.size + gone,
      at: performance.now() + PATIENCE_MS,
    };
    while (this.told.size < until.told || this.gone.size < until.gone) {
      assert.ok(performance.now() < until.at, `nothing goes on: ${this.sum}`);
      await sleep(5);
    }
  }

  check(folders: readonly Seen[], when: string): void {
    this.#rounds++;
    const there = folders.flatMap(({ messages }) => messages.map(({ name }) => name));
    assert.deepEqual([...new Set(there)].sort(), [...there].sort(), `${when}: some are there twice`);
    const lost = [...this.told].filter(
      (name) => !there.includes(name) && !this.gone.has(name) && !this.perhapsGone.has(name),
    );
    assert.deepEqual(lost, [], `${when}: kept, and not there`);
    assert.deepEqual(
      [...this.gone].filter((name) => there.includes(name)),
      [],
      `${when}: expunged, and there`,
    );
    for (const { folder, validity, uidNext, modseq, messages } of folders) {
      this.#grows(`${folder} UIDVALIDITY`, validity, when);
      this.#grows(`${folder} UIDNEXT`, uidNext, when);
      this.#grows(`${folder} HIGHESTMODSEQ`, modseq, when);
      for (const one of messages) {
        assert.ok(one.uid < uidNext && one.modseq <= modseq, `${when}: ${folder} ${JSON.stringify(one)}`);
        assert.ok(one.isFlagged || !this.flagged.has(one.name), `${when}: ${one.name} was flagged`);
        const key = `${folder} ${validity} ${one.uid}`;
        assert.equal(this.#byUid.get(key) ?? one.name, one.name, `${when}: ${key} was another`);
        this.#byUid.set(key, one.name);
      }
    }
  }

  #grows(what: string, value: number, when: string): void {
    assert.ok(value >= (this.#marks.get(what) ?? 0), `${when}: ${what} went back to ${value}`);
    this.#marks.set(what, value);
  }
}

interface Seen {
  readonly folder: Folder;
  readonly validity: number;
  readonly uidNext: number;
  readonly modseq: number;
  readonly messages: readonly Message[];
}

interface Message {
  readonly uid: number;
  readonly modseq: number;
  readonly name: string;
  readonly isFlagged: boolean;
}

type Act = (talk: ImapTalk, story: Story, run: Run) => Promise<void>;

interface Run {
  readonly luck: Chance;
  readonly isOver: { readonly now: boolean };
}

const appends: Act = async (talk, story, { luck, isOver }) => {
  while (!isOver.now) {
    const name = story.name();
    const text = `Message-ID: <${name}@k.example>\r\n\r\n${'x'.repeat(luck.next(3_000))}\r\n`;
    await done(talk, `APPEND INBOX {${text.length}}\r\n${text}`);
    story.told.add(name);
  }
};

/** Some of the oldest, which others move on with their flags. */
const flags: Act = async (talk, story, { luck, isOver }) => {
  while (!isOver.now) {
    await done(talk, `SELECT ${FOLDERS[luck.next(2)]}`);
    const lines = await done(talk, 'UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])');
    const names = new Map(lines.flatMap(namedIn).map(({ uid, name }) => [uid, name]));
    if (names.size === 0) continue;
    const [first, last] = [[...names.keys()][0] as number, [...names.keys()].at(-1) as number];
    for (let time = 0; time < 5; time++) {
      const from = first + luck.next(last - first + 1);
      const stored = await done(talk, `UID STORE ${from}:${from + luck.next(8)} +FLAGS (\\Flagged)`);
      for (const line of stored) {
        const uid = Number(/^\* \d+ FETCH \(.*UID (\d+)/.exec(line)?.[1]);
        const name = names.get(uid);
        if (name !== undefined && line.includes('\\Flagged')) story.flagged.add(name);
      }
    }
  }
};

/** To and fro. */
const moves: Act = async (talk, _, { luck, isOver }) => {
  while (!isOver.now) {
    const from = luck.next(2);
    await done(talk, `SELECT ${FOLDERS[from]}`);
    const first = 1 + luck.next(5);
    await done(talk, `MOVE ${first}:${first + luck.next(4)} ${FOLDERS[1 - from]}`, MAY_BE_GONE);
  }
};

/** By way of a folder that nobody else touches. */
const expunges: Act = async (talk, story, { luck, isOver }) => {
  while (!isOver.now) {
    await sleep(20);
    await done(talk, `SELECT ${FOLDERS[luck.next(2)]}`);
    await done(talk, `MOVE ${1 + luck.next(5)} Gone`, MAY_BE_GONE);
    await done(talk, 'SELECT Gone');
    const lines = await done(talk, 'UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])');
    const names = lines.flatMap(namedIn).map(({ name }) => name);
    if (names.length === 0) continue;
    for (const name of names) story.perhapsGone.add(name);
    await done(talk, 'STORE 1:* +FLAGS (\\Deleted)');
    await done(talk, 'EXPUNGE');
    for (const name of names) story.gone.add(name);
  }
};

async function delivers(port: number, story: Story, isOver: { now: boolean }): Promise<void> {
  const client = await Dialogue.open({ port });
  await client.greeting();
  await client.say('LHLO k.example', 250);
  while (!isOver.now) {
    const name = story.name();
    await client.say('MAIL FROM:<>', 250);
    await client.say(`RCPT TO:<${ANA}>`, 250);
    await client.say('DATA', 354);
    await client.say(`Message-ID: <${name}@k.example>\r\n\r\nx\r\n.`, 250);
    story.told.add(name);
  }
}

/** Until the kill breaks it off. */
async function untilItBreaks(isOver: { now: boolean }, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!/closed|ECONN|EPIPE|socket|no response/i.test(String(error))) throw error;
    // What the server itself breaks off would be a fault of its own.
    for (let waited = 0; !isOver.now && waited < 50; waited++) await sleep(100);
    assert.ok(isOver.now, String(error));
  }
}

/** Others take messages away meanwhile (RFC 5530 3). */
async function done(talk: ImapTalk, command: string, ends = /^OK|^NO \[EXPUNGEISSUED\]/): Promise<string[]> {
  const lines = await talk.ask(command);
  const last = lines.at(-1) ?? 'closed';
  if (last === 'closed') throw new Error('closed');
  assert.match(last, ends, command.slice(0, 80));
  return lines;
}

function logIn(port: number): Promise<ImapTalk> {
  return ImapTalk.loggedIn({ port, user: ANA, password: PASSWORD });
}

async function seen(port: number): Promise<Seen[]> {
  const talk = await logIn(port);
  const all: Seen[] = [];
  for (const folder of FOLDERS) {
    const [status = ''] = await done(talk, `STATUS ${folder} (UIDVALIDITY UIDNEXT HIGHESTMODSEQ)`);
    const number = (name: string): number => Number(new RegExp(`${name} (\\d+)`).exec(status)?.[1]);
    await done(talk, `SELECT ${folder}`);
    const lines = await done(talk, 'UID FETCH 1:* (FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])');
    all.push({
      folder,
      validity: number('UIDVALIDITY'),
      uidNext: number('UIDNEXT'),
      modseq: number('HIGHESTMODSEQ'),
      messages: lines.flatMap(namedIn),
    });
  }
  talk.close();
  return all;
}

/** A message of a FETCH response. */
function namedIn(line: string): Message[] {
  const uid = /UID (\d+)/.exec(line)?.[1];
  const name = /<(n\d+)@k\.example>/.exec(line)?.[1];
  const modseq = /MODSEQ \((\d+)\)/.exec(line)?.[1] ?? '0';
  if (uid === undefined || name === undefined) return [];
  return [{ uid: Number(uid), modseq: Number(modseq), name, isFlagged: line.includes('\\Flagged') }];
}
