/**
 * The body hash of DKIM (RFC 6376 3.7) under relaxed canonicalisation (3.4.4), fed in pieces so that a large body never has
 * to be hashed in one go: runs of white space become one space, white space at line ends and blank lines at the end of the
 * body go away, and a last line without CRLF gets one. Lines end in CRLF; a bare CR or LF is an octet like any other.
 */
import { createHash } from 'node:crypto';

const CHUNK_BYTES = 32_768;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

export interface BodyHash {
  readonly update: (piece: Uint8Array) => void;
  /** The SHA-256; ends the hash. */
  readonly digest: () => Buffer;
}

/** What has been read and not written yet, between two pieces. */
interface Pending {
  /** Line ends, which vanish when nothing follows them. */
  lines: number;
  /** White space, which vanishes at a line end. */
  space: boolean;
  /** A CR whose next octet is not known yet. */
  cr: boolean;
  empty: boolean;
}

/** Starts a body hash. */
export function createBodyHash(): BodyHash {
  const hash = createHash('sha256');
  const pending: Pending = { lines: 0, space: false, cr: false, empty: true };
  return {
    update(piece) {
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
        const chunk = piece.subarray(at, at + CHUNK_BYTES);
        writePendingLines(hash, pending, chunk);
        hash.update(canonicalise(chunk, pending));
      }
    },
    digest() {
      if (pending.cr) {
        if (pending.lines > 0) hash.update('\r\n'.repeat(pending.lines));
        hash.update(pending.space ? ' \r' : '\r');
        pending.empty = false;
      }
      if (!pending.empty) hash.update('\r\n');
      return hash.digest();
    },
  };
}

/** The hash of a whole body. */
export function hashBody(body: Uint8Array): Buffer {
  const hash = createBodyHash();
  hash.update(body);
  return hash.digest();
}

/** Many blank lines may be pending from earlier chunks: they are written first, so that a chunk's output has a bound. */
function writePendingLines(hash: ReturnType<typeof createHash>, pending: Pending, chunk: Uint8Array): void {
  if (pending.lines <= 2 || !hasText(chunk)) return;
  let left = pending.lines;
  for (; left > 0; left -= Math.min(left, CHUNK_BYTES))
    hash.update('\r\n'.repeat(Math.min(left, CHUNK_BYTES)));
  pending.lines = 0;
}

function hasText(chunk: Uint8Array): boolean {
  for (const byte of chunk) if (byte !== SPACE && byte !== TAB && byte !== CR && byte !== LF) return true;
  return false;
}

/** The hot loop. Output is never longer than the input and what was pending: two lines, a space and a CR. */
function canonicalise(chunk: Uint8Array, pending: Pending): Uint8Array {
  const out = Buffer.allocUnsafe(chunk.length + 2 * pending.lines + 2);
  let { lines, space, cr } = pending;
  const last = chunk.length - 1;
  let to = 0;
  for (let at = 0; at < chunk.length; at += 1) {
    const byte = chunk[at] as number;
    if (byte === SPACE || byte === TAB) {
      if (!cr) {
        space = true;
        continue;
      }
    } else if (byte === CR && !cr) {
      cr = true;
      continue;
    } else if (byte === LF && cr) {
      lines += 1;
      space = false;
      cr = false;
      continue;
    }
    for (; lines > 0; lines -= 1) {
      out[to] = CR;
      out[to + 1] = LF;
      to += 2;
    }
    if (space) {
      out[to++] = SPACE;
      space = false;
    }
    if (cr) {
      // The CR ended no line, so it is text; what came after it is looked at again.
      out[to++] = CR;
      cr = false;
      at -= 1;
      continue;
    }
    out[to++] = byte;
    // Most octets are text after text: no state to look at.
    for (; at < last && (chunk[at + 1] as number) > SPACE; at += 1) out[to++] = chunk[at + 1] as number;
  }
  pending.lines = lines;
  pending.space = space;
  pending.cr = cr;
  if (to > 0) pending.empty = false;
  return out.subarray(0, to);
}
