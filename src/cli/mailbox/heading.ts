/** Whom a message says it is from, and what about, as its header has it; the envelope's sender where it says nothing. */
import type { StoredItem } from '../../core/mailbox/port.ts';
import { decodeWords } from '../../wire/mime/encoded-words.ts';
import { displayName, readEnvelope } from '../../wire/mime/envelope.ts';
import { scanHeader } from '../../wire/mime/header.ts';
import type { Envelope } from '../../wire/mime/structure.ts';
import { decodeEnvelope } from '../../wire/mime/structure-codec.ts';
import type { SqlStore } from '../../store/store.ts';

/** Characters that are told of each. */
const MOST_TOLD = 998;
/** Of a message whose envelope is not kept. */
const MOST_READ_BYTES = 16 * 1024;

export interface Heading {
  /** The name of the first in From, or its address. */
  readonly who: string;
  /** The address of the first in From. */
  readonly from: string;
  readonly subject: string;
}

/** Rejects when the store is down. */
export async function headingOf(store: SqlStore, item: StoredItem): Promise<Heading> {
  const { sender } = item;
  const { from, subject } = await envelopeOf(store, item);
  const [first] = from;
  const address = displayName(first === undefined ? [] : [{ ...first, name: '' }]);
  return {
    who: plain(displayName(from)) || sender || '<>',
    from: plain(address) || sender,
    subject: plain(decodeWords(subject ?? '')),
  };
}

/** As it is kept; of what was large when it came, or was put here by a command, as its beginning has it. */
async function envelopeOf(store: SqlStore, { structure, prefix, message }: StoredItem): Promise<Envelope> {
  const kept = structure === undefined ? undefined : decodeEnvelope(Buffer.from(structure));
  if (kept !== undefined) return kept;
  const bytes = await store.readContent({ message, offset: 0, limit: MOST_READ_BYTES });
  return readEnvelope(scanHeader(Buffer.concat([prefix, bytes])));
}

/** On one line, and of a bounded length. */
function plain(text: string): string {
  return text.slice(0, MOST_TOLD).replace(/\s+/g, ' ').trim();
}

/** So much of it as a column has room for. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
