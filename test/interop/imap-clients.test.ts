/** Other people's mail programs read, file, flag and search mail over IMAP, encrypted from the first octet or by STARTTLS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { requirePeer } from '../peers.ts';
import { openPlace } from './client.ts';
import { ANA, type House, PASSWORD, startHouse } from './house.ts';

const run = promisify(execFile);
const CLIENT_TIMEOUT_MS = 60_000;

/** Something to read: five messages in INBOX, the second with an attachment. */
async function fill(house: House): Promise<void> {
  await withImapFlow(house, async (client) => {
    for (let number = 1; number <= 5; number++)
      await client.append(
        'INBOX',
        number === 2 ? WITH_ATTACHMENT : plain(number),
        number === 3 ? ['\\Seen'] : [],
      );
  });
}

function plain(number: number): string {
  return `From: Bob <bob@far.example>\r\nTo: ${ANA}\r\nSubject: letter ${number}\r\nMessage-ID: <${number}@far.example>\r\nDate: Mon, 3 Feb 2020 1${number}:00:00 +0000\r\n\r\nThis is letter ${number}.\r\n`;
}

const ATTACHMENT = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) % 251));
const WITH_ATTACHMENT = `From: Bob <bob@far.example>\r\nSubject: with a picture\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nvoilà\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="été.png"\r\n\r\n${ATTACHMENT.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`;

async function withImapFlow<Result>(
  house: House,
  use: (client: ImapFlow) => Promise<Result>,
): Promise<Result> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: house.imap,
    auth: { user: ANA, pass: PASSWORD },
    tls: { rejectUnauthorized: false },
    logger: false,
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.logout();
  }
}

/** What is in a mailbox, by subject and flags. */
function contents(house: House, mailbox: string): Promise<string[]> {
  return withImapFlow(house, async (client) => {
    const lock = await client.getMailboxLock(mailbox);
    try {
      const found: string[] = [];
      for await (const { envelope, flags } of client.fetch('1:*', { envelope: true, flags: true }))
        found.push(`${envelope?.subject} ${[...(flags ?? [])].sort().join(' ')}`.trim());
      return found;
    } finally {
      lock.release();
    }
  });
}

test('imapflow: folders, attachments, flags, moves, searches, IDLE', async (t) => {
  const house = await startHouse(t, { nextHop: 9, tls: 'none' });
  await fill(house);
  await withImapFlow(house, async (client) => {
    assert.ok(client.secureConnection && client.capabilities.has('QRESYNC'));
    for (const name of ['Projets/été', '受信箱/重要']) await client.mailboxCreate(name);
    const names = (await client.list()).map(({ path }) => path);
    assert.ok(names.includes('Projets/été') && names.includes('受信箱/重要'), names.join());
    const lock = await client.getMailboxLock('INBOX');
    const { content } = await client.download('2', '2');
    assert.ok(content !== undefined);
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece as Buffer);
    assert.ok(Buffer.concat(pieces).equals(ATTACHMENT));
    assert.deepEqual(await client.search({ subject: 'letter', seen: false }), [1, 4, 5]);
    assert.deepEqual(await client.search({ body: 'voilà' }), [2]);
    await client.messageFlagsAdd('1', ['\\Flagged', '$Work']);
    const moved = await client.messageMove('4:5', '受信箱/重要');
    assert.ok(moved !== false && moved.uidMap?.size === 2);
    const news = new Promise<number>((resolve) => client.once('exists', ({ count }) => resolve(count)));
    const idling = client.idle();
    await withImapFlow(house, (other) => other.append('INBOX', plain(6), []));
    assert.equal(await news, 4);
    await client.noop();
    await idling;
    lock.release();
  });
  assert.deepEqual(await contents(house, 'INBOX'), [
    'letter 1 $Work \\Flagged',
    'with a picture',
    'letter 3 \\Seen',
    'letter 6',
  ]);
  assert.deepEqual(await contents(house, '受信箱/重要'), ['letter 4', 'letter 5']);
});

const IMAPLIB = `
import imaplib, ssl, sys
port, user, password = sys.argv[1:]
c = imaplib.IMAP4('127.0.0.1', int(port))
c.starttls(ssl._create_unverified_context())
c.login(user, password)
c.enable('UTF8=ACCEPT')
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
ok(c.create('"Envoyés à garder"'))
ok(c.select('INBOX'))
assert ok(c.search(None, 'SUBJECT', 'letter'))[0].split() == [b'1', b'3', b'4', b'5']
assert b'This is letter 1.' in ok(c.fetch('1', '(RFC822)'))[0][1]
ok(c.store('1', '+FLAGS', '(\\\\Deleted)'))
ok(c.copy('2', '"Envoyés à garder"'))
ok(c.expunge())
assert ok(c.uid('sort', '(REVERSE DATE)', 'UTF-8', 'ALL'))[0].split()[:2] == [b'2', b'5']
ok(c.close())
c.logout()
`;

test('imaplib of Python', async (t) => {
  const place = await openPlace(t, 'python3');
  if (place === undefined) return;
  const { house, client } = place;
  await fill(house);
  await client('-c', IMAPLIB, String(house.imap), ANA, PASSWORD);
  assert.equal((await contents(house, 'INBOX')).length, 4);
  assert.deepEqual(await contents(house, 'Envoyés à garder'), ['with a picture']);
});

test('curl lists, reads, searches and appends', async (t) => {
  const place = await openPlace(t, 'curl');
  if (place === undefined) return;
  const { house, client, folder } = place;
  await fill(house);
  const curl = (...words: string[]): Promise<string> =>
    client('-sS', '--insecure', '--user', `${ANA}:${PASSWORD}`, ...words);
  const url = `imaps://127.0.0.1:${house.imaps}/`;
  assert.match(await curl(url), /\* LIST \([^)]*\) "\/" INBOX/);
  assert.match(await curl(`${url}INBOX;UID=1`), /This is letter 1\./);
  assert.equal(
    await curl(`${url}INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)`),
    'Subject: letter 1\r\n\r\n',
  );
  assert.match(await curl(`${url}INBOX?SUBJECT%20picture`), /\* SEARCH 2/);
  const file = join(folder, 'letter');
  writeFileSync(file, plain(7));
  await curl('-T', file, `${url}Archive`);
  assert.deepEqual(await contents(house, 'Archive'), ['letter 7 \\Seen']);
});

test('mbsync goes both ways, and a second time finds nothing to change', async (t) => {
  const place = await openPlace(t, 'mbsync');
  if (place === undefined) return;
  const { house, client, folder } = place;
  await fill(house);
  await withImapFlow(house, (flow) => flow.mailboxCreate('Projets/été'));
  const mail = join(folder, 'mail');
  mkdirSync(mail);
  writeFileSync(
    join(folder, 'mbsyncrc'),
    `IMAPStore far
Host 127.0.0.1
Port ${house.imaps}
User ${ANA}
Pass "${PASSWORD}"
SSLType IMAPS
CertificateFile ${house.folder}/cert.pem

MaildirStore near
Path ${mail}/
Inbox ${mail}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Remove Both
SyncState *
`,
  );
  const sync = (): Promise<string> => client('-c', join(folder, 'mbsyncrc'), 'all');
  const letters = (box: string): string[] => globSync(`${box}/{cur,new}/*`, { cwd: mail });
  await sync();
  assert.equal(letters('INBOX').length, 5);
  assert.ok(existsSync(join(mail, 'Projets/&AOk-t&AOk-')));
  // One is put there, one is marked as deleted here.
  writeFileSync(join(mail, 'Archive/new/1.a.b:2,'), plain(8).replaceAll('\r\n', '\n'));
  await withImapFlow(house, async (flow) => {
    const lock = await flow.getMailboxLock('INBOX');
    await flow.messageDelete('1');
    lock.release();
  });
  await sync();
  assert.equal(letters('INBOX').length, 4);
  assert.deepEqual(await contents(house, 'Archive'), ['letter 8']);
  const before = [...digests(mail), ...(await contents(house, 'INBOX'))];
  await sync();
  assert.deepEqual([...digests(mail), ...(await contents(house, 'INBOX'))], before);
});

/** Every letter with what is in it. */
function digests(mail: string): string[] {
  const files = globSync('**/{cur,new}/*', { cwd: mail }).sort();
  return files.map(
    (file) =>
      `${file} ${createHash('sha256')
        .update(readFileSync(join(mail, file)))
        .digest('hex')}`,
  );
}

test('offlineimap brings all folders here, and then nothing', async (t) => {
  const place = await openPlace(t, 'offlineimap');
  if (place === undefined) return;
  const { house, client, folder } = place;
  await fill(house);
  await withImapFlow(house, (flow) => flow.mailboxCreate('受信箱'));
  writeFileSync(
    join(folder, 'offlineimaprc'),
    `[general]
accounts = ana
metadata = ${folder}/state
ui = quiet
[Account ana]
localrepository = here
remoterepository = there
[Repository here]
type = Maildir
localfolders = ${folder}/mail
[Repository there]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${house.imaps}
remoteuser = ${ANA}
remotepass = ${PASSWORD}
ssl = yes
cert_fingerprint = ${fingerprint(house)}
`,
  );
  const mail = join(folder, 'mail');
  await client('-c', join(folder, 'offlineimaprc'), '-o');
  assert.equal(globSync('INBOX/{cur,new}/*', { cwd: mail }).length, 5);
  const before = digests(mail);
  await client('-c', join(folder, 'offlineimaprc'), '-o');
  assert.deepEqual(digests(mail), before);
});

function fingerprint(house: House): string {
  const pem = readFileSync(join(house.folder, 'cert.pem'), 'utf8');
  const der = Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64');
  return createHash('sha1').update(der).digest('hex');
}

test('getmail fetches what is new, and deletes it', async (t) => {
  const place = await openPlace(t, 'getmail');
  if (place === undefined) return;
  const { house, client, folder } = place;
  await fill(house);
  mkdirSync(join(folder, 'getmail'));
  // It writes no mailboxes itself when root runs it.
  writeFileSync(
    join(folder, 'getmail/getmailrc'),
    `[retriever]
type = SimpleIMAPSSLRetriever
server = 127.0.0.1
port = ${house.imaps}
username = ${ANA}
password = ${PASSWORD}
[destination]
type = MDA_external
path = /usr/bin/tee
arguments = ("-a", "${folder}/letters")
allow_root_commands = true
ignore_stderr = true
[options]
delete = true
`,
  );
  await client('--getmaildir', join(folder, 'getmail'));
  assert.equal(readFileSync(join(folder, 'letters'), 'latin1').match(/^Subject: /gm)?.length, 5);
  assert.deepEqual(await contents(house, 'INBOX'), []);
});

test('fetchmail fetches what was not seen, marks it so, and then finds nothing new', async (t) => {
  const place = await openPlace(t, 'fetchmail');
  if (place === undefined) return;
  const { house, client, folder } = place;
  await fill(house);
  const [rc, box] = [join(folder, 'rc'), join(folder, 'box')];
  writeFileSync(
    rc,
    `poll 127.0.0.1 service ${house.imaps} proto IMAP
  user "${ANA}" password "${PASSWORD}" ssl no sslcertck keep mda "cat >> ${box}"\n`,
    { mode: 0o600 },
  );
  const fetchmail = (): Promise<string> => client('-f', rc, '--nosyslog');
  await fetchmail();
  const subjects = (): string[] => readFileSync(box, 'latin1').match(/^Subject: .*$/gm) ?? [];
  assert.equal(subjects().length, 4, 'one of five was seen before');
  // Exit 1: there was no new mail.
  await assert.rejects(fetchmail(), { code: 1 });
  assert.ok((await contents(house, 'INBOX')).every((one) => one.endsWith('\\Seen')));
});

test('mutt saves a message to another folder and flags one', async (t) => {
  const place = await openPlace(t, 'mutt');
  if (place === undefined) return;
  const { house, folder } = place;
  await fill(house);
  const keys = '<first-entry><flag-message><save-message>=Archive<enter><sync-mailbox><exit>';
  writeFileSync(
    join(folder, 'muttrc'),
    `set imap_user="${ANA}" imap_pass="${PASSWORD}" folder="imaps://127.0.0.1:${house.imaps}/"
set certificate_file=${house.folder}/cert.pem ssl_verify_host=no ssl_verify_dates=no quit=yes move=no confirmcreate=no
set confirmappend=no delete=yes header_cache=${folder}/cache wait_key=no sort=mailbox-order
push "${keys}"
`,
  );
  // It wants a terminal.
  const script = requirePeer(t, 'python3');
  if (script === undefined) return;
  const words = [
    '-c',
    'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)',
    'mutt',
    '-n',
    '-F',
    join(folder, 'muttrc'),
  ];
  await run(script.program, [...words, '-f', `imaps://127.0.0.1:${house.imaps}/INBOX`], {
    timeout: CLIENT_TIMEOUT_MS,
    env: { ...process.env, HOME: folder, TERM: 'xterm' },
    cwd: folder,
  });
  assert.deepEqual(await contents(house, 'Archive'), ['with a picture']);
  assert.deepEqual((await contents(house, 'INBOX'))[0], 'letter 1 \\Flagged');
});
