/** FETCH of what is not in the columns of a mailbox: what messages are made of, and their octets. */
import { flagNames } from '../../../core/mailbox/flags.ts';
import { emailObjectId, threadObjectId } from '../../../core/mailbox/object-id.ts';
import type { FetchItem, Partial } from '../../../wire/imap/grammar/fetch.ts';
import { FetchResponse } from '../../../wire/imap/response/fetch.ts';
import { filterHeader, partAt, sectionRange } from '../../../wire/mime/section.ts';
import { bodyEnd, bodyStart } from '../../../wire/mime/structure.ts';
import { decodeBody } from '../../../wire/mime/transfer-encoding.ts';
import type { ImapHandle } from '../handle.ts';
import { MessageReader, PIECE_BYTES } from '../../message-reader.ts';
import { sizeOf, stored } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';

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

function contentFor(items: readonly FetchItem[]): 'with content' | 'without' {
  return items.some(({ kind }) => OF_CONTENT.has(kind)) ? 'with content' : 'without';
}

interface One {
  readonly session: ImapHandle;
  readonly response: FetchResponse;
  readonly message: MessageReader;
  readonly lacking: Lacking;
}

export async function fetchMessages(
  session: ImapHandle,
  selected: Selected,
  { ranges, items }: { ranges: readonly IndexRange[]; items: readonly FetchItem[] },
): Promise<Lacking> {
  const lacking = { gone: sizeOf(ranges), unknownEncodings: 0 };
  const style = { form: session.reader.names, uidOnly: session.enabled.uidOnly };
  for await (const { index, item } of stored(session, selected, { ranges, content: contentFor(items) })) {
    lacking.gone--;
    const response = new FetchResponse(style.uidOnly ? item.uid : index + 1, style);
    const one = { session, response, message: new MessageReader(session.context.store, item), lacking };
    for (const wanted of items) {
      if (!column(response, wanted, { selected, index })) await add(one, wanted);
      if (session.isOver) return lacking;
    }
    for (const piece of response.end()) session.send(piece);
    const room = session.room();
    if (room !== undefined) await room;
  }
  return lacking;
}

/** Adds an item that is a column; false for any other. */
function column(
  response: FetchResponse,
  item: FetchItem,
  { selected, index }: { selected: Selected; index: number },
): boolean {
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

async function add(one: One, wanted: FetchItem): Promise<void> {
  const { response, message } = one;
  const { item } = message;
  switch (wanted.kind) {
    case 'ENVELOPE':
      response.envelope(message.knownEnvelope ?? (await message.structure()).envelope);
      return;
    case 'BODY':
    case 'BODYSTRUCTURE':
      response.body(wanted.kind, (await message.structure()).root);
      return;
    case 'EMAILID':
      response.emailId(emailObjectId(item.message));
      return;
    case 'THREADID':
      response.threadId(threadObjectId(item.thread));
      return;
    case 'SAVEDATE':
      response.saveDate(item.savedAt);
      return;
    case 'PREVIEW':
      response.preview(wanted.lazy && item.preview === undefined ? null : await message.preview());
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
      throw new Error(`${wanted.kind} stands in the columns`);
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
async function addOctets(
  { session, response, message }: One,
  { start, end }: { start: number; end: number },
): Promise<void> {
  if (end - start <= PIECE_BYTES) {
    if (end > start) response.octets(await message.read(start, end));
    return;
  }
  for await (const piece of message.pieces(start, end)) {
    if (session.isOver) return;
    response.octets(piece);
    for (const taken of response.take()) session.send(taken);
    const room = session.room();
    if (room !== undefined) await room;
  }
}

/** A part without its transfer encoding (RFC 3516), or how long it is then. */
async function addBinary(
  { response, message, lacking }: One,
  wanted: Extract<FetchItem, { kind: 'BINARY' | 'BINARY.SIZE' }>,
): Promise<void> {
  const octets = await decodedPart(message, wanted.path);
  if (octets === null) lacking.unknownEncodings++;
  if (wanted.kind === 'BINARY.SIZE')
    response.raw(`BINARY.SIZE[${wanted.path.join('.')}]`, octets?.length ?? 0);
  else
    response.section(
      wanted,
      octets === undefined || octets === null ? undefined : cut(octets, wanted.partial),
    );
}

/** Undefined where there is no such part, null where nobody knows its encoding. */
async function decodedPart(
  message: MessageReader,
  path: readonly number[],
): Promise<Buffer | undefined | null> {
  if (path.length === 0) return message.read(0, message.sizeBytes);
  const part = partAt(await message.structure(), path);
  if (part === undefined) return undefined;
  const body = await message.read(bodyStart(part), bodyEnd(part));
  return decodeBody(body, part.encoding) ?? null;
}

function cut(octets: Buffer, partial: Partial | undefined): Buffer {
  return partial === undefined ? octets : octets.subarray(partial.offset, partial.offset + partial.count);
}
