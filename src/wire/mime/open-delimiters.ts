/**
 * The delimiters of the multiparts that are open while a message is read (RFC 2046 5.1.1), each of which may end parts at
 * any line. They are sorted, and a line narrows them down octet by octet: it costs what the octets cost that it has in common
 * with a delimiter, however many there are.
 */
const LF = 0x0a;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const HYPHENS = Buffer.from('--', 'latin1');

interface Delimiter {
  /** `--boundary`. */
  readonly octets: Buffer;
  /** The multiparts that have it, from the outermost on; never empty. */
  readonly levels: number[];
}

export interface DelimiterLine {
  /** The multipart whose delimiter it is, of several the innermost. */
  readonly level: number;
  /** Octets of the line that were understood. */
  readonly bytes: number;
  readonly closes: boolean;
}

export class OpenDelimiters {
  /** By their octets, each once. */
  readonly #sorted: Delimiter[] = [];
  /** In the order of opening. */
  readonly #opened: { level: number; delimiter: Delimiter }[] = [];
  #longest: number | undefined = 0;

  /** Octets of the longest of them; 0 when none is open. */
  get longest(): number {
    this.#longest ??= this.#sorted.reduce((most, { octets }) => Math.max(most, octets.length), 0);
    return this.#longest;
  }

  /** `level` is at least that of what was opened before it; a multipart may have several delimiters. */
  open(boundary: Buffer, level: number): void {
    const octets = Buffer.concat([HYPHENS, boundary]);
    const index = this.#indexOf(octets);
    const known = this.#sorted[index];
    const delimiter = known?.octets.equals(octets) ? known : { octets, levels: [] };
    if (delimiter !== known) this.#sorted.splice(index, 0, delimiter);
    delimiter.levels.push(level);
    this.#opened.push({ level, delimiter });
    this.#longest = undefined;
  }

  /** No delimiter of a deeper level counts any more. */
  closeBehind(level: number): void {
    for (
      let last = this.#opened.at(-1);
      last !== undefined && last.level > level;
      last = this.#opened.at(-1)
    ) {
      this.#opened.pop();
      this.#forget(last.delimiter);
    }
  }

  /** The line ends its multipart: neither its delimiter counts any more, nor do those of deeper levels. */
  close(data: Buffer, at: number, { level, bytes }: DelimiterLine): void {
    this.closeBehind(level);
    const octets = data.subarray(at, at + bytes);
    const index = this.#opened.findLastIndex(({ delimiter }) => delimiter.octets.equals(octets));
    for (const { delimiter } of this.#opened.splice(index, 1)) this.#forget(delimiter);
  }

  /**
   * What the line at `at` delimits: by the longest that fits, as one may begin like another. Where the octets end, the line
   * does. `wanted`: lines that only end a multipart, or those that begin a part as well.
   */
  find(data: Buffer, at: number, wanted: 'all' | 'ends'): DelimiterLine | undefined {
    if (data[at] !== HYPHEN || data[at + 1] !== HYPHEN) return undefined;
    const sorted = this.#sorted;
    let found: DelimiterLine | undefined;
    let low = 0;
    let high = sorted.length;
    for (let bytes = HYPHENS.length; low < high; bytes++) {
      const shortest = sorted[low] as Delimiter;
      const octet = data[at + bytes];
      if (shortest.octets.length === bytes) {
        const closes = octet === HYPHEN && data[at + bytes + 1] === HYPHEN;
        if (closes || ((octet ?? LF) <= SPACE && wanted === 'all'))
          found = { level: shortest.levels.at(-1) as number, bytes, closes };
        low++;
      }
      if (octet === undefined || low === high) break;
      const isFirst = octetOf(sorted, low, bytes) === octet;
      if (isFirst && (high - low === 1 || octetOf(sorted, high - 1, bytes) === octet)) continue;
      if (high - low === 1) break;
      low = firstFrom(sorted, { low, high, bytes }, octet);
      high = firstFrom(sorted, { low, high, bytes }, octet + 1);
    }
    return found;
  }

  /** Where it is, or belongs. */
  #indexOf(octets: Buffer): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as Delimiter).octets.compare(octets) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(delimiter: Delimiter): void {
    delimiter.levels.pop();
    if (delimiter.levels.length > 0) return;
    this.#sorted.splice(this.#indexOf(delimiter.octets), 1);
    this.#longest = undefined;
  }
}

function octetOf(sorted: readonly Delimiter[], index: number, at: number): number {
  return (sorted[index] as Delimiter).octets[at] as number;
}

/** The first of those between `low` and `high`, which agree up to there, whose octet behind `bytes` is not lower. */
function firstFrom(
  sorted: readonly Delimiter[],
  { low, high, bytes }: { low: number; high: number; bytes: number },
  octet: number,
): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (octetOf(sorted, middle, bytes) < octet) from = middle + 1;
    else to = middle;
  }
  return from;
}
