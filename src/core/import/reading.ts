/** Reads messages of a folder of another server, by windows that are bounded in octets. */
import { type Described, type OpenFolder, SourceError } from './source.ts';

/** Asked for at once: messages, and octets of them. */
const WINDOW = 128;
const WINDOW_BYTES = 2 * 1024 * 1024;
/** A message of more octets comes in pieces of so many. */
const WHOLE_BYTES = 1024 * 1024;

export interface Reading {
  readonly opened: OpenFolder;
  /** A page of them. */
  readonly uids: readonly number[];
  /** The server refuses to give one whole; of a large one the pieces reject. */
  fail(uid: number, why: string): void;
}

export interface ComingMessage {
  readonly message: Described;
  readonly pieces: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** Messages in their order: a window of them, or a large one, is asked for while the one before is kept. */
export async function* readMessages(about: Reading): AsyncGenerator<ComingMessage> {
  const described = (await about.opened.describe(about.uids)).toSorted((a, b) => a.uid - b.uid);
  const windows = windowsOf(described);
  let next = windows[0] === undefined ? undefined : ask(about, windows[0]);
  for (const index of windows.keys()) {
    const arrived = await next;
    const after = windows[index + 1];
    next = after === undefined ? undefined : ask(about, after);
    // Should the one before fail, nobody waits for it.
    next?.catch(() => undefined);
    yield* arrived ?? [];
  }
}

function isLarge(window: readonly Described[]): boolean {
  return window.length === 1 && (window[0] as Described).sizeBytes > WHOLE_BYTES;
}

function windowsOf(described: readonly Described[]): Described[][] {
  const windows: Described[][] = [];
  let [last, octets]: [Described[], number] = [[], 0];
  for (const one of described) {
    const isOver = last.length >= WINDOW || octets + one.sizeBytes > WINDOW_BYTES;
    if (last.length === 0 || isOver || one.sizeBytes > WHOLE_BYTES) {
      windows.push((last = []));
      octets = 0;
    }
    last.push(one);
    // Nothing joins a large one.
    octets += one.sizeBytes > WHOLE_BYTES ? WINDOW_BYTES : one.sizeBytes;
  }
  return windows;
}

async function ask(about: Reading, window: readonly Described[]): Promise<ComingMessage[]> {
  const [first] = window;
  if (first !== undefined && isLarge(window))
    return [{ message: first, pieces: piecesOf(about.opened, first) }];
  try {
    return await wholeOf(about, window);
  } catch (error) {
    if (!(error instanceof SourceError) || error.fault !== 'refused') throw error;
    if (window.length > 1) return askEach(about, window);
    if (first !== undefined) about.fail(first.uid, error.message);
    return [];
  }
}

/** One of them cannot be read: which one. */
async function askEach(about: Reading, window: readonly Described[]): Promise<ComingMessage[]> {
  const found: ComingMessage[] = [];
  for (const one of window) found.push(...(await ask(about, [one])));
  return found;
}

async function wholeOf({ opened }: Reading, window: readonly Described[]): Promise<ComingMessage[]> {
  const byUid = new Map(window.map((message) => [message.uid, message]));
  const whole = await opened.whole([...byUid.keys()]);
  return whole.flatMap(({ uid, bytes }) => {
    const message = byUid.get(uid);
    return message === undefined ? [] : [{ message, pieces: [bytes] }];
  });
}

/** Throws, as of a connection that is lost, when it goes in the middle: it is looked at again. */
async function* piecesOf(opened: OpenFolder, { uid }: Described): AsyncGenerator<Buffer> {
  for (let offset = 0; ; ) {
    const piece = await opened.piece({ uid, offset, limit: WHOLE_BYTES });
    if (piece === undefined) throw new SourceError('lost', `message ${uid} went while it was read`);
    if (piece.length > 0) yield piece;
    if (piece.length < WHOLE_BYTES) return;
    offset += piece.length;
  }
}
