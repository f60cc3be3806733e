/**
 * The clients of the idle bench, a process of their own: each logs in over TLS, selects INBOX and idles. Then messages are
 * delivered over LMTP to some of them at a steady rate, and for each is taken when its idler read that it is there.
 *
 *     idle-clients.ts IMAP-PORT LMTP-PORT CLIENTS MESSAGES RATE GROUPS
 *
 * Says `idle` when all idle, waits for a line, delivers, and says `{"sinceSent":[…],"sinceKept":[…]}`, ms.
 */
import { pbkdf2Sync } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { hmac, sha256 } from '../../../src/wire/sasl/scram-keys.ts';
import { Dialogue } from '../../dialogue.ts';
import { idlerAddress, PASSWORD } from './idlers.ts';

const [imapPort = 0, lmtpPort = 0, clients = 0, messages = 0, rate = 1] = process.argv
  .slice(2, 7)
  .map(Number);
/** Of the key exchange, as OpenSSL names them. */
const groups = process.argv[7] ?? 'auto';
/** Handshakes at one time. */
const AT_ONCE = 20;
/** Sessions that deliver, in turns. */
const SESSIONS = 8;

let salted: Buffer | undefined;
/** Who waits for an idler to read EXISTS, by its number; told when, monotonic ms. */
const seenAt = new Map<number, (at: number) => void>();

/** All that came since it was last asked, once it has what is waited for. */
function talk(socket: TLSSocket): { said(pattern: RegExp): Promise<string> } {
  let text = '';
  let waiting: { pattern: RegExp; resolve: (text: string) => void } | undefined;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (waiting?.pattern.test(text) !== true) return;
    const { resolve } = waiting;
    waiting = undefined;
    const whole = text;
    text = '';
    resolve(whole);
  });
  return { said: (pattern) => new Promise((resolve) => void (waiting = { pattern, resolve })) };
}

async function idler(number: number): Promise<void> {
  const socket = connect({
    port: imapPort,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ecdhCurve: groups,
  });
  socket.on('error', (error) => fail(`idler ${number}: ${error.message}`));
  socket.on('close', () => fail(`idler ${number}: the server closed`));
  const { said } = talk(socket);
  const ask = (line: string, pattern: RegExp): Promise<string> => {
    const answer = said(pattern);
    socket.write(`${line}\r\n`);
    return answer;
  };
  await said(/OK .*\r\n/);
  await logIn(ask, idlerAddress(number));
  await ask('b SELECT INBOX', /^b OK .*\r\n/m);
  await ask('c IDLE', /^\+ .*\r\n/m);
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    if (!chunk.includes(' EXISTS')) return;
    seenAt.get(number)?.(performance.now());
    seenAt.delete(number);
  });
}

async function logIn(ask: (line: string, pattern: RegExp) => Promise<string>, user: string): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const bare = `n=${user},r=abcdefghijkl`;
  const challenge = await ask(`a AUTHENTICATE SCRAM-SHA-256 ${base64(`n,,${bare}`)}`, /^\+ .*\r\n/m);
  const first = Buffer.from(challenge.slice(2).trim(), 'base64').toString();
  const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(first) ?? [];
  // All have one password, and one salt: a client of the bench makes this once.
  salted ??= pbkdf2Sync(PASSWORD, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const without = `c=biws,r=${nonce}`;
  const proof = hmac(sha256(clientKey), `${bare},${first},${without}`);
  for (const [at, byte] of clientKey.entries()) proof[at] = (proof[at] as number) ^ byte;
  await ask(base64(`${without},p=${proof.toString('base64')}`), /^\+ .*\r\n/m);
  await ask('', /^a OK .*\r\n/m);
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

async function deliverer(): Promise<Dialogue> {
  const client = await Dialogue.open({ port: lmtpPort });
  await client.greeting();
  await client.say('LHLO bench.example', 250);
  return client;
}

/** Ms, one of each message. */
export interface Latencies {
  /** From the end of the message on the wire, its sync to disk included. */
  readonly sinceSent: number[];
  /** From when its sender read that it is kept. */
  readonly sinceKept: number[];
}

/** `messages` to idlers chosen so that each has one at most under way, `rate` a second. */
async function deliver(): Promise<Latencies> {
  const found: Latencies = { sinceSent: [], sinceKept: [] };
  const began = performance.now();
  const stride = Math.max(1, Math.floor(clients / messages));
  const one = async (session: number): Promise<void> => {
    const client = await deliverer();
    for (let number = session; number < messages; number += SESSIONS) {
      await sleep(Math.max(0, began + (number * 1000) / rate - performance.now()));
      const to = (number * stride) % clients;
      const seen = new Promise<number>((resolve) => seenAt.set(to, resolve));
      await client.say('MAIL FROM:<sender@far.example>', 250);
      await client.say(`RCPT TO:<${idlerAddress(to)}>`, 250);
      await client.say('DATA', 354);
      const sent = performance.now();
      await client.say(`Subject: ${number}\r\nMessage-ID: <${number}@far.example>\r\n\r\nnews\r\n.`, 250);
      const kept = performance.now();
      const at = await seen;
      found.sinceSent.push(at - sent);
      found.sinceKept.push(at - kept);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: SESSIONS }, (_, session) => one(session)));
  return found;
}

let next = 0;
const open = async (): Promise<void> => {
  while (next < clients) await idler(next++);
};
await Promise.all(Array.from({ length: AT_ONCE }, open));
process.stdout.write('idle\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const latencies = await deliver();
process.stdout.write(`${JSON.stringify(latencies)}\n`, () => process.exit(0));
