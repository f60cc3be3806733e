/**
 * A backup while mail is delivered, appended, flagged and expunged, on both stores: it is whole, it has all that was told before it
 * began, and a server that starts on it goes on from there.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chance } from '../chance.ts';
import { runWith } from '../command-line.ts';
import { Dialogue } from '../dialogue.ts';
import { ImapTalk } from '../imap/talk.ts';
import { imapOnly, onboard } from '../onboard.ts';
import { postgres } from '../postgres.ts';
import { freePort, RelaisServer } from '../server.ts';

const RELAIS = fileURLToPath(new URL('../../bin/relais', import.meta.url));
const PATIENCE_MS = 30_000;
const BACKUPS = 3;
const ANA = 'ana@here.example';
const PASSWORD = 'correct horse battery';

test('on SQLite, a backup under load has what was told before it', (t) => loaded(t, ''));

test('on PostgreSQL, a backup under load has what was told before it', async (t) => {
  const server = await postgres(t);
  if (server !== undefined) await loaded(t, `store = "${await server.database()}"\n`);
});

async function loaded(t: TestContext, storeLine: string): Promise<void> {
  const [imap, lmtp] = [await freePort(), await freePort()];
  const listeners = `${imapOnly(imap)}[[listen]]\nkind = "lmtp"\naddress = "127.0.0.1:${lmtp}"\ntls = "none"\n`;
  const server = new RelaisServer({ workers: 2, toml: storeLine + listeners });
  t.after(() => server.remove());
  await onboard(server.folder, { address: ANA, password: PASSWORD });
  await server.start();
  const told = new Told();
  const isOver = { now: false };
  const acting = [
    delivers(lmtp, told, isOver),
    delivers(lmtp, told, isOver),
    changes(imap, told, isOver),
    changes(imap, told, isOver),
  ];
  const config = ['--config', join(server.folder, 'relais.toml')];
  const taken: { folder: string; before: Picture; after: Picture }[] = [];
  try {
    for (let round = 0; round < BACKUPS; round++) {
      await told.goesOn(40);
      const folder = join(server.folder, `backup-${round}`);
      const before = told.picture();
      await promisify(execFile)(RELAIS, ['backup', folder, ...config]);
      taken.push({ folder, before, after: told.picture() });
    }
  } finally {
    isOver.now = true;
    await Promise.all(acting);
  }
  for (const { folder, before, after } of taken) await compare(folder, before, after);
  t.diagnostic(
    `${told.picture().kept.size} told, ${taken.map(({ before }) => before.kept.size).join(', ')} before`,
  );
  await comesBack(imap, [...config, '--json'], taken.at(-1)?.folder ?? '');
  assert.equal((await runWith(['verify', ...config])).code, 0);
  await server.stop();
  // A copy of a backup in place of the data folder is a site.
  const { folder, before } = taken[0] as (typeof taken)[number];
  const other = new RelaisServer({ workers: 1, toml: listeners });
  t.after(() => other.remove());
  cpSync(folder, other.data, { recursive: true });
  await other.start();
  const names = await seen(imap);
  for (const name of before.kept.keys())
    assert.ok(names.includes(name) || told.picture().perhapsGone.has(name), `${name} is not there`);
  await other.stop();
}

/** A client that waits hears of what a restore brings. */
async function comesBack(port: number, config: readonly string[], folder: string): Promise<void> {
  const talk = await logIn(port);
  const selected = await done(talk, 'SELECT INBOX');
  const count = Number(/(\d+) EXISTS/.exec(selected.join('\n'))?.[1]);
  await done(talk, 'STORE 1:5 +FLAGS (\\Deleted)');
  await done(talk, 'EXPUNGE');
  talk.send('idle IDLE\r\n');
  assert.match((await talk.until('+')).at(-1) ?? '', /^\+/);
  const words = ['restore', folder, '--account', ANA, '--mailbox', 'INBOX', ...config];
  const restored = await runWith(words);
  assert.equal(restored.objects.at(-1)?.['messages'], 5, restored.err);
  assert.equal((await talk.until(`* ${count} EXISTS`)).at(-1), `* ${count} EXISTS`);
  talk.send('DONE\r\n');
  await talk.until('idle OK');
  assert.equal((await runWith(words)).objects.at(-1)?.['messages'], 0);
  talk.close();
}

interface Picture {
  /** What was kept, by what a client heard, and the flag that it last heard of. */
  readonly kept: ReadonlyMap<string, boolean>;
  /** That it went was told. */
  readonly gone: ReadonlySet<string>;
  /** It was asked for to go, or to be flagged. */
  readonly perhapsGone: ReadonlySet<string>;
  readonly perhapsFlagged: ReadonlySet<string>;
}

class Told {
  readonly #kept = new Map<string, boolean>();
  readonly #gone = new Set<string>();
  readonly #perhapsGone = new Set<string>();
  readonly #perhapsFlagged = new Set<string>();
  #last = 0;

  name(): string {
    return `n${++this.#last}`;
  }

  keep(name: string): void {
    this.#kept.set(name, false);
  }

  flag(name: string): void {
    this.#kept.set(name, true);
  }

  mayFlag(name: string): void {
    this.#perhapsFlagged.add(name);
  }

  mayGo(name: string): void {
    this.#perhapsGone.add(name);
  }

  go(name: string): void {
    this.#gone.add(name);
  }

  picture(): Picture {
    return {
      kept: new Map(this.#kept),
      gone: new Set(this.#gone),
      perhapsGone: new Set(this.#perhapsGone),
      perhapsFlagged: new Set(this.#perhapsFlagged),
    };
  }

  /** Until so many more were kept: a machine may be slow. */
  async goesOn(more: number): Promise<void> {
    const until = { kept: this.#kept.size + more, at: performance.now() + PATIENCE_MS };
    while (this.#kept.size < until.kept) {
      assert.ok(performance.now() < until.at, 'nothing goes on');
      await sleep(5);
    }
  }
}

/** `after`: what was told until it was whole. */
async function compare(folder: string, before: Picture, after: Picture): Promise<void> {
  const verified = await runWith(['verify', '--data', folder]);
  assert.equal(verified.code, 0, verified.out);
  const there = new Map<string, boolean>();
  for (const mailbox of ['INBOX', 'Box']) {
    const listed = await runWith(['mailbox', 'list', ANA, mailbox, '--data', folder, '--json']);
    for (const { subject, flags } of listed.objects) {
      assert.ok(!there.has(String(subject)), `${subject} is there twice`);
      there.set(String(subject), (flags as string[]).includes('\\Flagged'));
    }
  }
  for (const [name, isFlagged] of before.kept) {
    if (before.gone.has(name)) assert.ok(!there.has(name), `${name} was expunged, and is there`);
    else if (!after.perhapsGone.has(name)) assert.ok(there.has(name), `${name} was kept, and is not there`);
    if (there.has(name) && (isFlagged || !after.perhapsFlagged.has(name)))
      assert.equal(there.get(name), isFlagged, `the flag of ${name}`);
  }
  assert.ok(there.size > 0);
}

async function delivers(port: number, told: Told, isOver: { now: boolean }): Promise<void> {
  const client = await Dialogue.open({ port });
  await client.greeting();
  await client.say('LHLO k.example', 250);
  while (!isOver.now) {
    const name = told.name();
    await client.say('MAIL FROM:<>', 250);
    await client.say(`RCPT TO:<${ANA}>`, 250);
    await client.say('DATA', 354);
    await client.say(`Subject: ${name}\r\n\r\n${'some words\r\n'.repeat(200)}.`, 250);
    told.keep(name);
  }
  client.close();
}

/** Each client appends to a folder, flags some of what it appended, and expunges some. */
async function changes(port: number, told: Told, isOver: { now: boolean }): Promise<void> {
  const luck = chance(port);
  const talk = await logIn(port);
  await talk.ask('CREATE Box');
  await done(talk, 'SELECT Box');
  while (!isOver.now) {
    const name = told.name();
    const text = `Subject: ${name}\r\n\r\n${'x'.repeat(luck.next(20_000))}\r\n`;
    const lines = await done(talk, `APPEND Box {${text.length}}\r\n${text}`);
    told.keep(name);
    const uid = /APPENDUID \d+ (\d+)/.exec(lines.at(-1) ?? '')?.[1];
    const fate = luck.next(3);
    if (fate === 0) {
      told.mayFlag(name);
      await done(talk, `UID STORE ${uid} +FLAGS (\\Flagged)`);
      told.flag(name);
    }
    if (fate === 1) {
      told.mayGo(name);
      await done(talk, `UID STORE ${uid} +FLAGS (\\Deleted)`);
      await done(talk, `UID EXPUNGE ${uid}`);
      told.go(name);
    }
  }
  talk.close();
}

async function done(talk: ImapTalk, command: string): Promise<string[]> {
  const lines = await talk.ask(command);
  assert.match(lines.at(-1) ?? 'closed', /^OK/, command.slice(0, 80));
  return lines;
}

function logIn(port: number): Promise<ImapTalk> {
  return ImapTalk.loggedIn({ port, user: ANA, password: PASSWORD });
}

async function seen(port: number): Promise<string[]> {
  const talk = await logIn(port);
  const names: string[] = [];
  for (const folder of ['INBOX', 'Box']) {
    await done(talk, `SELECT ${folder}`);
    const lines = await done(talk, 'UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])');
    for (const line of lines) {
      const name = /Subject: (n\d+)/.exec(line)?.[1];
      if (name !== undefined) names.push(name);
    }
  }
  talk.close();
  return names;
}
