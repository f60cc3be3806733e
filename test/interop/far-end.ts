/** A real mail server as the far end: its own instance in a temporary folder, one Maildir for each local part. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemRandom } from '../../src/base/random.ts';
import { makeSelfSigned } from '../../src/wire/x509/self-signed.ts';
import { inCi } from '../peers.ts';

const PATIENCE_MS = 30_000;
const POLL_MS = 100;

export interface RealFarEnd {
  readonly port: number;
  /** Holds `<local part>/new/<message>`. */
  readonly mail: string;
  /** What it has to say for itself when a test fails. */
  log(): string;
  stop(): Promise<void>;
}

export interface Arrived {
  readonly localPart: string;
  /** With the line ends that its disk has. */
  readonly bytes: Buffer;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** False, with the test skipped (in CI: an error), where this is not root. */
export function requireRoot(t: TestContext, why: string): boolean {
  if (isRoot()) return true;
  if (inCi) throw new Error(`${why}: run the tests as root`);
  t.skip(`${why}: this is not root`);
  return false;
}

/** By name from /etc/passwd. */
export function userNamed(name: string): User | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((user) => user.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? '').split(':');
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** A folder that others may look into, with `mail` in it, which belongs to `owner`, and a certificate. */
export function makeFolder(name: string, owner: User | undefined): { folder: string; mail: string } {
  const folder = mkdtempSync(join(tmpdir(), `relais-${name}-`));
  chmodSync(folder, 0o755);
  const mail = join(folder, 'mail');
  mkdirSync(mail);
  const { cert, key } = makeSelfSigned({
    hostname: 'mx.far.example',
    nowMs: Date.now(),
    days: 2,
    serial: systemRandom.bytes(8),
  });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
  if (owner !== undefined)
    for (const one of [mail, join(folder, 'key.pem')]) chownSync(one, owner.uid, owner.gid);
  return { folder, mail };
}

/** Resolves when something listens there. */
export async function untilListening(port: number, log: () => string): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1');
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
    if (connected) return;
    await sleep(POLL_MS);
  }
  throw new Error(`nothing listens on ${port}:\n${log()}`);
}

/** Everything in the Maildirs once it is `count`; fails when that takes too long. */
export async function arrivals(farEnd: RealFarEnd, count: number): Promise<Arrived[]> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const files = filesIn(farEnd.mail);
    if (files.length >= count)
      return files.map(({ localPart, path }) => ({ localPart, bytes: readFileSync(path) }));
    if (waitedMs > PATIENCE_MS)
      throw new Error(`${files.length} of ${count} messages arrived; the far end says:\n${farEnd.log()}`);
    await sleep(POLL_MS);
  }
}

function filesIn(mail: string): { localPart: string; path: string }[] {
  return readdirSync(mail).flatMap((localPart) => {
    const folder = join(mail, localPart, 'new');
    return existsSync(folder)
      ? readdirSync(folder).map((name) => ({ localPart, path: join(folder, name) }))
      : [];
  });
}

/** A file's text, or nothing. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
