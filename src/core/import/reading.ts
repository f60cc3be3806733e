/** Reads messages of a folder of another server, by windows that are bounded in octets. */
import { type Described, isRefusal, type OpenFolder, SourceError } from './source.ts';

/** Asked for at once: messages, and octets of them. */
const WINDOW = 128;
const WINDOW_BYTES = 2 * 1024 * 1024;
/** A message of more octets comes in pieces of so many. */
const WHOLE_BYTES = 1024 * 1024;

/** Messages of a folder that each cost a connection, at most: a server that does so with more gives nothing of worth. */
const MOST_EXCESSES = 20;
/** What a server may send beyond the size that it claims of a message: some reckon it wrongly. */
const SLACK_BYTES = 1024 * 1024;
const NOT_GIVEN = 'the server lists it, and does not give it';

/** What a server sent too much of, over the tries that a folder takes. */
export class Distrust {
  readonly #alone = new Set<number>();
  readonly #unreadable = new Map<number, string>();

  /** Rises as more is known. */
  get count(): number {
    return this.#alone.size + this.#unreadable.size;
  }

  /** Is to be asked for by pieces, with no other. */
  isAlone(uid: number): boolean {
    return this.#alone.has(uid);
  }

  /** Why it is not to be asked for again. */
  why(uid: number): string | undefined {
    return this.#unreadable.get(uid);
  }

  /** These were asked for together: which it was comes out when each is asked for alone, over another connection. */
  after(uids: readonly number[], { message }: SourceError): SourceError {
    const [first] = uids;
    if (uids.length === 1 && first !== undefined && this.isAlone(first)) this.#unreadable.set(first, message);
    for (const uid of uids) this.#alone.add(uid);
    return this.#unreadable.size < MOST_EXCESSES
      ? new SourceError('lost', message)
      : new SourceError('excess', `${message}, for ${MOST_EXCESSES} messages one after the other`);
  }
}

export interface Reading {
  readonly opened: OpenFolder;
  /** A page of them. */
  readonly uids: readonly number[];
  readonly distrust: Distrust;
  /** Octets of one message that are taken. */
  readonly mostBytes: number;
  /** It cannot be read: the server refuses it, or does not give it; of a large one the pieces reject. */
  fail(uid: number, why: string): void;
}

export interface ComingMessage {
  readonly message: Described;
  readonly pieces: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** Messages in their order: a window of them, or a large one, is asked for while the one before is kept. */
export async function* readMessages(about: Reading): AsyncGenerator<ComingMessage> {
  const windows = windowsOf(await describedOf(about), about.distrust);
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

/** Of each that is there still: what is left out is asked for once more. Rising. */
async function describedOf(about: Reading): Promise<Described[]> {
  const { opened, distrust, mostBytes } = about;
  const found = new Map<number, Described>();
  const asked = about.uids.filter((uid) => {
    const why = distrust.why(uid);
    if (why !== undefined) about.fail(uid, why);
    return why === undefined;
  });
  const ask = async (uids: readonly number[]): Promise<void> => {
    const wanted = new Set(uids);
    for (const one of await opened.describe(uids))
      if (wanted.has(one.uid) && !found.has(one.uid)) found.set(one.uid, one);
  };
  if (asked.length > 0) await ask(asked);
  const missing = asked.filter((uid) => !found.has(uid));
  for (const uid of await stillThere(opened, missing)) {
    await ask([uid]);
    if (!found.has(uid)) about.fail(uid, NOT_GIVEN);
  }
  return [...found.values()]
    .filter(({ uid, sizeBytes }) => {
      if (sizeBytes > mostBytes)
        about.fail(uid, `it has ${sizeBytes} octets; [limits] maxMessageSize allows ${mostBytes}`);
      return sizeBytes <= mostBytes;
    })
    .toSorted((a, b) => a.uid - b.uid);
}

async function stillThere(opened: OpenFolder, uids: readonly number[]): Promise<number[]> {
  if (uids.length === 0) return [];
  const there = new Set(await opened.uids(uids));
  return uids.filter((uid) => there.has(uid));
}

function windowsOf(described: readonly Described[], distrust: Distrust): Described[][] {
  const windows: Described[][] = [];
  let [last, octets]: [Described[], number] = [[], 0];
  for (const one of described) {
    const isOver = last.length >= WINDOW || octets + one.sizeBytes > WINDOW_BYTES;
    const isLone = comesByPieces(one, distrust);
    if (last.length === 0 || isOver || isLone) {
      windows.push((last = []));
      octets = 0;
    }
    last.push(one);
    // Nothing joins a lone one.
    octets += isLone ? 2 * WINDOW_BYTES : one.sizeBytes;
  }
  return windows;
}

function comesByPieces({ uid, sizeBytes }: Described, distrust: Distrust): boolean {
  return sizeBytes > WHOLE_BYTES || distrust.isAlone(uid);
}

async function ask(about: Reading, window: readonly Described[]): Promise<ComingMessage[]> {
  const [first] = window;
  if (first === undefined) return [];
  if (window.length === 1 && comesByPieces(first, about.distrust))
    return [{ message: first, pieces: piecesOf(about, first) }];
  try {
    return await wholeOf(about, window);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error.fault === 'excess')
      throw about.distrust.after(
        window.map(({ uid }) => uid),
        error,
      );
    if (window.length > 1) return askEach(about, window);
    about.fail(first.uid, error.message);
    return [];
  }
}

/** One of them cannot be read: which one. */
async function askEach(about: Reading, window: readonly Described[]): Promise<ComingMessage[]> {
  const found: ComingMessage[] = [];
  for (const one of window) found.push(...(await ask(about, [one])));
  return found;
}

async function wholeOf(about: Reading, window: readonly Described[]): Promise<ComingMessage[]> {
  const { opened } = about;
  const found = new Map<number, Buffer>();
  const claimedBytes = window.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const { uid, bytes } of await opened.whole(
    window.map(({ uid }) => uid),
    claimedBytes,
  ))
    if (!found.has(uid)) found.set(uid, bytes);
  const missing = window.filter(({ uid }) => !found.has(uid));
  const there = await stillThere(
    opened,
    missing.map(({ uid }) => uid),
  );
  for (const { uid, sizeBytes } of missing.filter((one) => there.includes(one.uid))) {
    const again = await wholeAgain(about, uid, sizeBytes);
    if (again !== undefined) found.set(uid, again);
  }
  return window.flatMap((message) => {
    const bytes = found.get(message.uid);
    return bytes === undefined ? [] : [{ message, pieces: [bytes] }];
  });
}

/** Alone, since it did not come with others. */
async function wholeAgain(about: Reading, uid: number, sizeBytes: number): Promise<Buffer | undefined> {
  try {
    const came = (await about.opened.whole([uid], sizeBytes)).find((one) => one.uid === uid);
    if (came !== undefined) return came.bytes;
    about.fail(uid, NOT_GIVEN);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error.fault === 'excess') throw about.distrust.after([uid], error);
    about.fail(uid, error.message);
  }
  return undefined;
}

/** Throws, as of a connection that is lost, when it goes in the middle: it is looked at again. */
async function* piecesOf(about: Reading, { uid, sizeBytes }: Described): AsyncGenerator<Buffer> {
  const most = Math.min(2 * sizeBytes + SLACK_BYTES, about.mostBytes);
  for (let offset = 0; ; ) {
    const piece = await pieceOf(about, uid, offset);
    offset += piece.length;
    if (piece.length > WHOLE_BYTES || offset > most)
      throw new SourceError('refused', `it has more octets than the ${sizeBytes} that the server says`);
    if (piece.length > 0) yield piece;
    if (piece.length < WHOLE_BYTES) return;
  }
}

async function pieceOf({ opened, distrust }: Reading, uid: number, offset: number): Promise<Buffer> {
  try {
    const piece = await opened.piece({ uid, offset, limit: WHOLE_BYTES });
    if (piece !== undefined) return piece;
  } catch (error) {
    if (!(error instanceof SourceError) || error.fault !== 'excess') throw error;
    throw distrust.after([uid], error);
  }
  // One that ends where a piece does has no more.
  if ((await stillThere(opened, [uid])).length > 0) {
    if (offset > 0) return Buffer.alloc(0);
    throw new SourceError('refused', NOT_GIVEN);
  }
  throw new SourceError('lost', `message ${uid} went while it was read`);
}
