/**
 * The Sender Rewriting Scheme: return addresses of what is forwarded, as Mail::SRS and libsrs2 write and read them. Whoever
 * receives a forward asks the domain of its reverse-path whether it may come from us (SPF, RFC 7208), so that has to be a
 * domain of ours, and a bounce has to find its way back from there:
 *
 *     ana@far.example                          forwarded by here.example
 *     SRS0=HHHH=TT=far.example=ana@here.example       forwarded again, by next.example
 *     SRS1=HHHH=here.example==HHHH=TT=far.example=ana@next.example
 *
 * `HHHH` is the beginning of an HMAC-SHA1 in base64, over all that follows it in lower case; `TT` the day, modulo 1024, in
 * base 32. A bounce to the last goes to the one before, which alone can check it, however often the mail was forwarded between.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Mailbox } from './mailbox.ts';

const DAY_MS = 86_400_000;
/** Bounces come within the days that a message is tried for; a return address is good for so many. */
export const SRS_DAYS = 21;
const DAYS = 1024;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Characters of the hash that are written. Longer ones are read, as far as they go. */
const HASH_CHARS = 4;
const MAX_HASH_CHARS = 28;

export interface SrsKey {
  readonly secret: Uint8Array;
  /** ms since the epoch. */
  readonly at: number;
}

/** `at` which a bounce goes on; or why it does not: nothing that we could have made, none of ours, or too old. */
export type SrsReading =
  | { readonly ok: true; readonly local: string; readonly domain: string }
  | { readonly ok: false; readonly why: 'malformed' | 'forged' | 'old' };

/** Whether a local part is written as a return address of this scheme. */
export function isSrs(local: string): boolean {
  return /^srs[01][-+=]/i.test(local);
}

/** The local part, at a domain of ours, that takes the place of a sender elsewhere. */
export function writeSrs({ local, domain }: Pick<Mailbox, 'local' | 'domain'>, key: SrsKey): string {
  const again = /^srs1[-+=][^=]*=([^=]+)=(.+)$/is.exec(local);
  if (again !== null) return writeSrs1(again[1] as string, again[2] as string, key);
  if (/^srs0[-+=]/i.test(local)) return writeSrs1(domain, local.slice(4), key);
  const stamp = stampOf(key.at);
  return `SRS0=${hashOf(key, [stamp, domain, local], HASH_CHARS)}=${stamp}=${domain}=${local}`;
}

/** `rest` begins with the separator of the SRS0 that it is of. */
function writeSrs1(first: string, rest: string, key: SrsKey): string {
  return `SRS1=${hashOf(key, [first, rest], HASH_CHARS)}=${first}=${rest}`;
}

/** Where mail for a return address goes. Takes the same time whatever of the hash is right. */
export function readSrs(local: string, key: SrsKey): SrsReading {
  const srs1 = /^srs1[-+=]([^=]+)=([^=]+)=([-+=].+)$/is.exec(local);
  if (srs1 !== null) {
    const [, hash, domain, rest] = srs1 as unknown as [string, string, string, string];
    if (!isHashOf(hash, key, [domain, rest])) return { ok: false, why: 'forged' };
    return { ok: true, domain, local: `SRS0${rest}` };
  }
  const srs0 = /^srs0[-+=]([^=]+)=([a-z2-7]{2})=([^=]+)=(.+)$/is.exec(local);
  if (srs0 === null) return { ok: false, why: 'malformed' };
  const [, hash, stamp, domain, user] = srs0 as unknown as [string, string, string, string, string];
  if (!isHashOf(hash, key, [stamp, domain, user])) return { ok: false, why: 'forged' };
  if (ageInDays(stamp, key.at) > SRS_DAYS) return { ok: false, why: 'old' };
  return { ok: true, domain, local: user };
}

function stampOf(at: number): string {
  const day = Math.floor(at / DAY_MS) % DAYS;
  return `${BASE32[day >> 5]}${BASE32[day & 31]}`;
}

function ageInDays(stamp: string, at: number): number {
  const [high, low] = [...stamp.toUpperCase()].map((char) => BASE32.indexOf(char)) as [number, number];
  const age = (Math.floor(at / DAY_MS) - (high * 32 + low) + DAYS * DAYS) % DAYS;
  // Of a server whose clock is ahead of ours, around midnight.
  return age === DAYS - 1 ? 0 : age;
}

/** Case may be lost on the way: it does not count. */
function hashOf({ secret }: SrsKey, parts: readonly string[], chars: number): string {
  const hmac = createHmac('sha1', secret);
  for (const part of parts) hmac.update(lower(part));
  return hmac.digest('base64').slice(0, chars);
}

function isHashOf(given: string, key: SrsKey, parts: readonly string[]): boolean {
  if (given.length < HASH_CHARS || given.length > MAX_HASH_CHARS || !/^[\x21-\x7e]+$/.test(given))
    return false;
  const right = hashOf(key, parts, given.length);
  return timingSafeEqual(Buffer.from(lower(given)), Buffer.from(lower(right)));
}

/** Of ASCII only: that is what a host on the way may have folded. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
