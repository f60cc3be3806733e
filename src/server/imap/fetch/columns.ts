/**
 * FETCH of what stands in the columns of a mailbox: UID, FLAGS, INTERNALDATE, RFC822.SIZE, MODSEQ. Most FETCH commands of
 * whole mailboxes ask for nothing else, so the responses are written octet by octet into large buffers: no object, and no
 * text, is made for a message.
 */
import { flagNames } from '../../../core/mailbox/flags.ts';
import type { FetchItem } from '../../../wire/imap/grammar/fetch.ts';
import { formatDateTime } from '../../../wire/imap/response/strings.ts';
import type { ImapHandle } from '../handle.ts';
import type { IndexRange, Selected } from '../selected.ts';

/** Octets of a buffer, and those that one response takes at most: 53 keywords of 64 octets among them. */
const BUFFER_BYTES = 64 * 1024;
const MOST_BYTES = 8 * 1024;

const KINDS = new Set<FetchItem['kind']>(['UID', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'MODSEQ']);

export function areColumns(items: readonly FetchItem[]): boolean {
  return items.every(({ kind }) => KINDS.has(kind));
}

/** Writes one item of the message at an index. */
type Write = (out: Octets, index: number) => void;

export async function fetchColumns(
  session: ImapHandle,
  selected: Selected,
  { ranges, items }: { ranges: readonly IndexRange[]; items: readonly FetchItem[] },
): Promise<void> {
  const flags = new FlagTexts(selected);
  const { uidOnly } = session.enabled;
  const opening = uidOnly ? ' UIDFETCH (' : ' FETCH (';
  let out = new Octets();
  for (const [from, to] of ranges)
    for (let index = from; index < to; ) {
      // Whoever was waited for may have changed the columns: they are looked at anew.
      const writes = items.map((item, at) => writer(selected, { item, isFirst: at === 0, flags }));
      const { uids } = selected;
      for (; index < to && out.room >= MOST_BYTES; index++) {
        out.text('* ');
        out.number(uidOnly ? (uids[index] as number) : index + 1);
        out.text(opening);
        for (const write of writes) write(out, index);
        out.text(')\r\n');
      }
      if (index >= to) break;
      session.send(out.taken());
      out = new Octets();
      const room = session.room();
      if (room !== undefined) await room;
      if (session.isOver) return;
    }
  session.send(out.taken());
}

function writer(
  selected: Selected,
  { item, isFirst, flags }: { item: FetchItem; isFirst: boolean; flags: FlagTexts },
): Write {
  const { columns } = selected;
  const name = `${isFirst ? '' : ' '}${item.kind} `;
  switch (item.kind) {
    case 'UID':
      return (out, index) => {
        out.text(name);
        out.number(columns.uids[index] as number);
      };
    case 'FLAGS':
      return (out, index) => {
        out.text(name);
        out.text(flags.of(columns.flags[index] as number));
      };
    case 'RFC822.SIZE':
      return (out, index) => {
        out.text(name);
        out.number(columns.sizes[index] as number);
      };
    case 'MODSEQ':
      return (out, index) => {
        out.text(`${name}(`);
        out.number(columns.modseqs[index] as number);
        out.text(')');
      };
    default:
      return (out, index) => {
        out.text(name);
        out.text(formatDateTime(columns.internalAt[index] as number));
      };
  }
}

/** The text of each set of flags, made once: a mailbox has few. */
class FlagTexts {
  readonly #selected: Selected;
  readonly #known = new Map<number, string>();

  constructor(selected: Selected) {
    this.#selected = selected;
  }

  of(flags: number): string {
    let text = this.#known.get(flags);
    if (text === undefined) {
      text = `(${flagNames(flags, this.#selected.live.mailbox.keywords).join(' ')})`;
      this.#known.set(flags, text);
    }
    return text;
  }
}

class Octets {
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #at = 0;

  get room(): number {
    return BUFFER_BYTES - this.#at;
  }

  /** ASCII. */
  text(text: string): void {
    for (let index = 0; index < text.length; index++) this.#buffer[this.#at++] = text.charCodeAt(index);
  }

  /** Whole, not negative. */
  number(value: number): void {
    if (value > 0x7fffffff) return this.text(String(value));
    let digits = 1;
    for (let most = 10; most <= value; most *= 10) digits++;
    let rest = value | 0;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const next = (rest / 10) | 0;
      this.#buffer[at] = 48 + rest - next * 10;
      rest = next;
    }
    this.#at += digits;
  }

  /** What was written; nothing more is to be. */
  taken(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }
}
