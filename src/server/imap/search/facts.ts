/** What searches and sorts look at in a message, read no further than somebody asks for. */
import type { StoredItem } from '../../../core/mailbox/port.ts';
import { decodeWords } from '../../../wire/mime/encoded-words.ts';
import { fieldName, fieldText, type Header, scanHeader } from '../../../wire/mime/header.ts';
import { searchableText } from '../../../wire/mime/searchable-text.ts';
import { bodyStart, type Envelope, type EnvelopeAddress } from '../../../wire/mime/structure.ts';
import type { ImapHandle } from '../handle.ts';
import { MessageReader } from '../../message-reader.ts';
import { Progress } from '../progress.ts';
import { sizeOf, stored } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';

/** Octets of text of one message that are looked into, as they are encoded there. */
const MAX_TEXT_BYTES = 2 * 1024 * 1024;
/** Messages that are read at one time for one search. */
const AT_ONCE = 16;

/** Text without its case and its accents, by which texts are compared. */
export function folded(text: string): string {
  return ASCII.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .toLowerCase();
}

const ASCII = /^[\x00-\x7f]*$/;

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
      this.#header = scanHeader(await this.#reader.read(root.start, bodyStart(root)));
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

  async readText(): Promise<void> {
    const message = await this.#reader.structure();
    const text = await this.#reader.reading((read) =>
      searchableText(message, { read, mostBytes: MAX_TEXT_BYTES }),
    );
    this.#headerText = folded(text.header);
    this.#bodyText = folded([...text.bodies, ...text.attachmentNames].join('\n'));
  }

  /** Folded values of the fields of a name; undefined until `readHeader`. */
  fields(nameLower: string): string[] | undefined {
    const header = this.#header;
    return header?.fields
      .filter((field) => fieldName(header, field).toLowerCase() === nameLower)
      .map((field) => folded(decodeWords(fieldText(header, field))));
  }
}

/** `Name <mailbox@host>` of each, as a person reads it. */
export function addressTexts(list: readonly EnvelopeAddress[]): string[] {
  return list.map(({ name, mailbox, host }) => {
    const address = host === undefined ? (mailbox ?? '') : `${mailbox}@${host}`;
    return name === undefined ? address : `${decodeWords(name)} <${address}>`;
  });
}

/** Looks at messages, several at a time, in the order of their numbers as far as that goes. */
export async function lookAt(
  session: ImapHandle,
  about: { selected: Selected; ranges: readonly IndexRange[]; content: 'with content' | 'without' },
  look: (facts: Facts) => Promise<void> | void,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const progress = new Progress(session, sizeOf(about.ranges));
  for await (const found of stored(session, about.selected, about)) {
    const facts = Facts.of(session, found);
    const looked = facts instanceof Promise ? facts.then(look) : look(facts);
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
  await Promise.all(underWay);
}
