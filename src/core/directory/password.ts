/**
 * Passwords: how they are kept and checked.
 *
 * argon2id (RFC 9106) with the parameters OWASP asks for, written as a PHC string so that the parameters can change without
 * touching what is stored; `$scrypt$` strings from other systems are understood. The work runs off the main thread.
 * SCRAM keys (RFC 7677) are made when the password is set, because nothing else ever sees it again.
 */
import { argon2, scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../base/random.ts';
import { deriveScramKeys, KEY_BYTES, MIN_ITERATIONS, type ScramKeys } from '../../wire/sasl/scram-keys.ts';
import { saslprep } from '../../wire/sasl/saslprep.ts';

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const CURRENT = { memoryKib: 19_456, passes: 2, lanes: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
export const SCRAM_ITERATIONS = 10_000;
/** Octets of a password, so that nobody makes us hash a novel. */
export const MAX_PASSWORD_BYTES = 1_024;
/** A stored hash may not ask for more than this: it may come from an import. */
const MAX_MEMORY_KIB = 262_144;
const MAX_PASSES = 16;
const MAX_LANES = 16;
const MAX_HASH_CHARS = 512;

export type PasswordCheck =
  /** `outdated`: hash it again with today's parameters while the password is at hand. */
  | { readonly ok: true; readonly outdated: boolean }
  | {
      readonly ok: false;
      /** `damaged` and `unknown-scheme` are faults of what is stored and worth a word to the operator. */
      readonly reason: 'wrong' | 'no-password' | 'damaged' | 'unknown-scheme';
    };

export interface Credentials {
  readonly hash: string;
  readonly scram: ScramKeys;
}

/** Everything kept of a new password. Rejects with a RangeError or TypeError, in words for the user, when it cannot be used. */
export async function makeCredentials(password: string, random: Random): Promise<Credentials> {
  const hash = await hashPassword(password, random);
  const scram = await deriveScramKeys(password, Buffer.from(random.bytes(SALT_BYTES)), SCRAM_ITERATIONS);
  return { hash, scram };
}

/** The PHC string of a password: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. Rejects as `makeCredentials` does. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) throw new RangeError('the password is too long');
  const prepared = saslprep(password);
  if (prepared === undefined)
    throw new TypeError('the password holds characters that cannot be typed everywhere');
  if (prepared === '') throw new RangeError('the password is empty');
  const salt = Buffer.from(random.bytes(SALT_BYTES));
  const hash = await runArgon2(prepared, { ...CURRENT, salt, length: HASH_BYTES });
  const { memoryKib, passes, lanes } = CURRENT;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(hash)}`;
}

/**
 * Checks a password against a stored PHC string. Never rejects: what is damaged is a reason.
 * Without a stored string (no such account, or none set) it takes as long as with one, so that time tells nothing.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<PasswordCheck> {
  const plan = stored === undefined ? nobody() : readHash(stored);
  if (typeof plan === 'string') return { ok: false, reason: plan };
  const prepared = Buffer.byteLength(password) <= MAX_PASSWORD_BYTES ? saslprep(password) : undefined;
  if (prepared === undefined) return { ok: false, reason: 'wrong' };
  try {
    const hash = await plan.run(prepared);
    if (stored === undefined) return { ok: false, reason: 'no-password' };
    if (!timingSafeEqual(hash, plan.expected)) return { ok: false, reason: 'wrong' };
    return { ok: true, outdated: plan.outdated };
  } catch {
    return { ok: false, reason: 'damaged' };
  }
}

interface Plan {
  readonly expected: Buffer;
  readonly outdated: boolean;
  readonly run: (password: string) => Promise<Buffer>;
}

interface Argon2Settings {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
  readonly length: number;
}

function nobody(): Plan {
  const settings = { ...CURRENT, salt: Buffer.alloc(SALT_BYTES), length: HASH_BYTES };
  return {
    expected: Buffer.alloc(HASH_BYTES),
    outdated: false,
    run: (password) => runArgon2(password, settings),
  };
}

function readHash(stored: string): Plan | 'damaged' | 'unknown-scheme' {
  if (stored.length > MAX_HASH_CHARS) return 'damaged';
  if (stored.startsWith('$argon2id$')) return readArgon2(stored) ?? 'damaged';
  if (stored.startsWith('$scrypt$')) return readScrypt(stored) ?? 'damaged';
  return 'unknown-scheme';
}

const BASE64 = '([A-Za-z0-9+/]+)';
const ARGON2 = new RegExp(
  `^\\$argon2id\\$v=19\\$m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,9})\\$${BASE64}\\$${BASE64}$`,
);
const SCRYPT = new RegExp(
  `^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,3}),p=(\\d{1,3})\\$${BASE64}\\$${BASE64}={0,2}$`,
);

function readArgon2(stored: string): Plan | undefined {
  const match = ARGON2.exec(stored);
  if (match === null) return undefined;
  const [memoryKib, passes, lanes] = match.slice(1, 4).map(Number) as [number, number, number];
  const [salt, expected] = match.slice(4, 6).map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer];
  // RFC 9106 3.1 gives the lower bounds; the upper ones are ours.
  if (memoryKib < 8 * lanes || memoryKib > MAX_MEMORY_KIB || passes < 1 || passes > MAX_PASSES)
    return undefined;
  if (lanes < 1 || lanes > MAX_LANES || salt.length < 8 || expected.length < 16) return undefined;
  const outdated = memoryKib < CURRENT.memoryKib || passes < CURRENT.passes || expected.length < HASH_BYTES;
  const settings = { memoryKib, passes, lanes, salt, length: expected.length };
  return { expected, outdated, run: (password) => runArgon2(password, settings) };
}

/** RFC 7914, written as passlib writes it: `$scrypt$ln=15,r=8,p=1$salt$hash`. */
function readScrypt(stored: string): Plan | undefined {
  const match = SCRYPT.exec(stored);
  if (match === null) return undefined;
  const [costBits, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  const [salt, expected] = match.slice(4, 6).map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer];
  const memoryBytes = 128 * 2 ** costBits * r;
  if (costBits < 1 || r < 1 || p < 1 || p > MAX_LANES || expected.length < 16) return undefined;
  if (memoryBytes > MAX_MEMORY_KIB * 1_024) return undefined;
  // OpenSSL counts a little more than the algorithm's own memory.
  const cost = { N: 2 ** costBits, r, p, maxmem: memoryBytes + 128 * r * p + 1_048_576 };
  const run = (password: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      scrypt(password, salt, expected.length, cost, (error, key) => (error ? reject(error) : resolve(key)));
    });
  return { expected, outdated: true, run };
}

function runArgon2(password: string, settings: Argon2Settings): Promise<Buffer> {
  const parameters = {
    message: password,
    nonce: settings.salt,
    parallelism: settings.lanes,
    tagLength: settings.length,
    memory: settings.memoryKib,
    passes: settings.passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** One line of text for the store, in the form of RFC 5803: `SCRAM-SHA-256$iterations:salt$stored:server`. */
export function formatScramKeys(keys: ScramKeys): string {
  const [salt, stored, server] = [keys.salt, keys.storedKey, keys.serverKey].map((bytes) =>
    bytes.toString('base64'),
  );
  return `SCRAM-SHA-256$${keys.iterations}:${salt}$${stored}:${server}`;
}

const SCRAM = /^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]{8,256})\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/;

/** Reads what `formatScramKeys` wrote; nothing when it is damaged or too weak. */
export function parseScramKeys(text: string): ScramKeys | undefined {
  const match = SCRAM.exec(text);
  if (match === null || Number(match[1]) < MIN_ITERATIONS) return undefined;
  const [salt, storedKey, serverKey] = match.slice(2, 5).map((part) => Buffer.from(part, 'base64')) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  if (storedKey.length !== KEY_BYTES || serverKey.length !== KEY_BYTES) return undefined;
  return { salt, iterations: Number(match[1]), storedKey, serverKey };
}
