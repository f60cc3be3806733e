/** Mail that goes out into files and comes back in: the same folders, flags, dates and octets; twice, nothing twice. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { parseMessage } from '../../src/core/mailbox/parse.ts';
import type { FlagSet } from '../../src/core/mailbox/flags.ts';
import { COMMAND_LINES, CommandLine } from '../command-line.ts';
import { type PicturedMailbox, pictureOf } from '../picture.ts';
import { anItem } from '../stores.ts';

const ANA = 'ana@here.example';
const BOB = 'bob@here.example';
const AT = 1_520_841_600_000;
const DEEP = 'Projets/Été 2018/v1.2 & suite/会議';

async function furnish(line: CommandLine): Promise<void> {
  await line.store.addDomain({ name: 'here.example', language: 'fr', createdAt: 0, keys: [] });
  for (const address of [ANA, BOB])
    await line.store.addAccount({ address, language: 'fr', password: 'p', scram: 's', at: 0 });
}

async function append(
  line: CommandLine,
  name: string,
  about: { bytes: Buffer; flags?: FlagSet; at?: number },
): Promise<void> {
  const account = (await line.store.account(ANA))?.id;
  assert.ok(account !== undefined);
  await line.store.createMailbox({ account, name, at: AT });
  const mailbox = (await line.store.mailboxNamed({ account, name }))?.id;
  assert.ok(mailbox !== undefined);
  const { bytes, flags = { system: 0, keywords: [] }, at: internalAt = AT } = about;
  const item = await anItem(line.store, { bytes, flags, internalAt, parsed: parseMessage(bytes) });
  assert.ok((await line.store.appendItems({ account, mailbox, items: [item], at: AT })).ok);
}

/** Texts that files of mail have trouble with. */
async function fill(line: CommandLine): Promise<void> {
  const text = (subject: string, body: string): Buffer => Buffer.from(`Subject: ${subject}\r\n\r\n${body}`);
  await append(line, 'INBOX', { bytes: text('one', 'hello\r\n'), at: AT + 5000 });
  await append(line, 'INBOX', { bytes: text('twin', 'hello\r\n') });
  await append(line, 'INBOX', { bytes: text('twin', 'hello\r\n') });
  await append(line, 'INBOX', {
    bytes: text(
      'from',
      'a\r\n\r\nFrom here to there\r\n>From\r\n>From x\r\n>>From y Mon Mar 12 08:00:00 2018\r\n',
    ),
    flags: { system: 31, keywords: [] },
  });
  const line2 = 'From bob Mon Mar 12 08:00:00 2018\r\n';
  await append(line, DEEP, { bytes: text('blank', `\r\n\r\n${line2}no field\r\n\r\n\r\n`), at: 86_400_000 });
  await append(line, DEEP, {
    bytes: text('keywords', 'x\r\n'),
    flags: { system: 8, keywords: ['$Forwarded', 'blau', 'Änderung'.slice(1)] },
  });
  await append(line, DEEP, {
    bytes: Buffer.from('Status: mine\r\nX-Status: mine\r\nSubject: own\r\n\r\ntext\r\n'),
  });
  await append(line, DEEP, { bytes: Buffer.from('Subject: mixed\r\n\r\nbare\nand not\r\n') });
  await append(line, DEEP, { bytes: Buffer.from('Subject: header alone\r\n') });
  await append(line, 'Envoyés', {
    bytes: text('large', `${'From z\r\n'.repeat(40_000)}${'é'.repeat(300_000)}\r\n`),
  });
  await line.feed('Subject: delivered\n\nby us\n', 'sendmail', '-f', 'eve@far.example', ANA);
  const account = (await line.store.account(ANA))?.id;
  assert.ok(account !== undefined);
  await line.store.subscribe({ account, name: DEEP, isSubscribed: true });
  await line.store.subscribe({ account, name: 'Envoyés', isSubscribed: false });
}

/** What files can keep: dates to the second, and not what the envelope said. */
function asFiles(picture: readonly PicturedMailbox[]): unknown {
  return picture.map(({ name, use, messages }) => ({
    ...{ name, use },
    messages: messages.map(({ flags, internalAt, hash, size, thread, preview }) => ({
      ...{ flags: flags.toSorted(), hash, size, thread, preview },
      at: Math.floor(internalAt / 1000),
    })),
  }));
}

async function ran(line: CommandLine, ...words: string[]): Promise<Record<string, unknown>> {
  const result = await line.run(...words, '--json');
  assert.equal(result.code, 0, result.out + result.err);
  return result.objects.at(-1) ?? {};
}

for (const [store, open] of Object.entries(COMMAND_LINES))
  for (const [kind, ...words] of [['maildir'], ['maildir', '--layout', 'fs'], ['mbox']] as const)
    test(`on ${store}, what goes out as ${[kind, ...words].join(' ')} comes back the same, once`, async (t) => {
      const line = await open(t);
      if (line === undefined) return;
      await furnish(line);
      await fill(line);
      const folder = join(line.folder, 'out');
      const out = await ran(line, 'export', kind, ANA, folder, ...words);
      assert.deepEqual([out['schema'], out['messages'], out['withoutKeywords']], ['relais.export/1', 11, 0]);
      const dry = await ran(line, 'import', kind, BOB, folder, '--dry-run');
      assert.deepEqual([dry['messages'], dry['dryRun']], [11, true]);
      const came = await ran(line, 'import', kind, BOB, folder);
      assert.deepEqual([came['schema'], came['messages'], came['there']], ['relais.import-files/1', 11, 0]);
      const [before, after] = [await pictureOf(line.store, ANA), await pictureOf(line.store, BOB)];
      assert.deepEqual(asFiles(after), asFiles(before));
      const subscribed = (of: readonly PicturedMailbox[]): string[] =>
        of.filter((mailbox) => mailbox.isSubscribed).map(({ name }) => name);
      // Of an account's own mailboxes, that is as it was when it was made.
      const isOurs = (name: string): boolean => name !== 'Envoyés';
      if (kind === 'maildir')
        assert.deepEqual(subscribed(after).filter(isOurs), subscribed(before).filter(isOurs));
      for (const address of [BOB, ANA]) {
        const again = await ran(line, 'import', kind, address, folder);
        assert.deepEqual([again['messages'], again['there']], [0, 11], address);
      }
      assert.deepEqual(await pictureOf(line.store, ANA), before);
      const twice = await line.run('export', kind, ANA, folder);
      assert.equal(twice.code, 1);
      assert.match(twice.err, /is there already/);
    });

test('one mailbox goes out alone, and comes into another', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  await fill(line);
  const folder = join(line.folder, 'out');
  assert.equal((await ran(line, 'export', 'mbox', ANA, folder, '--mailbox', DEEP))['mailboxes'], 1);
  const file = join(folder, 'Projets.sbd/Été 2018.sbd/v1.2 & suite.sbd/会議');
  assert.ok(existsSync(file));
  await ran(line, 'import', 'mbox', BOB, file, '--mailbox', 'Old/mail');
  const came = (await pictureOf(line.store, BOB)).find(({ name }) => name === 'Old/mail');
  assert.equal(came?.messages.length, 5);
});

async function refusedMbox(t: TestContext, bytes: Buffer | string): Promise<string> {
  const line = await CommandLine.open(t);
  await furnish(line);
  const file = join(line.folder, 'broken.mbox');
  writeFileSync(file, bytes);
  const result = await line.run('import', 'mbox', BOB, file);
  assert.equal(result.code, 1, result.out);
  const messages = (await pictureOf(line.store, BOB)).flatMap((mailbox) => mailbox.messages);
  assert.deepEqual(messages, []);
  return result.err;
}

test('an mbox file that is none, or is broken, is refused by its line, and nothing of it comes', async (t) => {
  assert.match(
    await refusedMbox(t, 'Subject: x\n\ny\n'),
    /broken\.mbox, line 1: it does not begin with a line "From/,
  );
  assert.match(
    await refusedMbox(t, Buffer.concat([Buffer.from([0x1f, 0x8b]), randomBytes(50)])),
    /line 1: .*gunzip/,
  );
  const half = 'From a Mon Mar 12 08:00:00 2018\nno field at all\n';
  assert.match(await refusedMbox(t, half), /broken\.mbox, line 2: no header field/);
});

test('an mbox file of another program has its flags and dates, and what Thunderbird deleted stays away', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const file = join(line.folder, 'mail', 'Inbox');
  mkdirSync(join(line.folder, 'mail', 'Inbox.sbd'), { recursive: true });
  const head = 'From - Mon Mar 12 08:00:00 2018\nX-Mozilla-Status: ';
  writeFileSync(
    file,
    `${head}0005\nX-Mozilla-Keys: $label1\nSubject: a\n\nx\n\n${head}0009\nSubject: gone\n\nx\n\nFrom bob@far.example Mon Mar 12 10:00:00 +0200 2018\nStatus: RO\nX-Status: AT\nContent-Length: 100000\nSubject: b\n\n>From me\n`,
  );
  writeFileSync(join(line.folder, 'mail', 'Inbox.msf'), '// <!-- mork -->\n');
  writeFileSync(
    join(line.folder, 'mail', 'Inbox.sbd', 'Clients'),
    'From x Mon Mar 12 08:00:00 2018\nSubject: c\n\nlast',
  );
  const result = await line.run('import', 'mbox', BOB, join(line.folder, 'mail'), '--json');
  assert.equal(result.code, 0, result.err);
  assert.match(result.err, /Inbox\.msf is no mbox file/);
  const picture = await pictureOf(line.store, BOB);
  const inbox = picture.find(({ name }) => name === 'INBOX');
  assert.deepEqual(
    inbox?.messages.map(({ flags, internalAt }) => [flags, internalAt]),
    [
      [['\\Flagged', '\\Seen', '$label1'], AT],
      [['\\Answered', '\\Seen', '\\Draft'], AT],
    ],
  );
  assert.equal(picture.find(({ name }) => name === 'INBOX/Clients')?.messages.length, 1);
});

test('a Maildir of Dovecot has its keywords, and what is new is unseen', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const root = join(line.folder, 'Maildir');
  for (const part of ['cur', 'new', 'tmp', '.Sent/cur', '.Sent/new', '.Sent/tmp'])
    mkdirSync(join(root, part), { recursive: true });
  writeFileSync(join(root, 'dovecot-keywords'), '0 blau\n1 $Forwarded\n');
  const put = (name: string, subject: string): void => {
    writeFileSync(join(root, name), `Subject: ${subject}\n\ntext\n`);
    utimesSync(join(root, name), AT / 1000, AT / 1000);
  };
  put('cur/1520841600.M1P1.old,S=20:2,FSb', 'a');
  put('new/1520841601.M1P1.old', 'b');
  put('.Sent/cur/1520841602.M1P1.old:2,Sa', 'c');
  const first = await ran(line, 'import', 'maildir', BOB, root);
  assert.equal(first['messages'], 3);
  renameSync(join(root, 'new/1520841601.M1P1.old'), join(root, 'cur/1520841601.M1P1.old:2,S'));
  assert.equal((await ran(line, 'import', 'maildir', BOB, root))['messages'], 0);
  const picture = await pictureOf(line.store, BOB);
  const flagsIn = (name: string): unknown =>
    picture
      .find((mailbox) => mailbox.name === name)
      ?.messages.map(({ flags, internalAt }) => [flags, internalAt]);
  assert.deepEqual(flagsIn('INBOX'), [
    [['\\Flagged', '\\Seen', '$Forwarded'], AT],
    [[], AT],
  ]);
  assert.deepEqual(flagsIn('Envoyés'), [[['\\Seen'], AT]]);
  const none = await line.run('import', 'maildir', BOB, join(line.folder, 'data'));
  assert.equal(none.code, 3, none.err);
  assert.equal(readdirSync(join(root, 'cur')).length, 2);
  assert.ok(readFileSync(join(root, 'dovecot-keywords'), 'utf8').length > 0);
});

/** Of names that clients can give: those that a file system, a Maildir or Thunderbird has a use for. */
const ODD = [
  '.',
  '..',
  '../x',
  '.hidden',
  'a/.b',
  'cur',
  'a/new',
  'subscriptions',
  '&AC4-',
  'x.lock',
  'y.sbd',
  'y/z',
];

for (const [kind, ...words] of [['maildir'], ['maildir', '--layout', 'fs'], ['mbox']] as const)
  test(`mailboxes whose names are none of a file go out as ${[kind, ...words].join(' ')}, and come back`, async (t) => {
    const line = await CommandLine.open(t);
    await furnish(line);
    for (const name of ODD)
      await append(line, name, { bytes: Buffer.from(`Subject: in ${name}\r\n\r\nx\r\n`) });
    const folder = join(line.folder, 'out');
    assert.equal((await ran(line, 'export', kind, ANA, folder, ...words))['skipped'], 0);
    assert.deepEqual(
      readdirSync(line.folder).filter((name) => name.startsWith('x') || name.startsWith('out')),
      ['out'],
    );
    assert.equal((await ran(line, 'import', kind, BOB, folder))['messages'], ODD.length);
    const filled = async (address: string): Promise<unknown> =>
      asFiles((await pictureOf(line.store, address)).filter(({ messages }) => messages.length > 0));
    assert.deepEqual(await filled(BOB), await filled(ANA));
  });

test('a mailbox with too long a name is named, and does not keep the others from going out', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const long = `${'é'.repeat(127)}/inner`;
  const message = { bytes: Buffer.from('Subject: x\r\n\r\nx\r\n') };
  await append(line, long, message);
  await append(line, 'INBOX', message);
  for (const kind of ['maildir', 'mbox']) {
    const folder = join(line.folder, kind);
    const result = await line.run('export', kind, ANA, folder, '--json');
    assert.equal(result.code, 1, result.err);
    const skipped = result.objects.filter(({ skipped }) => typeof skipped === 'string');
    assert.ok(skipped.some(({ mailbox }) => mailbox === long));
    const { messages, skipped: count } = result.objects.at(-1) ?? {};
    assert.deepEqual([messages, count], [1, skipped.length]);
    assert.equal((await ran(line, 'import', kind, BOB, folder, '--dry-run'))['messages'], 1);
    const alone = await line.run('export', kind, ANA, join(line.folder, 'alone'), '--mailbox', long);
    assert.deepEqual([alone.code, existsSync(join(line.folder, 'alone'))], [1, false]);
    assert.match(alone.err, /cannot be written: .*too long/);
  }
  assert.equal(
    (await ran(line, 'export', 'maildir', ANA, join(line.folder, 'fs'), '--layout', 'fs'))['skipped'],
    0,
  );
});

test('names of folders cannot write lines of their own into a report', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const root = join(line.folder, 'Maildir');
  const forged = 'x\n1000 messages, 1 GB came to bob@here.example.';
  for (const part of ['cur', `${forged}/cur`, `${'y'.repeat(250)}/${'z'.repeat(250)}/cur`])
    mkdirSync(join(root, part), { recursive: true });
  symlinkSync('/dev/null', join(root, forged, 'cur', '1.a\nforged\u001b[2J'));
  symlinkSync(root, join(root, 'loop'));
  const result = await line.run('import', 'maildir', BOB, root);
  assert.equal(result.code, 0, result.err);
  const lines = (result.out + result.err).split('\n');
  assert.ok(lines.some((one) => one.startsWith('x_1000 messages')));
  assert.ok(!lines.some((one) => /^(1000|forged)/.test(one)), result.out + result.err);
  assert.ok(lines.every((one) => one.length < 400));
  assert.match(result.err, /loop is a symbolic link, which is not followed/);
  const { passedOver } = await ran(line, 'import', 'maildir', BOB, root);
  assert.deepEqual(passedOver, { links: 2 });
  const none = await line.run('import', 'maildir', BOB, join(line.folder, 'no\nforged'));
  assert.doesNotMatch(none.err, /^forged/m);
});

test('what is taken away while a Maildir is brought is named, and the exit code says so', async (t) => {
  const line = await CommandLine.open(t);
  await furnish(line);
  const root = join(line.folder, 'Maildir');
  for (const part of ['A/cur', 'B/cur']) mkdirSync(join(root, part), { recursive: true });
  for (let count = 100; count < 400; count++)
    writeFileSync(join(root, `A/cur/${count}.a`), `Subject: ${count}\n\nx\n`);
  for (const name of ['1.kept:2,', '2.renamed:2,', '3.gone:2,'])
    writeFileSync(join(root, 'B/cur', name), `Subject: ${name}\n\nx\n`);
  const account = (await line.store.account(BOB))?.id;
  assert.ok(account !== undefined);
  const running = line.run('import', 'maildir', BOB, root, '--json');
  // It has looked at all folders when it makes the first mailbox.
  while ((await line.store.mailboxNamed({ account, name: 'A' })) === undefined) await setImmediate();
  renameSync(join(root, 'B/cur/2.renamed:2,'), join(root, 'B/cur/2.renamed:2,S'));
  rmSync(join(root, 'B/cur/3.gone:2,'));
  const result = await running;
  assert.equal(result.code, 1, result.err);
  assert.match(result.err, /B\/3\.gone was renamed or removed meanwhile, and did not come: run this again/);
  const { messages, passedOver } = result.objects.at(-1) ?? {};
  assert.deepEqual([messages, passedOver], [302, { missing: 1 }]);
  const again = await ran(line, 'import', 'maildir', BOB, root);
  assert.deepEqual([again['messages'], again['there'], again['passedOver']], [0, 302, {}]);
});
