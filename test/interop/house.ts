/** `relais serve` with a domain, its keys and one account, handing everything to one next hop. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import type { DkimKey } from '../../src/core/directory/admin.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { makeSelfSigned } from '../../src/wire/x509/self-signed.ts';
import { runWith } from '../command-line.ts';
import { Dialogue } from '../dialogue.ts';
import { onboard } from '../onboard.ts';
import { freePort, RelaisServer } from '../server.ts';
import type { Sample } from './samples.ts';

export const ANA = 'ana@here.example';
export const PASSWORD = 'correct horse battery';

const PORTS = [
  'mx',
  'submission',
  'submissions',
  'imap',
  'imaps',
  'pop3',
  'pop3s',
  'lmtp',
  'http',
  'https',
] as const;

export interface House {
  /** Ports: any mail from loopback, submission with STARTTLS, submission in TLS. */
  readonly mx: number;
  readonly submission: number;
  readonly submissions: number;
  /** Mailboxes with STARTTLS, and in TLS. */
  readonly imap: number;
  readonly imaps: number;
  readonly pop3: number;
  readonly pop3s: number;
  readonly lmtp: number;
  /** Settings for mail programs, in the clear and in TLS. */
  readonly http: number;
  readonly https: number;
  /** Its data and its certificate, `cert.pem`. */
  readonly folder: string;
  readonly keys: readonly DkimKey[];
  /** As Ana, logged in over STARTTLS. */
  submit(sample: Sample): Promise<void>;
  /** `relais …` on its data. */
  run(...words: string[]): ReturnType<typeof runWith>;
}

/** `nextHop`: the port everything goes to. `tls`: as in `delivery.tls`. */
export async function startHouse(
  t: TestContext,
  { nextHop, tls }: { nextHop: number; tls: 'none' | 'opportunistic' | 'required' },
): Promise<House> {
  const ports = {
    mx: await freePort(),
    submission: await freePort(),
    submissions: await freePort(),
    imap: await freePort(),
    imaps: await freePort(),
    pop3: await freePort(),
    pop3s: await freePort(),
    lmtp: await freePort(),
    http: await freePort(),
    https: await freePort(),
  };
  const server = new RelaisServer({ workers: 2, toml: '' });
  t.after(() => server.remove());
  const config = join(server.folder, 'relais.toml');
  writeCertificate(server.folder);
  writeFileSync(
    config,
    `${configuration(server, ports)}
[delivery]
tls = "${tls}"
[[route]]
domain = "*"
to = "127.0.0.1:${nextHop}"
`,
  );
  await onboard(server.folder, { address: ANA, password: PASSWORD });
  await server.start();
  return {
    ...ports,
    folder: server.folder,
    keys: await keysIn(server),
    submit: (sample) => submit(ports.submission, sample),
    run: (...words) => runWith([...words, '--config', config]),
  };
}

function writeCertificate(folder: string): void {
  const serial = systemRandom.bytes(8);
  const { cert, key } = makeSelfSigned({ hostname: 'mail.here.example', nowMs: Date.now(), days: 2, serial });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
}

async function keysIn(server: RelaisServer): Promise<DkimKey[]> {
  const store = await openSqlite(server.data);
  try {
    return await store.dkimKeys('here.example');
  } finally {
    await store.close();
  }
}

async function submit(port: number, { name, content, recipients, body, chunk }: Sample): Promise<void> {
  const client = await Dialogue.open({ port });
  const expect = async (code: number, line?: string | Buffer): Promise<void> => {
    if (line !== undefined) await client.send(line);
    const reply = await client.reply();
    assert.equal(reply === 'closed' ? reply : reply.code, code, `${name}: ${JSON.stringify(reply)}`);
  };
  await expect(220);
  await expect(250, 'EHLO client.example\r\n');
  await expect(220, 'STARTTLS\r\n');
  await client.secure();
  await expect(250, 'EHLO client.example\r\n');
  await expect(235, `AUTH PLAIN ${Buffer.from(`\0${ANA}\0${PASSWORD}`).toString('base64')}\r\n`);
  await expect(250, `MAIL FROM:<${ANA}> BODY=${body}\r\n`);
  for (const recipient of recipients) await expect(250, `RCPT TO:<${recipient}>\r\n`);
  if (chunk) {
    await client.send(`BDAT ${content.length} LAST\r\n`);
    await expect(250, content);
  } else {
    await expect(354, 'DATA\r\n');
    await expect(250, `${content.toString('latin1').replaceAll(/^\./gm, '..')}.\r\n`);
  }
  client.close();
}

function configuration(
  { folder, data }: RelaisServer,
  {
    mx,
    submission,
    submissions,
    imap,
    imaps,
    pop3,
    pop3s,
    lmtp,
    http,
    https,
  }: Readonly<Record<(typeof PORTS)[number], number>>,
): string {
  return `data = "${data}"
workers = 2
hostname = "mail.here.example"
[tls]
cert = "${folder}/cert.pem"
key = "${folder}/key.pem"
[[listen]]
kind = "mx"
address = "127.0.0.1:${mx}"
tls = "none"
relay = ["127.0.0.0/8"]
[[listen]]
kind = "submission"
address = "127.0.0.1:${submission}"
[[listen]]
kind = "submission"
address = "127.0.0.1:${submissions}"
tls = "implicit"
[[listen]]
kind = "http"
address = "127.0.0.1:${http}"
tls = "none"
[[listen]]
kind = "http"
address = "127.0.0.1:${https}"
tls = "implicit"
[[listen]]
kind = "lmtp"
address = "127.0.0.1:${lmtp}"
[[listen]]
kind = "pop3"
address = "127.0.0.1:${pop3}"
[[listen]]
kind = "pop3"
address = "127.0.0.1:${pop3s}"
tls = "implicit"
[[listen]]
kind = "imap"
address = "127.0.0.1:${imap}"
[[listen]]
kind = "imap"
address = "127.0.0.1:${imaps}"
tls = "implicit"`;
}
