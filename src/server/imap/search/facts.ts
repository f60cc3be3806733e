/** What searches and sorts look at in a message, read no further than somebody asks for. */
import type { StoredItem } from '../../../core/mailbox/port.ts';
import type { Sketcher } from '../../../core/mailbox/sketch.ts';
import { decodeWords } from '../../../wire/mime/encoded-words.ts';
import { fieldName, fieldText, type Header, scanHeader } from '../../../wire/mime/header.ts';
import { headerText, MAX_SEARCHED_HEADER, searchables } from '../../../wire/mime/searchable-text.ts';
import { bodyStart, type Envelope } from '../../../wire/mime/structure.ts';
import type { ImapHandle } from '../handle.ts';
import { MessageReader } from '../../message-reader.ts';
import { Progress } from '../progress.ts';
import { sizeOf, stored } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';
import { folded, foldedSteps } from './folded.ts';

/** Octets of text of one message that are looked into, headers among them, as they are encoded there. */
const MAX_TEXT_BYTES = 2 * 1024 * 1024;
/** Octets and characters that are decoded and folded before others have their turn. */
const TURN_AFTER = 16 * 1024;
/** Messages that are read at one time for one search. */
const AT_ONCE = 16;

/** Resolves when the one who awaits it may do its next step; false when it is for nothing, as the client is gone. */
export type Turn = () => Promise<boolean>;

/** Of all that is looked at for a session one message has a step, then others have their turn if it is time. */
function turns(session: ImapHandle): Turn {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    last = last.then(() => session.room());
    await last;
    return !session.isOver;
  };
}

export class Facts {
  readonly index: number;
  readonly item: StoredItem;
  readonly envelope: Envelope;
  readonly #reader: MessageReader;
  #header: Header | undefined;
  #headerText: string | undefined;
  #bodyText: string | undefined;

  private constructor(about: { index: number; reader: MessageReader; envelope: Envelope }) {
    this.index = about.index;
    this.#reader = about.reader;
    this.item = about.reader.item;
    this.envelope = about.envelope;
  }

  /** At once where its envelope is kept, as it is of nearly all. */
  static of(
    session: ImapHandle,
    { index, item }: { index: number; item: StoredItem },
  ): Facts | Promise<Facts> {
    const reader = new MessageReader(session.context.store, item);
    const envelope = reader.knownEnvelope;
    if (envelope !== undefined) return new Facts({ index, reader, envelope });
    return reader.structure().then((message) => new Facts({ index, reader, envelope: message.envelope }));
  }

  /** Undefined until `readHeader`. */
  get header(): Header | undefined {
    return this.#header;
  }

  async readHeader(): Promise<Header> {
    if (this.#header === undefined) {
      const { root } = await this.#reader.structure();
      const end = Math.min(bodyStart(root), root.start + MAX_SEARCHED_HEADER);
      this.#header = scanHeader(await this.#reader.read(root.start, end));
    }
    return this.#header;
  }

  /** Folded; undefined until `readText`. */
  get headerText(): string | undefined {
    return this.#headerText;
  }

  /** Folded, the names of attachments in it; undefined until `readText`. */
  get bodyText(): string | undefined {
    return this.#bodyText;
  }

  /** What the header says goes to `sketcher`, once it has been read. */
  sketchHeader(sketcher: Sketcher): void {
    if (this.#header !== undefined)
      for (const text of foldedSteps(headerText(this.#header))) sketcher.add(text);
  }

  /**
   * Text stays undefined, and this is false, where `turn` says that nobody waits for it any more. `sketchers` are given what is
   * read.
   */
  async readText(
    turn: Turn,
    sketchers: ReadonlyMap<'header' | 'body', Sketcher> = new Map(),
  ): Promise<boolean> {
    const message = await this.#reader.structure();
    const texts = { header: '', body: '' };
    // What is small has no turn of its own.
    let owed = 0;
    for (const { of, start, end, steps } of searchables(message, MAX_TEXT_BYTES)) {
      owed += end - start;
      const octets = await this.#reader.read(start, end);
      if (owed >= TURN_AFTER) {
        if (!(await turn())) return false;
        owed = end - start;
      }
      for (const text of steps(octets))
        for (const piece of foldedSteps(text)) {
          texts[of] += piece;
          sketchers.get(of)?.add(piece);
          owed += piece.length;
          if (owed < TURN_AFTER) continue;
          if (!(await turn())) return false;
          owed = end - start;
        }
      texts[of] += '\n';
      sketchers.get(of)?.add('\n');
    }
    this.#headerText = texts.header;
    this.#bodyText = texts.body;
    return true;
  }

  /** Folded values of the fields of a name; undefined until `readHeader`. */
  fields(nameLower: string): string[] | undefined {
    const header = this.#header;
    return header?.fields
      .filter((field) => fieldName(header, field).toLowerCase() === nameLower)
      .map((field) => folded(decodeWords(fieldText(header, field))));
  }
}

/** Looks at messages, several at a time, in the order of their numbers as far as that goes. */
export async function lookAt(
  session: ImapHandle,
  about: { selected: Selected; ranges: readonly IndexRange[]; content: 'with content' | 'without' },
  look: (facts: Facts, turn: Turn) => Promise<void> | void,
): Promise<void> {
  const turn = turns(session);
  const underWay = new Set<Promise<void>>();
  const progress = new Progress(session, sizeOf(about.ranges));
  for await (const batch of stored(session, about.selected, about)) {
    for (const found of batch) {
      const facts = Facts.of(session, found);
      const looked = facts instanceof Promise ? facts.then((one) => look(one, turn)) : look(facts, turn);
      if (looked !== undefined) {
        const looking = looked.finally(() => underWay.delete(looking));
        underWay.add(looking);
        // Whoever waits for all hears of what fails.
        looking.catch(() => undefined);
      }
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      progress.made();
      const room = session.room();
      if (room !== undefined) await room;
      if (session.isOver) break;
    }
    if (session.isOver) break;
  }
  await Promise.all(underWay);
}
