/**
 * Which messages of an account are one conversation (THREADID, RFC 8474 5.2): those that share a Message-ID, as theirs or
 * as one they refer to, and the base subject (RFC 8621 3). A thread is found by hashes of both together: nothing is read
 * but a few short rows, and an answer that comes before what it answers finds its place all the same.
 */
import { sha256 } from '../../base/digest.ts';

/** Message-IDs of one message that count: its own, the first it refers to, and the nearest. */
const MAX_KEYS = 8;

export interface ThreadFacts {
  /** Without angle brackets. */
  readonly messageId?: string;
  /** The eldest first: References, or else In-Reply-To. */
  readonly references: readonly string[];
  /** RFC 5256 2.1. */
  readonly baseSubject: string;
}

/** The hashes by which a message finds its thread, its own first; none for one that has no Message-ID and refers to none. */
export function threadKeys({ messageId, references, baseSubject }: ThreadFacts): number[] {
  const own = messageId === undefined ? [] : [messageId];
  const nearest = references.slice(1).slice(own.length + 1 - MAX_KEYS);
  const subject = baseSubject.toLowerCase();
  const keys = [...own, ...references.slice(0, 1), ...nearest].map((id) => hashOf(`${id}\0${subject}`));
  return [...new Set(keys)];
}

/** 52 bits of it: in an account of a million messages two fall together once in ten thousand accounts. */
function hashOf(text: string): number {
  const digest = sha256(Buffer.from(text));
  return digest.readUInt32BE(0) * 2 ** 20 + (digest.readUInt32BE(4) >>> 12);
}
