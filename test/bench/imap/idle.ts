/**
 * What a client in IDLE over TLS costs, and how soon it sees a new message: each idles in a mailbox of its own, of which
 * `each` messages are there before. The clients are another process, so that what is resident is the server's alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../../../src/base/random.ts';
import { formatScramKeys, makeCredentials } from '../../../src/core/directory/password.ts';
import { makeSelfSigned } from '../../../src/wire/x509/self-signed.ts';
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import { Dialogue } from '../../dialogue.ts';
import { onboard } from '../../onboard.ts';
import { freePort, RelaisServer } from '../../server.ts';
import { residentBytes } from '../measure.ts';
import type { Latencies } from './idle-clients.ts';
import { idlerAddress, PASSWORD } from './idlers.ts';
import type { Ports } from './subject.ts';

const CLIENTS = fileURLToPath(new URL('idle-clients.ts', import.meta.url));
/** Recipients of one message, when mailboxes are filled. */
const AT_ONCE = 100;
/** Clients that come and go before anything is measured. */
const WARM_UP = 200;
/** Deliveries that are watched, and how many a second. */
const MESSAGES = 2_000;
const RATE = 100;
/** What is left to be collected is, meanwhile; ms. */
const SETTLES_MS = 20_000;

export interface IdleLoad {
  readonly clients: number;
  /** Messages in each mailbox. */
  readonly each: number;
  /** Of the key exchange, as OpenSSL names them; `auto`: its own. */
  readonly groups: string;
}

export interface IdleFigures {
  readonly clients: number;
  /** Of the worker, octets. */
  readonly before: number;
  readonly after: number;
  /** Ms, rising: from the end of the message on the wire, and from its 250. */
  readonly sinceSent: readonly number[];
  readonly sinceKept: readonly number[];
}

export async function measureIdle(about: IdleLoad): Promise<IdleFigures> {
  const ports = { imap: await freePort(), lmtp: await freePort() };
  const folder = mkdtempSync(join(tmpdir(), 'relais-server-'));
  const server = new RelaisServer({ workers: 1, toml: configuration(ports, folder), folder });
  try {
    await populate(server, about.clients);
    await server.start();
    const [worker = 0] = server.workers;
    await fill(ports.lmtp, about);
    await comeAndGo(ports, { ...about, clients: Math.min(WARM_UP, about.clients) });
    await sleep(SETTLES_MS);
    const before = residentBytes(worker);
    const clients = startClients(ports, { ...about, messages: MESSAGES });
    await clients.heard('idle');
    await sleep(SETTLES_MS);
    const after = residentBytes(worker);
    clients.go();
    const { sinceSent, sinceKept } = JSON.parse(await clients.heard('{')) as Latencies;
    return {
      clients: about.clients,
      before,
      after,
      sinceSent: rising(sinceSent),
      sinceKept: rising(sinceKept),
    };
  } finally {
    await server.remove();
  }
}

export function tellIdle({ clients, before, after, sinceSent, sinceKept }: IdleFigures): string {
  const each = (after - before) / clients / 1024;
  const at = (all: readonly number[], part: number): string =>
    (all[Math.min(all.length - 1, Math.floor(all.length * part))] ?? Number.NaN).toFixed(1);
  const line = (name: string, all: readonly number[]): string =>
    `${name.padEnd(40)} p50 ${at(all, 0.5)}  p99 ${at(all, 0.99)}  most ${at(all, 1)} ms\n`;
  return `${clients} clients in IDLE over TLS, each in a mailbox of its own: ${each.toFixed(1)} KiB resident each\n${line(`${sinceSent.length} messages, since they were sent`, sinceSent)}${line('since they were kept', sinceKept)}`;
}

function configuration({ imap, lmtp }: Ports, folder: string): string {
  const hostname = 'mail.here.example';
  const serial = systemRandom.bytes(8);
  const { cert, key } = makeSelfSigned({ hostname, nowMs: Date.now(), days: 2, serial });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  return `hostname = "${hostname}"
[tls]
cert = "${join(folder, 'cert.pem')}"
key = "${join(folder, 'key.pem')}"
[imap]
maxConnectionsPerAddress = 20_000
[[listen]]
kind = "imap"
address = "127.0.0.1:${imap}"
tls = "implicit"
[[listen]]
kind = "lmtp"
address = "127.0.0.1:${lmtp}"
tls = "none"
`;
}

/** One password for all, of which the slow part is made once. */
async function populate(server: RelaisServer, clients: number): Promise<void> {
  await onboard(server.folder, { address: 'ana@here.example', password: PASSWORD });
  const { hash, scram } = await makeCredentials(PASSWORD, systemRandom);
  const kept = { language: 'en', password: hash, scram: formatScramKeys(scram), at: Date.now() } as const;
  const store = await openSqlite(server.data);
  for (let first = 0; first < clients; first += AT_ONCE)
    await Promise.all(
      numbers(first, clients).map((number) => store.addAccount({ address: idlerAddress(number), ...kept })),
    );
  await store.close();
}

function numbers(first: number, end: number): number[] {
  return Array.from({ length: Math.min(AT_ONCE, end - first) }, (_, index) => first + index);
}

async function fill(port: number, { clients, each }: { clients: number; each: number }): Promise<void> {
  const client = await Dialogue.open({ port });
  await client.greeting();
  await client.say('LHLO bench.example', 250);
  for (let message = 0; message < each; message++)
    for (let first = 0; first < clients; first += AT_ONCE) {
      await client.say('MAIL FROM:<sender@far.example>', 250);
      const receivers = numbers(first, clients);
      for (const number of receivers) await client.say(`RCPT TO:<${idlerAddress(number)}>`, 250);
      await client.say('DATA', 354);
      await client.say(
        `Subject: ${message}\r\nMessage-ID: <${message}.${first}@far.example>\r\n\r\nold\r\n.`,
        250,
      );
      // LMTP answers for each recipient.
      for (const _ of receivers.slice(1)) await client.reply();
    }
  client.close();
}

interface Clients {
  /** The line that begins so. */
  heard(beginning: string): Promise<string>;
  go(): void;
}

function startClients(ports: Ports, load: IdleLoad & { messages: number }): Clients {
  const about = [ports.imap, ports.lmtp, load.clients, load.messages, RATE, load.groups].map(String);
  const child: ChildProcess = spawn(process.execPath, [CLIENTS, ...about], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    async heard(beginning) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error('the clients ended');
        if (value.startsWith(beginning)) return value;
      }
    },
    go: () => void child.stdin?.write('go\n'),
  };
}

async function comeAndGo(ports: Ports, load: IdleLoad): Promise<void> {
  const some = startClients(ports, { ...load, messages: load.clients });
  await some.heard('idle');
  some.go();
  await some.heard('{');
}

function rising(all: readonly number[]): number[] {
  return [...all].sort((a, b) => a - b);
}
