/** Other people's clients log in and submit: swaks, curl and Python's smtplib, over STARTTLS and implicit TLS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type FarEnd, startFarEnd } from '../../src/lab/far-end.ts';
import { type PeerName, requirePeer } from '../peers.ts';
import { ANA, type House, PASSWORD, startHouse } from './house.ts';

const run = promisify(execFile);
const CLIENT_TIMEOUT_MS = 20_000;
const LOGINS = ['PLAIN', 'LOGIN'] as const;
const WAYS = ['starttls', 'implicit'] as const;

type Way = (typeof WAYS)[number];

interface Submission {
  readonly port: number;
  readonly way: Way;
  readonly login: (typeof LOGINS)[number];
  readonly password: string;
  /** File with the message. */
  readonly file: string;
}

/** The arguments with which a client logs in as Ana and sends the file to friend@far.example. */
const CLIENTS = {
  swaks: ({ port, way, login, password, file }) => [
    ...['--server', `127.0.0.1:${port}`, way === 'implicit' ? '--tls-on-connect' : '--tls'],
    ...['--auth', login, '--auth-user', ANA, '--auth-password', password],
    ...['--from', ANA, '--to', 'friend@far.example', '--data', `@${file}`],
  ],
  curl: ({ port, way, login, password, file }) => [
    ...['--silent', '--show-error', '--insecure', '--ssl-reqd', '--login-options', `AUTH=${login}`],
    ...['--user', `${ANA}:${password}`, '--mail-from', ANA, '--mail-rcpt', 'friend@far.example'],
    ...['--upload-file', file, `${way === 'implicit' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`],
  ],
  python3: ({ port, way, login, password, file }) => [
    '-c',
    PYTHON,
    ...[String(port), way, login, ANA, password, 'friend@far.example', file],
  ],
} as const satisfies Partial<Record<PeerName, (about: Submission) => string[]>>;

const PYTHON = `
import smtplib, ssl, sys
port, way, login, user, password, to, file = sys.argv[1:]
context = ssl._create_unverified_context()
if way == 'implicit':
    client = smtplib.SMTP_SSL('127.0.0.1', int(port), context=context)
else:
    client = smtplib.SMTP('127.0.0.1', int(port))
    client.starttls(context=context)
client.ehlo()
client.user, client.password = user, password
client.auth(login, getattr(client, 'auth_' + login.lower()))
client.sendmail(user, [to], open(file, 'rb').read())
client.quit()
`;

for (const name of Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]) {
  test(`${name} logs in and submits`, async (t) => {
    const peer = requirePeer(t, name);
    if (peer === undefined) return;
    const { farEnd, house } = await open(t);
    const file = join(tmpdir(), `relais-client-${process.pid}-${name}`);
    t.after(() => rmSync(file, { force: true }));
    const submit = (about: Omit<Submission, 'port' | 'file'>): Promise<unknown> =>
      run(peer.program, CLIENTS[name]({ port: portOf(house, about.way), file, ...about }), {
        timeout: CLIENT_TIMEOUT_MS,
      });
    const subjects: string[] = [];
    for (const way of WAYS) {
      for (const login of LOGINS) {
        const subject = `${name} ${way} ${login}`;
        subjects.push(subject);
        writeFileSync(file, `From: ${ANA}\r\nSubject: ${subject}\r\n\r\n.dot\r\nfrom a client\r\n`);
        await submit({ way, login, password: PASSWORD });
      }
    }
    await assert.rejects(
      submit({ way: 'starttls', login: 'PLAIN', password: 'wrong' }),
      /535|[Aa]uth|denied/,
    );
    await allArrived(farEnd, subjects);
  });
}

async function open(t: TestContext): Promise<{ farEnd: FarEnd; house: House }> {
  const farEnd = await startFarEnd({ port: 0, onMessage: () => arrived() });
  t.after(() => farEnd.close());
  return { farEnd, house: await startHouse(t, { nextHop: farEnd.port, tls: 'none' }) };
}

/** Called at each message; `allArrived` listens. */
let arrived: () => void = () => undefined;

async function allArrived(farEnd: FarEnd, subjects: readonly string[]): Promise<void> {
  await new Promise<void>((resolve) => {
    arrived = () => {
      if (farEnd.received.length >= subjects.length) resolve();
    };
    arrived();
  });
  const texts = farEnd.received.map(({ bytes }) => bytes.toString());
  assert.deepEqual(texts.map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]).sort(), subjects.toSorted());
  for (const text of texts) {
    assert.match(text, /\r\n\r\n\.dot\r\nfrom a client\r\n(\r\n)?$/);
    // RFC 8314 3.3 and RFC 3848: encrypted, and the client logged in.
    assert.match(text, /\bwith ESMTPSA\b/);
  }
}

function portOf(house: House, way: Way): number {
  return way === 'implicit' ? house.submissions : house.submission;
}
