/** FETCH of what is not in the columns of a mailbox: what messages are made of, and their octets. */
import { flagNames } from '../../../core/mailbox/flags.ts';
import { emailObjectId, threadObjectId } from '../../../core/mailbox/object-id.ts';
import type { FetchItem, Partial } from '../../../wire/imap/grammar/fetch.ts';
import { FetchResponse } from '../../../wire/imap/response/fetch.ts';
import { filterHeader, sectionRange } from '../../../wire/mime/section.ts';
import type { ImapHandle } from '../handle.ts';
import { MessageReader, PIECE_BYTES } from '../../message-reader.ts';
import { recentOrStored, sizeOf } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';
import { DecodedPart } from './decoded-part.ts';

/** What could not be given. */
export interface Lacking {
  /** Messages that are gone. */
  gone: number;
  /** Parts in an encoding that nobody knows (RFC 3516). */
  unknownEncodings: number;
}

/** What needs the octets themselves. */
const OF_CONTENT = new Set<FetchItem['kind']>([
  'BODY[]',
  'BINARY',
  'BINARY.SIZE',
  'RFC822',
  'RFC822.TEXT',
  'RFC822.HEADER',
]);

/** Items of one FETCH that have octets of messages read for them; mail programs ask for a dozen. */
export const MAX_CONTENT_ITEMS = 100;

/** Items that have octets of messages read for them. */
export function contentItems(items: readonly FetchItem[]): number {
  return items.filter(({ kind }) => OF_CONTENT.has(kind)).length;
}

interface One {
  readonly session: ImapHandle;
  readonly response: FetchResponse;
  readonly message: MessageReader;
  readonly decoded: DecodedPart;
  readonly lacking: Lacking;
  /** Some of the response went out already. */
  hasBegun: boolean;
}

/** Each item goes out before the next is read: of one message no more is gathered than of one item. */
export async function fetchMessages(
  session: ImapHandle,
  selected: Selected,
  { ranges, items }: { ranges: readonly IndexRange[]; items: readonly FetchItem[] },
): Promise<Lacking> {
  const lacking = { gone: sizeOf(ranges), unknownEncodings: 0 };
  const style = { form: session.reader.names, uidOnly: session.enabled.uidOnly };
  const content = contentItems(items) > 0 ? 'with content' : 'without';
  for await (const batch of recentOrStored(session, selected, { ranges, content }))
    for (const { index, item } of batch) {
      lacking.gone--;
      const response = new FetchResponse(style.uidOnly ? item.uid : index + 1, style);
      const message = new MessageReader(session.context.store, item);
      const decoded = new DecodedPart(message);
      const one = { session, response, message, decoded, lacking, hasBegun: false };
      const answering = fetchOne(one, items, { selected, index });
      if (answering !== undefined) await answering;
      if (session.isOver) return lacking;
      for (const piece of response.end()) session.send(piece);
      const room = session.room();
      if (room !== undefined) await room;
    }
  return lacking;
}

interface Place {
  readonly selected: Selected;
  readonly index: number;
}

/** Undefined where everything was at hand: of most messages, which are many, nothing is waited for. */
function fetchOne(one: One, items: readonly FetchItem[], place: Place): Promise<void> | undefined {
  for (const [at, wanted] of items.entries())
    if (!column(one.response, wanted, place) && !atHand(one, wanted))
      return fetchRest(one, items.slice(at), place);
  return undefined;
}

async function fetchRest(one: One, items: readonly FetchItem[], place: Place): Promise<void> {
  try {
    for (const wanted of items) {
      if (column(one.response, wanted, place) || atHand(one, wanted)) continue;
      await add(one, wanted);
      if (OF_CONTENT.has(wanted.kind)) await passOn(one);
      if (one.session.isOver) return;
    }
  } catch (error) {
    // Nobody understands what follows half a response.
    if (one.hasBegun) one.session.end('');
    throw error;
  }
}

/** Hands over what was written, and waits until the client has room for more. */
async function passOn(one: One): Promise<void> {
  const { session, response } = one;
  one.hasBegun = true;
  for (const piece of response.take()) session.send(piece);
  const room = session.room();
  if (room !== undefined) await room;
}

/** Adds an item that is a column; false for any other. */
function column(response: FetchResponse, item: FetchItem, { selected, index }: Place): boolean {
  const { uids, flags, modseqs, internalAt, sizes } = selected.columns;
  switch (item.kind) {
    case 'UID':
      response.uid(uids[index] as number);
      return true;
    case 'FLAGS':
      response.flags(flagNames(flags[index] as number, selected.live.mailbox.keywords));
      return true;
    case 'MODSEQ':
      response.modSeq(modseqs[index] as number);
      return true;
    case 'INTERNALDATE':
      response.internalDate(internalAt[index] as number);
      return true;
    case 'RFC822.SIZE':
      response.sizeBytes(sizes[index] as number);
      return true;
    default:
      return false;
  }
}

/** Adds an item that the row of the message has; false for one that may have to be read. */
function atHand({ response, message }: One, wanted: FetchItem): boolean {
  const { item } = message;
  switch (wanted.kind) {
    case 'ENVELOPE': {
      const known = message.knownEnvelope;
      if (known !== undefined) response.envelope(known);
      return known !== undefined;
    }
    case 'EMAILID':
      response.emailId(emailObjectId(item.message));
      return true;
    case 'THREADID':
      response.threadId(threadObjectId(item.thread));
      return true;
    case 'SAVEDATE':
      response.saveDate(item.savedAt);
      return true;
    case 'PREVIEW':
      if (item.preview === undefined && !wanted.lazy) return false;
      response.preview(item.preview ?? null);
      return true;
    default:
      return false;
  }
}

async function add(one: One, wanted: FetchItem): Promise<void> {
  const { response, message } = one;
  switch (wanted.kind) {
    case 'ENVELOPE':
      response.envelope((await message.structure()).envelope);
      return;
    case 'BODY':
    case 'BODYSTRUCTURE':
      response.body(wanted.kind, (await message.structure()).root);
      return;
    case 'PREVIEW':
      response.preview(await message.preview());
      return;
    case 'RFC822':
    case 'RFC822.HEADER':
    case 'RFC822.TEXT':
      return addRfc822(one, wanted.kind);
    case 'BODY[]':
      return addSection(one, wanted);
    case 'BINARY':
    case 'BINARY.SIZE':
      return addBinary(one, wanted);
    default:
      throw new Error(`${wanted.kind} is at hand`);
  }
}

const RFC822 = {
  RFC822: { kind: 'whole', path: [] },
  'RFC822.HEADER': { kind: 'header', path: [] },
  'RFC822.TEXT': { kind: 'text', path: [] },
} as const;

async function addRfc822(one: One, kind: keyof typeof RFC822): Promise<void> {
  const range = sectionRange(await one.message.structure(), RFC822[kind]) ?? { start: 0, end: 0 };
  one.response.raw(kind, `{${range.end - range.start}}\r\n`);
  await addOctets(one, range);
}

async function addSection(one: One, wanted: Extract<FetchItem, { kind: 'BODY[]' }>): Promise<void> {
  const { response, message } = one;
  const { section, partial } = wanted;
  const isAll = section.kind === 'whole' && section.path.length === 0;
  const range = isAll
    ? { start: 0, end: message.sizeBytes }
    : sectionRange(await message.structure(), section);
  if (range === undefined || section.kind === 'fields') {
    const header = range === undefined ? undefined : await message.read(range.start, range.end);
    const octets = header === undefined || section.kind !== 'fields' ? header : filterHeader(header, section);
    response.section(wanted, octets === undefined ? undefined : cut(octets, partial));
    return;
  }
  const start = Math.min(range.end, range.start + (partial?.offset ?? 0));
  const end = partial === undefined ? range.end : Math.min(range.end, start + partial.count);
  response.sectionHead(wanted, end - start, 'literal');
  await addOctets(one, { start, end });
}

/** Octets behind their announcement: large ones go out as they are read. */
async function addOctets(one: One, { start, end }: { start: number; end: number }): Promise<void> {
  for await (const piece of one.message.pieces(start, end)) {
    one.response.octets(piece);
    if (end - start <= PIECE_BYTES) return;
    await passOn(one);
    if (one.session.isOver) return;
  }
}

/** A part without its transfer encoding (RFC 3516), or how long it is then. */
async function addBinary(
  one: One,
  wanted: Extract<FetchItem, { kind: 'BINARY' | 'BINARY.SIZE' }>,
): Promise<void> {
  const { response, lacking } = one;
  const octets = await one.decoded.at(wanted.path);
  if (octets === null) lacking.unknownEncodings++;
  if (wanted.kind === 'BINARY.SIZE')
    response.raw(`BINARY.SIZE[${wanted.path.join('.')}]`, octets?.length ?? 0);
  else if (octets === undefined || octets === null) response.section(wanted, undefined);
  else await addDecoded(one, wanted, cut(octets, wanted.partial));
}

/** Large ones piece by piece: what waits for the client is not a copy of all. */
async function addDecoded(
  one: One,
  wanted: Extract<FetchItem, { kind: 'BINARY' }>,
  octets: Buffer,
): Promise<void> {
  one.response.sectionHead(wanted, octets.length, octets.includes(0) ? 'literal8' : 'literal');
  for (let at = 0; at < octets.length; at += PIECE_BYTES) {
    one.response.octets(octets.subarray(at, at + PIECE_BYTES));
    await passOn(one);
    if (one.session.isOver) return;
  }
}

function cut(octets: Buffer, partial: Partial | undefined): Buffer {
  return partial === undefined ? octets : octets.subarray(partial.offset, partial.offset + partial.count);
}
