/** Compares what is said of each message with its octets. */
import { createHash } from 'node:crypto';
import { encodeStructure } from '../../wire/mime/structure-codec.ts';
import { readStructure } from '../../wire/mime/structure-reader.ts';
import type { MessageId } from '../envelope.ts';
import { PIECE_BYTES, piecesOf } from '../mailbox/pieces.ts';
import type { KeptMessage, VerifyStore } from './port.ts';

export type OctetFault = {
  readonly message: MessageId;
  /** `hash`: they are not those that were received; `size`: more or fewer; `structure`: its parts are elsewhere. */
  readonly kind: 'hash' | 'size' | 'structure';
};

export interface Looked {
  readonly messages: number;
  readonly octets: number;
  readonly faults: readonly OctetFault[];
}

/** Messages asked for at once. */
const PAGE = 200;
/** The structure of a larger one is not made again: it was not kept in one piece. */
const MOST_PARSED = PIECE_BYTES;

/** A page after the other, until none is left: what was looked at, and what was wrong there. Rejects when the store is down. */
export async function* lookAtOctets(store: VerifyStore): AsyncGenerator<Looked> {
  for (let after = 0; ; ) {
    const page = await store.keptMessages({ after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.message;
    let octets = 0;
    const faults: OctetFault[] = [];
    for (const one of page) {
      const { size, wrong } = await faultsOf(store, one);
      octets += size;
      if (wrong.length > 0 && (await isStillKept(store, one.message)))
        for (const kind of wrong) faults.push({ message: one.message, kind });
    }
    yield { messages: page.length, octets, faults };
  }
}

/** What was let go while it was read is no fault. */
async function isStillKept(store: VerifyStore, message: MessageId): Promise<boolean> {
  const [now] = await store.keptMessages({ after: message - 1, limit: 1 });
  return now?.message === message;
}

async function faultsOf(
  store: VerifyStore,
  { message, sizeBytes, prefix, hash, structure }: KeptMessage,
): Promise<{ size: number; wrong: OctetFault['kind'][] }> {
  const digest = createHash('sha256');
  const pieces: Uint8Array[] = [prefix];
  let size = prefix.length;
  for await (const piece of piecesOf(store, message)) {
    digest.update(piece);
    size += piece.length;
    if (size <= MOST_PARSED) pieces.push(piece);
  }
  const wrong: OctetFault['kind'][] = [];
  if (size !== sizeBytes) wrong.push('size');
  if (Buffer.compare(digest.digest(), hash) !== 0) wrong.push('hash');
  if (structure !== undefined && size <= MOST_PARSED) {
    const again = encodeStructure(readStructure(Buffer.concat(pieces)));
    if (Buffer.compare(again, structure) !== 0) wrong.push('structure');
  }
  return { size, wrong };
}
