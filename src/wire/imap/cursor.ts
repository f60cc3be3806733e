/**
 * Reads the arguments of a command by the words of the grammar (RFC 9051 section 9): each method takes what its name says
 * from where the cursor stands, or throws a `SyntaxFault`, which `parseCommand` makes a result of.
 *
 * The text is one character an octet. A literal stands in it as its announcement, `{5}`; its octets are in `literals`.
 */
import { isUtf8 } from 'node:buffer';
import { decodeMailboxName, type NameForm } from './mailbox-name.ts';
import { parseSequenceSet, type SequenceSet } from './sequence-set.ts';

/** Entries of one list. */
const MAX_LIST = 10_000;

/** The arguments do not follow the grammar. `why` is fit for the text of a BAD. */
export class SyntaxFault extends Error {
  readonly why: string;
  /** Octets from the beginning of the arguments, literals not counted. */
  readonly at: number;
  /** What reply it deserves. */
  readonly kind: 'syntax' | 'charset';

  constructor(why: string, { at, kind = 'syntax' }: { at: number; kind?: 'syntax' | 'charset' }) {
    super(why);
    this.why = why;
    this.at = at;
    this.kind = kind;
  }
}

export interface Arguments {
  readonly text: string;
  readonly literals: readonly Buffer[];
}

// Everything but atom-specials; ASTRING-CHAR has `]` besides; a flag may begin with a backslash.
const ATOM = /[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+/y;
const ASTRING = /[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+/y;
const LIST_MAILBOX = /[!#$%&'*+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+/y;
const FLAG = /\\?[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+/y;
const QUOTED = /"[^"\\\r\n\0]*(?:\\["\\][^"\\\r\n\0]*)*"/y;
const LITERAL = /~?\{\d+\+?\}/y;
const WORD = /[A-Za-z0-9.\-_/=]+/y;
const NUMBER = /\d+/y;
const SET = /[\d:,*]+|\$/y;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DATE = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/;
const DATE_TIME = /^([ \d]\d|\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
const DAY_MS = 86_400_000;

export class Cursor {
  readonly text: string;
  readonly names: NameForm;
  readonly #literals: readonly Buffer[];
  #nextLiteral = 0;
  at = 0;

  constructor({ text, literals }: Arguments, names: NameForm) {
    this.text = text;
    this.names = names;
    this.#literals = literals;
  }

  fail(why: string): never {
    throw new SyntaxFault(why, { at: this.at });
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  end(): void {
    if (!this.isAtEnd) this.fail('there is more than the command takes');
  }

  /** The character that comes next; empty at the end. */
  peek(): string {
    return this.text.charAt(this.at);
  }

  /** Takes a character if it comes next. */
  take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  expect(char: string): void {
    if (!this.take(char)) this.fail(char === ' ' ? 'a space is missing' : `"${char}" is missing`);
  }

  space(): void {
    this.expect(' ');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match[0];
  }

  atom(): string {
    return this.#match(ATOM) ?? this.fail('an atom is missing');
  }

  /** A word of the grammar, in capitals: letters, digits, and what stands in names such as `BODY.PEEK`. */
  keyword(): string {
    return (this.#match(WORD) ?? this.fail('a word is missing')).toUpperCase();
  }

  /** The word that comes next, without taking it; empty when none does. */
  peekKeyword(): string {
    const { at } = this;
    const word = this.#match(WORD) ?? '';
    this.at = at;
    return word.toUpperCase();
  }

  /** Takes a word if it comes next, whole. */
  takeKeyword(word: string): boolean {
    if (this.peekKeyword() !== word) return false;
    this.at += word.length;
    return true;
  }

  /** A number of 32 bits. */
  number(): number {
    const digits = this.#match(NUMBER) ?? this.fail('a number is missing');
    if (digits.length > 10 || Number(digits) > 4_294_967_295) this.fail('the number is larger than 32 bits');
    return Number(digits);
  }

  nzNumber(): number {
    return this.number() || this.fail('the number must not be 0');
  }

  /** A number of 63 bits, cut off at 2^53-1, which nothing here comes near. */
  number64(): number {
    const digits = this.#match(NUMBER) ?? this.fail('a number is missing');
    if (digits.length > 19) this.fail('the number is larger than 63 bits');
    return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
  }

  sequenceSet(): SequenceSet {
    const { at } = this;
    const set = parseSequenceSet(this.#match(SET) ?? '');
    if (set !== undefined) return set;
    this.at = at;
    return this.fail('a set of messages is missing or wrong');
  }

  /** The octets of a literal, if one comes next. */
  takeLiteral(): Buffer | undefined {
    const head = this.text[this.at];
    if ((head !== '{' && head !== '~') || this.#match(LITERAL) === undefined) return undefined;
    return this.#literals[this.#nextLiteral++] ?? this.fail('a literal is missing');
  }

  /** Quoted, or a literal; undefined when neither comes next. */
  takeString(): string | undefined {
    if (this.text[this.at] === '"') return this.#utf8(this.#quoted());
    const literal = this.takeLiteral();
    if (literal === undefined) return undefined;
    if (!isUtf8(literal)) this.fail('the literal is not UTF-8');
    if (literal.includes(0)) this.fail('the literal holds NUL');
    return literal.toString();
  }

  /** An astring as its octets: for a charset of its own, or for values that are no text. */
  octets(): Buffer {
    const { at } = this;
    const literal = this.takeLiteral();
    if (literal !== undefined) return literal;
    if (this.text[at] !== '"') return Buffer.from(this.atom(), 'latin1');
    return Buffer.from(this.#quoted(), 'latin1');
  }

  /** What stands in quotes, one character an octet. */
  #quoted(): string {
    const quoted =
      this.#match(QUOTED) ?? this.fail('the quoted string is not closed or holds what it cannot');
    const inner = quoted.slice(1, -1);
    return inner.includes('\\') ? inner.replace(/\\(.)/g, '$1') : inner;
  }

  string(): string {
    return this.takeString() ?? this.fail('a string is missing');
  }

  nstring(): string | null {
    return this.takeKeyword('NIL') ? null : this.string();
  }

  astring(): string {
    return this.takeString() ?? this.#match(ASTRING) ?? this.fail('a string is missing');
  }

  mailbox(): string {
    return this.#mailboxName(this.astring());
  }

  /** A name with the wildcards `*` and `%`. */
  listMailbox(): string {
    return this.#mailboxName(
      this.takeString() ?? this.#match(LIST_MAILBOX) ?? this.fail('a name is missing'),
    );
  }

  #mailboxName(wire: string): string {
    return (
      decodeMailboxName(wire, this.names) ??
      this.fail(
        this.names === 'utf7'
          ? 'the name of the mailbox is not modified UTF-7 (RFC 3501 5.1.3)'
          : 'the name of the mailbox holds what no name can',
      )
    );
  }

  /** A system flag in the spelling of the RFC, or a keyword as written. `\Recent` is no flag that a client sets. */
  flag(): string {
    const flag = this.#match(FLAG) ?? this.fail('a flag is missing');
    if (!flag.startsWith('\\')) return flag;
    return SYSTEM_FLAGS.get(flag.toUpperCase()) ?? this.fail('there is no such system flag');
  }

  flagList(): string[] {
    return this.list(() => this.flag());
  }

  /** `(a b c)`, perhaps empty. */
  list<T>(entry: () => T): T[] {
    this.expect('(');
    const found: T[] = [];
    if (this.take(')')) return found;
    do {
      if (found.length >= MAX_LIST) this.fail(`a list has more than ${MAX_LIST} entries`);
      found.push(entry());
    } while (this.take(' '));
    this.expect(')');
    return found;
  }

  /** `(a b c)` with one entry at least, or an entry alone. */
  listOrOne<T>(entry: () => T): T[] {
    if (this.peek() !== '(') return [entry()];
    const found = this.list(entry);
    if (found.length === 0) this.fail('the list is empty');
    return found;
  }

  /** `1-Feb-1994`, quoted or not, as days since 1970-01-01. */
  date(): number {
    const match = DATE.exec(this.peek() === '"' ? this.string() : (this.#match(ATOM) ?? ''));
    const ms = match === null ? Number.NaN : dayMs(match[3], match[2], match[1]);
    return Number.isNaN(ms) ? this.fail('a date such as 1-Feb-1994 is missing') : ms / DAY_MS;
  }

  /** `"17-Jul-1996 02:44:25 -0700"` in milliseconds since the epoch. */
  dateTime(): number {
    const match = DATE_TIME.exec(this.string());
    if (match === null) this.fail('a date such as "17-Jul-1996 02:44:25 -0700" is missing');
    const [, day, month, year, hour, minute, second, sign, zoneHour, zoneMinute] = match;
    const time = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
    const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60;
    const ms = dayMs(year, month, day) + (time - (sign === '-' ? -zone : zone)) * 1000;
    const isLegal =
      Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 && Number(zoneMinute) < 60;
    return isLegal && !Number.isNaN(ms) ? ms : this.fail('there is no such date and time');
  }

  #utf8(octets: string): string {
    if (!/[\x80-\xff]/.test(octets)) return octets;
    const bytes = Buffer.from(octets, 'latin1');
    return isUtf8(bytes) ? bytes.toString() : this.fail('the quoted string is not UTF-8');
  }
}

const SYSTEM_FLAGS = new Map(
  ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'].map((flag) => [flag.toUpperCase(), flag]),
);

/** Midnight UTC of a day; NaN when there is none such. */
function dayMs(year = '', month = '', day = ''): number {
  const index = MONTHS.indexOf(month.toUpperCase());
  const ms = Date.UTC(Number(year), index, Number(day));
  // Years below 100 are taken for those of the 20th century, which is as wrong as they are.
  return index < 0 || new Date(ms).getUTCDate() !== Number(day) ? Number.NaN : ms;
}
