/** `relais import imap` from Debian's Dovecot: whatever happens on the way, the account is the same in the end, and once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ImapFlow } from 'imapflow';
import { FLAGGED, SEEN } from '../../src/core/mailbox/flags.ts';
import { encodeUtf7 } from '../../src/wire/imap/mailbox-name.ts';
import { COMMAND_LINES, CommandLine, type Ran, runWith } from '../command-line.ts';
import { pictureOf } from '../picture.ts';
import { PASSWORD, startHouse } from './house.ts';
import { Dovecot, MASTER_SECRET, type OldMessage, SECRET } from './dovecot.ts';

const RELAIS = fileURLToPath(new URL('../../bin/relais', import.meta.url));
const ANA = 'ana@here.example';
const AT = 1_520_841_600_000;

/** What each folder there is called in a French account here. */
const FOLDERS = {
  '': 'INBOX',
  Sent: 'Envoyés',
  'Projets/Été 2018/Réunions & comptes': 'Projets/Été 2018/Réunions & comptes',
  '日本語/会議': '日本語/会議',
} as const;

const FLAGS: Readonly<Record<string, string>> = {
  S: '\\Seen',
  F: '\\Flagged',
  R: '\\Answered',
  D: '\\Draft',
  T: '\\Deleted',
};

function message(subject: string, octets = 200): Buffer {
  const head = `From: bob@far.example\nTo: ana\nSubject: ${subject}\nMessage-ID: <${subject.replaceAll(' ', '.')}@far.example>\n\n`;
  return Buffer.from(`${head}${'une ligne de texte\n'.repeat(Math.ceil(octets / 19))}`);
}

function messages(name: string, count: number, octets?: number): OldMessage[] {
  const kinds = ['', 'S', 'FS', 'RS', 'D', 'ST'];
  return Array.from({ length: count }, (_, index) => ({
    bytes: message(`${name.length} of ${index}`, octets),
    at: AT + 1000 * index,
    flags: kinds[index % kinds.length] as string,
  }));
}

async function furnish(line: CommandLine): Promise<void> {
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await line.store.addAccount({ address: ANA, language: 'fr', password: 'p', scram: 's', at: 0 });
}

function wordsOf({ port, folder }: Dovecot, ...more: string[]): string[] {
  const there = ['--host', 'localhost', '--port', `${port}`, '--ca', join(folder, 'cert.pem')];
  return ['import', 'imap', ANA, '--user', 'old', '--password-stdin', ...there, ...more];
}

function importing(line: CommandLine, dovecot: Dovecot, ...more: string[]): Promise<Ran> {
  return line.feed(`${SECRET}\n`, ...wordsOf(dovecot, '--json', ...more));
}

/** The last line: what it came to. */
async function imported(
  line: CommandLine,
  dovecot: Dovecot,
  ...more: string[]
): Promise<Record<string, unknown>> {
  const ran = await importing(line, dovecot, ...more);
  assert.equal(ran.code, 0, ran.out + ran.err);
  return ran.objects.at(-1) ?? {};
}

async function idOf({ store }: CommandLine): Promise<Parameters<typeof store.mailboxes>[0]> {
  const account = await store.account(ANA);
  assert.ok(account !== undefined);
  return account.id;
}

async function countOf(line: CommandLine): Promise<number> {
  const all = await line.store.mailboxes(await idOf(line));
  return all.reduce((sum, mailbox) => sum + mailbox.messages, 0);
}

interface Seen {
  readonly hash: string;
  readonly at: number;
  readonly flags: readonly string[];
}

/** As an IMAP server gives it: lines end with CRLF. */
function expected({ bytes, at, flags }: OldMessage): Seen {
  const octets = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  return { hash: hash('sha256', octets), at, flags: [...flags].map((flag) => FLAGS[flag] as string).sort() };
}

async function here(line: CommandLine, name: string): Promise<Seen[]> {
  const mailbox = (await pictureOf(line.store, ANA)).find((one) => one.name === name);
  assert.ok(mailbox !== undefined, `there is no ${name}`);
  return mailbox.messages.map((one) => ({
    hash: one.hash,
    at: one.internalAt,
    flags: one.flags.toSorted(),
  }));
}

function sorted(all: readonly Seen[]): Seen[] {
  return all.toSorted((a, b) => (a.hash + a.at < b.hash + b.at ? -1 : 1));
}

async function same(line: CommandLine, name: string, there: readonly OldMessage[]): Promise<void> {
  assert.deepEqual(sorted(await here(line, name)), sorted(there.map(expected)), name);
}

/** Runs it in a process of its own, and ends that with SIGKILL when so many messages came. */
async function killedAt(line: CommandLine, dovecot: Dovecot, count: number): Promise<void> {
  const words = [...wordsOf(dovecot, '--connections', '2'), '--config', line.config];
  const child = spawn(RELAIS, words, { stdio: ['pipe', 'ignore', 'ignore'] });
  const over = new Promise<{ signal: string | null }>((resolve) =>
    child.once('exit', (_, signal) => resolve({ signal })),
  );
  child.stdin.end(`${SECRET}\n`);
  while ((await countOf(line)) < count && child.exitCode === null) await sleep(2);
  child.kill('SIGKILL');
  assert.equal((await over).signal, 'SIGKILL', `it was over before ${count} messages were there`);
}

for (const [store, open] of Object.entries(COMMAND_LINES))
  test(`an import into ${store} that is killed twice goes on, and the account is the same, once`, async (t) => {
    const dovecot = await Dovecot.start(t);
    const line = dovecot === undefined ? undefined : await open(t);
    if (dovecot === undefined || line === undefined) return;
    await furnish(line);
    const there = Object.keys(FOLDERS).map((name) => [name, messages(name, 200, 20_000)] as const);
    for (const [name, all] of there) dovecot.put('old', name, all);
    // Twice the same message is two messages, and one of several megabytes comes in pieces.
    const twin = (there[0] as (typeof there)[number])[1][0] as OldMessage;
    const large = { bytes: message('large', 3_500_000), at: AT - 1000, flags: 'S' };
    dovecot.put('old', '', [twin, large]);
    dovecot.write('old', 'subscriptions', `Sent\n${encodeUtf7('日本語')}.${encodeUtf7('会議')}\n`);
    const total = 802;
    const first = Math.floor(Math.random() * 300) + 1;
    const second = first + Math.floor(Math.random() * 300) + 1;
    t.diagnostic(`killed at ${first} and ${second} of ${total} messages`);
    await killedAt(line, dovecot, first);
    await killedAt(line, dovecot, second);
    const came = await countOf(line);
    const last = await imported(line, dovecot);
    assert.deepEqual(
      [last['schema'], last['there'], last['messages']],
      ['relais.import/1', came, total - came],
    );
    for (const [name, all] of there)
      await same(line, FOLDERS[name as keyof typeof FOLDERS], name === '' ? [...all, twin, large] : all);
    assert.deepEqual(
      (await line.store.mailboxes(await idOf(line)))
        .map(({ name }) => name)
        .filter((name) => /^(Pr|日)/.test(name)),
      ['Projets', 'Projets/Été 2018', 'Projets/Été 2018/Réunions & comptes', '日本語', '日本語/会議'],
    );
    const subscribed = await line.store.subscriptions(await idOf(line));
    assert.deepEqual(
      subscribed.filter((name) => /^(Pr|日)/.test(name)),
      ['日本語/会議'],
    );
    const again = await imported(line, dovecot);
    assert.deepEqual([again['messages'], again['flagged'], again['there']], [0, 0, total]);
    const compared = await imported(line, dovecot, '--verify');
    assert.deepEqual([compared['schema'], compared['same']], ['relais.import-verified/1', total]);
    const verified = await line.run('verify');
    assert.equal(verified.code, 0, verified.out);
  });

test('what changed there since comes too, and what changed here stays', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const line = await CommandLine.open(t);
  await furnish(line);
  const plain = ['', '', '', '', 'FS'].map((flags, index) => ({
    bytes: message(`m${index}`),
    at: AT,
    flags,
  }));
  const [one = '', two = '', three = '', , five = ''] = dovecot.put('old', 'Sent', plain);
  dovecot.write('old', '.Sent/dovecot-keywords', '0 $Forwarded\n1 blau\n');
  await imported(line, dovecot);
  const account = await idOf(line);
  const mailbox = (await line.store.mailboxNamed({ account, name: 'Envoyés' }))?.id;
  assert.ok(mailbox !== undefined);
  const flags = { system: SEEN, keywords: ['mine'] };
  await line.store.storeFlags({ account, mailbox, uids: [[1, 4]], change: 'add', flags });
  const flagged = { system: FLAGGED, keywords: [] };
  await line.store.storeFlags({ account, mailbox, uids: [[5, 5]], change: 'remove', flags: flagged });
  renameSync(five, five.replace(/FS$/, 'FR'));
  renameSync(one, `${one}Fb`);
  renameSync(two, `${two}a`);
  rmSync(three);
  dovecot.put('old', 'Sent', [{ bytes: message('new'), at: AT, flags: 'S' }]);
  const dry = await imported(line, dovecot, '--dry-run');
  assert.deepEqual([dry['messages'], dry['flagged'], dry['gone'], dry['dryRun']], [1, 3, 1, true]);
  const compared = await importing(line, dovecot, '--verify');
  const { same, fresh, otherFlags, gone } = compared.objects.at(-1) ?? {};
  assert.deepEqual([compared.code, same, fresh, otherFlags, gone], [1, 0, 1, 4, 1]);
  const ran = await imported(line, dovecot);
  assert.deepEqual([ran['messages'], ran['flagged'], ran['gone'], ran['there']], [1, 3, 1, 4]);
  const kept = await here(line, 'Envoyés');
  const own = ['\\Seen', 'mine'];
  assert.deepEqual(
    kept.map((item) => item.flags),
    [
      ['\\Flagged', ...own.slice(0, 1), 'blau', 'mine'],
      ['$Forwarded', ...own],
      own,
      own,
      ['\\Answered'],
      ['\\Seen'],
    ],
  );
  const removed = await imported(line, dovecot, '--remove-gone');
  assert.deepEqual([removed['removed'], removed['gone']], [1, 0]);
  assert.equal((await here(line, 'Envoyés')).length, 5);
  const after = await imported(line, dovecot);
  assert.deepEqual([after['messages'], after['flagged'], after['gone'], after['removed']], [0, 0, 0, 0]);
});

test('a folder whose UIDVALIDITY changed is said so, and its messages are recognised', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const line = await CommandLine.open(t);
  await furnish(line);
  const all = messages('', 30);
  dovecot.put('old', '', [...all, all[0] as OldMessage]);
  await imported(line, dovecot);
  dovecot.write('old', 'dovecot-uidlist', '3 V1234567 N1 G0123456789abcdef0123456789abcdef\n');
  for (const name of ['dovecot.index', 'dovecot.index.log', 'dovecot.index.cache'])
    rmSync(join(dovecot.folder, 'mail', 'old', name), { force: true });
  dovecot.put('old', '', [{ bytes: message('later'), at: AT, flags: '' }]);
  const ran = await importing(line, dovecot);
  const folder = ran.objects.find((object) => object['folder'] === 'INBOX') ?? {};
  assert.deepEqual([folder['isRenumbered'], folder['messages'], folder['there']], [true, 1, 31], ran.out);
  assert.equal(await countOf(line), 32);
  assert.equal((await imported(line, dovecot))['messages'], 0);
});

test('a quota that is met ends the account where it is, and what is refused is said without its password', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const line = await CommandLine.open(t);
  await furnish(line);
  dovecot.put('old', '', messages('', 100));
  await line.store.setQuota({ name: ANA, limits: { messages: 70 } });
  const full = await importing(line, dovecot);
  assert.equal(full.code, 1, full.out);
  assert.match(full.err, /no room for more.*relais account quota ana@here\.example/);
  assert.equal(full.objects.at(-1)?.['ended'], 'over quota');
  assert.equal(await countOf(line), 70);
  await line.store.setQuota({ name: ANA, limits: {} });
  assert.equal((await imported(line, dovecot))['messages'], 30);
});

test('a password goes out in TLS that can be trusted, and is told to nobody', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const line = await CommandLine.open(t);
  await furnish(line);
  dovecot.put('old', '', messages('', 3));
  const wrong = await line.feed('wrong\n', ...wordsOf(dovecot, '--json'));
  assert.equal(wrong.code, 1);
  assert.deepEqual(
    [wrong.objects[0]?.['fault'], (wrong.out + wrong.err).includes('wrong')],
    ['login', false],
  );
  const words = wordsOf(dovecot).filter((word) => word !== '--ca' && !word.endsWith('.pem'));
  const untrusted = await line.feed(`${SECRET}\n`, ...words, '--json');
  assert.deepEqual([untrusted.code, untrusted.objects[0]?.['fault']], [1, 'unsafe'], untrusted.out);
  assert.match(String(untrusted.objects[0]?.['why']), /^no TLS that can be trusted: .*--ca FILE$/);
  const clear = await line.feed(
    `${SECRET}\n`,
    ...['import', 'imap', ANA, '--host', '192.0.2.1'],
    '--tls',
    'none',
  );
  assert.equal(clear.code, 2);
  assert.match(clear.err, /in the clear/);
  const { startTlsPort } = dovecot;
  const other = ['--port', `${startTlsPort}`, '--json'];
  const bare = await line.feed(`${SECRET}\n`, ...wordsOf(dovecot, ...other, '--tls', 'none'));
  assert.deepEqual([bare.code, bare.objects.at(-1)?.['messages']], [0, 3], bare.out);
  const started = await line.feed(`${SECRET}\n`, ...wordsOf(dovecot, ...other, '--tls', 'starttls'));
  assert.deepEqual([started.code, started.objects.at(-1)?.['there']], [0, 3], started.out);
  // By another port it is another server, as far as anybody can tell: its messages are recognised.
  assert.equal((await imported(line, dovecot))['there'], 3);
  const silent = await line.run('import', 'imap', ANA, '--host', 'localhost');
  assert.equal(silent.code, 2);
  assert.match(silent.err, /--password-stdin/);
});

test('a list of accounts comes, with their own passwords or by one who may log in for all', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const line = await CommandLine.open(t);
  await furnish(line);
  const bob = 'bob@here.example';
  await line.store.addAccount({ address: bob, language: 'en', password: 'p', scram: 's', at: 0 });
  for (const user of ['old', 'older']) dovecot.put(user, 'Sent', messages(user, 10));
  const list = join(line.folder, 'accounts');
  writeFileSync(list, `# ours\n${ANA} old ${SECRET}\n\nnobody@here.example - x\n${bob}\tolder ${SECRET}\n`);
  const words = ['import', 'imap', '--list', list, ...wordsOf(dovecot).slice(6), '--json'];
  const open = await line.run(...words);
  assert.match(open.err, /chmod 600/);
  writeFileSync(list, '', { mode: 0o600 });
  rmSync(list);
  writeFileSync(list, `# ours\n${ANA} old ${SECRET}\n\nnobody@here.example - x\n${bob}\tolder ${SECRET}\n`, {
    mode: 0o600,
  });
  const ran = await line.run(...words);
  assert.equal(ran.code, 3, ran.out);
  assert.match(ran.err, /there is no account nobody@here\.example/);
  const sums = ran.objects.filter((object) => object['schema'] === 'relais.import/1');
  assert.deepEqual(sums.map((sum) => [sum['address'], sum['messages']]).sort(), [
    [ANA, 10],
    [bob, 10],
  ]);
  writeFileSync(list, `${ANA} old\n${bob} older\n`);
  const by = await line.feed(`${MASTER_SECRET}\n`, ...words, '--master', 'root', '--password-stdin');
  assert.equal(by.code, 0, by.out + by.err);
  const again = by.objects.filter((object) => object['schema'] === 'relais.import/1');
  assert.deepEqual(
    again.map((sum) => [sum['messages'], sum['there']]),
    [
      [0, 10],
      [0, 10],
    ],
  );
});

test('while the server runs, who has the mailbox open sees mail and flags come', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const house = await startHouse(t, { nextHop: 9, tls: 'none' });
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port: house.imap, logger: false, tls: { rejectUnauthorized: false } },
    auth: { user: ANA, pass: PASSWORD },
  });
  await client.connect();
  t.after(() => client.close());
  await client.mailboxOpen('INBOX');
  const words = [...wordsOf(dovecot), '--config', join(house.folder, 'relais.toml')];
  const run = (): Promise<Ran> => runWith(words, Readable.from([Buffer.from(`${SECRET}\n`)]));
  const [file = ''] = dovecot.put('old', '', messages('', 3));
  const there = new Promise((resolve) => client.on('exists', ({ count }) => count === 3 && resolve(count)));
  const idling = client.idle();
  assert.equal((await run()).code, 0);
  await there;
  const flagged = new Promise((resolve) => client.once('flags', ({ flags }) => resolve([...flags])));
  renameSync(file, `${file}F`);
  assert.equal((await run()).code, 0);
  assert.deepEqual(await flagged, ['\\Flagged']);
  await client.noop();
  await idling;
});

test('what is exported as a Maildir is one to Dovecot, UIDs and keywords included', async (t) => {
  const dovecot = await Dovecot.start(t);
  if (dovecot === undefined) return;
  const line = await CommandLine.open(t);
  await furnish(line);
  const bob = 'bob@here.example';
  await line.store.addAccount({ address: bob, language: 'fr', password: 'p', scram: 's', at: 0 });
  for (const name of Object.keys(FOLDERS)) dovecot.put('old', name, messages(name, 20));
  await imported(line, dovecot);
  const account = await idOf(line);
  const inbox = (await line.store.mailboxNamed({ account, name: 'INBOX' }))?.id;
  assert.ok(inbox !== undefined);
  const flags = { system: 0, keywords: ['blau', '$Forwarded'] };
  await line.store.storeFlags({ account, mailbox: inbox, uids: [[3, 5]], change: 'add', flags });
  await line.store.expungeItems({ account, mailbox: inbox, uids: [[1, 2]], which: 'any', at: AT });
  const out = await line.run('export', 'maildir', ANA, dovecot.maildirOf('out'));
  assert.equal(out.code, 0, out.err);
  dovecot.adopt('out');
  const words = wordsOf(dovecot, '--json').map((word) =>
    word === ANA ? bob : word === 'old' ? 'out' : word,
  );
  const back = await line.feed(`${SECRET}\n`, ...words);
  assert.equal(back.code, 0, back.out + back.err);
  const [one, other] = await Promise.all([ANA, bob].map((address) => pictureOf(line.store, address)));
  const plain = (picture: typeof one): unknown =>
    picture?.map(({ messages: all, ...mailbox }) => ({
      ...mailbox,
      messages: all.map((message) => ({ ...message, flags: message.flags.toSorted() })),
    }));
  assert.deepEqual(plain(other), plain(one));
  const client = new ImapFlow({
    ...{ host: 'localhost', port: dovecot.port, secure: true, logger: false },
    ...{ tls: { rejectUnauthorized: false }, auth: { user: 'out', pass: SECRET } },
  });
  await client.connect();
  await client.mailboxOpen('INBOX', { readOnly: true });
  assert.deepEqual(
    await client.search({ all: true }, { uid: true }),
    Array.from({ length: 18 }, (_, index) => index + 3),
  );
  await client.logout();
});
