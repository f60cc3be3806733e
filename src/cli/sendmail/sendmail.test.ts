import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CommandLine, tried } from '../../../test/command-line.ts';
import { inboxOf } from '../../../test/inbox.ts';
import { type AccountId, type Forward, UNROUTED } from '../../core/envelope.ts';
import type { QueuedDelivery } from '../../core/queue/admin.ts';
import { readFlags } from './flags.ts';
import { addressesIn } from '../../wire/mime/addresses.ts';
import { withCrlf } from './message.ts';

async function withAna(t: TestContext, toml = ''): Promise<CommandLine> {
  const line = await CommandLine.open(t, toml);
  await line.run('domain', 'add', 'here.example');
  await line.store.addAccount({
    address: 'ana@here.example',
    language: 'fr',
    password: '',
    scram: '',
    at: 1000,
  });
  return line;
}

/** What Ana got, as text. */
async function mailOfAna(line: CommandLine): Promise<string> {
  const { bytes, err, code } = await line.run('mailbox', 'show', 'ana@here.example', '1');
  assert.equal(code, 0, err);
  return bytes.toString();
}

function queued(line: CommandLine): Promise<QueuedDelivery[]> {
  return line.store.listQueue({ filter: {}, limit: 100 });
}

test('a bare text becomes a whole message in the mailbox, every line ended by CRLF', async (t) => {
  const line = await withAna(t);
  const ran = await line.feed(
    'hello\nworld',
    'sendmail',
    '-f',
    'bob@here.example',
    '-F',
    'Bob Été',
    'ana@here.example',
  );
  assert.deepEqual([ran.code, ran.out, ran.err], [0, '', '']);
  const text = await mailOfAna(line);
  assert.match(text, /^Return-Path: <bob@here\.example>\r\n/);
  assert.match(
    text,
    /\r\nReceived: by mail\.here\.example \(Relais, from userid \d+\)\r\n\tid R[0-9A-Z]+;\r\n\t/,
  );
  assert.match(
    text,
    /\r\nFrom: =\?utf-8\?B\?Qm9iIMOJdMOp\?= <bob@here\.example>\r\nDate: [A-Z][a-z]{2}, .* \+0000\r\nMessage-ID: <R[0-9A-Z]+@mail\.here\.example>\r\n\r\nhello\r\nworld\r\n$/,
  );
  assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/);
});

test('what a program wrote into the header stays, but for Bcc', async (t) => {
  const line = await withAna(t);
  const message =
    'From: X <x@here.example>\nDate: Mon, 12 Mar 2018 09:00:00 +0000\nMessage-ID: <1@x>\nBcc: secret@far.example\nSubject: a\n folded\n\nbody\n';
  await line.feed(message, 'sendmail', '-f', 'x@here.example', 'ana@here.example');
  const text = await mailOfAna(line);
  assert.match(
    text,
    /\r\nFrom: X <x@here\.example>\r\nDate: Mon, 12 Mar 2018 09:00:00 \+0000\r\nMessage-ID: <1@x>\r\nSubject: a\r\n folded\r\n\r\nbody\r\n$/,
  );
  assert.doesNotMatch(text, /secret/);
  assert.deepEqual(await queued(line), []);
});

test('mail that a domain of ours sends is signed with both its keys', async (t) => {
  const line = await withAna(t);
  await line.feed('hello\n', 'sendmail', '-f', 'ana@here.example', 'ana@here.example');
  assert.equal([...(await mailOfAna(line)).matchAll(/^DKIM-Signature:/gm)].length, 2);
});

test('-t takes the recipients of To, Cc and Bcc, with names, comments and groups', async (t) => {
  const line = await withAna(t);
  const message =
    'To: "Last, First" <a@far.example>, list: b@far.example, Ana <ANA@here.example>;\nCc: c@far.example (see)\nBcc: d@far.example\n\nx\n';
  const ran = await line.feed(
    message,
    'sendmail',
    '--json',
    '-t',
    '-i',
    '-f',
    'ana@here.example',
    'e@far.example',
  );
  assert.equal(ran.code, 0, ran.err);
  const to = [
    'e@far.example',
    'a@far.example',
    'b@far.example',
    'ANA@here.example',
    'c@far.example',
    'd@far.example',
  ];
  assert.deepEqual(ran.objects[0]?.['recipients'], to);
  const deliveries = await queued(line);
  assert.deepEqual(
    deliveries.map(({ recipient }) => recipient).sort(),
    to.filter((one) => !one.includes('here')).sort(),
  );
  assert.ok(
    deliveries.every(
      ({ state, path, sender }) => state === 'ready' && path === '' && sender === 'ana@here.example',
    ),
  );
  assert.match(await mailOfAna(line), /^To: "Last, First"/m);
});

test('an alias is followed, and each place gets one copy', async (t) => {
  const line = await withAna(t);
  await line.run('address', 'add', 'all@here.example', '--to', 'ana@here.example', '--to', 'x@far.example');
  await line.feed('x\n', 'sendmail', 'all@here.example', 'ana@here.example', 'x@far.example');
  assert.equal((await queued(line)).length, 1);
  const account = (await line.store.account('ana@here.example'))?.id as AccountId;
  assert.equal((await inboxOf(line.store, account)).length, 1);
});

test('exit codes are those of sysexits, and nothing is kept when one recipient is wrong', async (t) => {
  const line = await withAna(t, '[limits]\nmaxMessageSize = "64kB"\n');
  const cases: [number, string, readonly string[]][] = [
    [64, 'x\n', []],
    [64, 'Subject: nobody\n\nx\n', ['-t']],
    [64, 'x\n', ['-bs']],
    [64, 'x\n', ['-N', 'sometimes', 'ana@here.example']],
    [65, 'x\n', ['a@@b']],
    [65, 'x'.repeat(70_000), ['ana@here.example']],
    [65, 'Received: x\n'.repeat(60), ['ana@here.example']],
    [67, 'x\n', ['a@far.example', 'nobody@here.example']],
    [67, 'x\n', ['root']],
  ];
  for (const [code, input, words] of cases) {
    const ran = await line.feed(input, 'sendmail', ...words);
    assert.equal(ran.code, code, `${words.join(' ')}: ${ran.err}`);
    assert.match(ran.err, /^relais: .+\n$/);
  }
  assert.deepEqual(await queued(line), []);
});

test('a store that cannot be opened is EX_TEMPFAIL: the caller keeps the message', async (t) => {
  const line = await withAna(t);
  const ran = await line.feed('x\n', 'sendmail', '--data', line.config, 'ana@here.example');
  assert.equal(ran.code, 75);
  assert.match(ran.err, /the store cannot be opened/);
});

test('a large message is kept in pieces and read back whole', async (t) => {
  const line = await withAna(t);
  const body = `${'0123456789abcdef\n'.repeat(50_000)}`;
  const ran = await line.feed(`Subject: big\n\n${body}`, 'sendmail', 'ana@here.example');
  assert.equal(ran.code, 0, ran.err);
  assert.ok((await mailOfAna(line)).endsWith(`\r\n\r\n${body.replaceAll('\n', '\r\n')}`));
});

test('the queue and newaliases answer under the name of sendmail', async (t) => {
  const line = await withAna(t);
  assert.equal((await line.feed('', 'sendmail', '-bp')).out, 'Mail queue is empty\n');
  assert.equal((await line.feed('', 'sendmail', '-bi')).code, 0);
  assert.equal((await line.feed('', 'sendmail', '-q')).code, 0);
  assert.match((await line.feed('', 'sendmail', '--help')).out, /Usage: relais sendmail/);
});

test('flags are read as programs write them; unknown ones are read over', () => {
  const cron = readFlags([
    '-FCronDaemon',
    '-i',
    '-odi',
    '-oem',
    '-t',
    '-f',
    'root',
    '-Z',
    '-ZZtop',
    'x@y',
    '--',
    '-t',
  ]);
  assert.deepEqual(cron, {
    mode: 'send',
    json: false,
    fromHeader: true,
    dotEnds: false,
    sender: 'root',
    fullName: 'CronDaemon',
    recipients: ['x@y', '-t'],
  });
  assert.deepEqual(readFlags(['-oi', '-ti', '-fa@b', '-N', 'never', '-Rfull', '-Vid']), {
    mode: 'send',
    json: false,
    fromHeader: true,
    dotEnds: false,
    sender: 'a@b',
    notify: ['NEVER'],
    ret: 'FULL',
    envid: 'id',
    recipients: [],
  });
});

test('line ends, the lone dot and the mbox line', () => {
  const lines = (text: string, options = { dotEnds: true }): string =>
    withCrlf(Buffer.from(text), options).toString();
  assert.equal(lines('a\nb\r\nc\rd\r\r\ne'), 'a\r\nb\r\nc d\r\ne\r\n');
  assert.equal(lines('a\n.\nb\n'), 'a\r\n');
  assert.equal(lines('.\nb\n'), '');
  assert.equal(lines('a\n.'), 'a\r\n');
  assert.equal(lines('a\n..\nb'), 'a\r\n..\r\nb\r\n');
  assert.equal(lines('a\n.\nb\n', { dotEnds: false }), 'a\r\n.\r\nb\r\n');
  assert.equal(lines('From ana Mon Mar 12\nSubject: x\n\n'), 'Subject: x\r\n\r\n');
  assert.deepEqual(addressesIn('root, undisclosed-recipients:;, "a b"@c.d'), ['root', '"a b"@c.d']);
});

test('what an address here sends on leaves as ours, whoever the sender is', async (t) => {
  const line = await withAna(t);
  await line.run('address', 'add', 'out@here.example', '--to', 'out@far.example');
  for (const sender of ['friend@far.example', 'ana@here.example'])
    await line.feed('hello', 'sendmail', '-f', sender, 'out@here.example', 'direct@far.example');
  const customers = (await queued(line)).map(({ recipient, customer }) => `${recipient} ${customer}`).sort();
  const ana = (await line.store.account('ana@here.example'))?.id;
  assert.deepEqual(
    customers,
    [
      'direct@far.example far.example/-',
      `direct@far.example here.example/${ana}`,
      'out@far.example here.example/-',
      `out@far.example here.example/${ana}`,
    ].sort(),
  );
  const paths: Forward[] = [];
  await tried(
    line,
    ({ recipient: { forward } }) => {
      if (forward !== undefined) paths.push(forward);
      return { next: { state: 'delivered' } };
    },
    UNROUTED,
  );
  assert.deepEqual(
    paths.map(({ via }) => via),
    ['out@here.example', 'out@here.example'],
  );
  assert.match(
    paths.map(({ reversePath }) => reversePath).join(),
    /^SRS0=.{4}=..=far\.example=friend@here\.example,$/,
  );
});
