/**
 * APPEND (RFC 9051 6.3.12) with MULTIAPPEND (RFC 3502), CATENATE (RFC 4469), UTF8 (RFC 6855) and REPLACE (RFC 8508). Its
 * messages are never held: the command is read piece by piece, each up to a literal, and the octets between go elsewhere.
 */
import { type Arguments, Cursor } from '../cursor.ts';
import type { NameForm } from '../mailbox-name.ts';
import { type SequenceSet, STAR } from '../sequence-set.ts';

export type AppendVerb = 'APPEND' | 'REPLACE' | 'UID REPLACE';

/** Octets that the client sends; their number counts, the octets themselves were handed on. */
export interface AppendLiteral {
  readonly kind: 'literal';
  readonly bytes: number;
  /** Announced as `~{…}` (RFC 3516): NUL may be in it. */
  readonly isBinary: boolean;
}

export interface AppendMessage {
  readonly flags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly internalDate?: number;
  /** RFC 6855 section 4: the header may hold UTF-8. */
  readonly utf8: boolean;
  /** One literal, or what CATENATE puts together. */
  readonly parts: readonly (AppendLiteral | { readonly kind: 'url'; readonly url: string })[];
  readonly catenated: boolean;
}

export interface AppendCommand {
  readonly verb: AppendVerb;
  readonly mailbox: string;
  /** RFC 8508: the message that is replaced, by number or, for UID REPLACE, by UID; `STAR` for `*`. */
  readonly replaces?: number;
  readonly messages: readonly AppendMessage[];
}

/** What is known when a literal of a message begins: the last message is the one that it belongs to. */
export type AppendSoFar = AppendCommand;

/** Messages of one command. One more is read, so that a server can say so; a further one is no command. */
export const MAX_APPENDED = 1_000;
/** Parts of one message. */
const MAX_PARTS = 200;

/** A literal that ends a piece. */
export interface LiteralHead {
  readonly bytes: number;
  readonly isBinary: boolean;
}

export type AppendStep =
  /** The octets belong to the command's own words, and are given back with the next piece. */
  | { readonly kind: 'argument' }
  | { readonly kind: 'message'; readonly soFar: AppendSoFar }
  | { readonly kind: 'end'; readonly command: AppendCommand };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenMessage = Mutable<AppendMessage> & { parts: AppendMessage['parts'][number][] };

export class AppendReader {
  readonly #verb: AppendVerb;
  readonly #names: NameForm;
  #state: 'mailbox' | 'mailbox-name' | 'message' | 'after-literal' | 'utf8-end' | 'catenate' | 'url' =
    'mailbox';
  #mailbox = '';
  #replaces: number | undefined;
  readonly #messages: OpenMessage[] = [];

  constructor(verb: AppendVerb, names: NameForm) {
    this.#verb = verb;
    this.#names = names;
  }

  /**
   * The next piece of the command, without the announcement of its literal. `held` is the literal before it, if that was
   * an argument. Throws `SyntaxFault`.
   */
  read(piece: Arguments, literal: LiteralHead | undefined): AppendStep {
    const cursor = new Cursor(piece, this.#names);
    for (;;) {
      const step = this.#step(cursor, literal);
      if (step !== undefined) return step;
    }
  }

  #step(cursor: Cursor, literal: LiteralHead | undefined): AppendStep | undefined {
    switch (this.#state) {
      case 'mailbox':
        return this.#beforeMailbox(cursor, literal);
      case 'mailbox-name':
        this.#mailbox = cursor.mailbox();
        this.#state = 'message';
        return undefined;
      case 'message':
        return this.#messageAt(cursor, literal);
      case 'catenate':
        return this.#partAt(cursor, literal);
      case 'url':
        this.#last().parts.push({ kind: 'url', url: cursor.astring() });
        this.#state = 'catenate';
        return undefined;
      case 'utf8-end':
        cursor.expect(')');
        this.#state = 'after-literal';
        return undefined;
      case 'after-literal':
        return this.#next(cursor, literal);
      default:
        return this.#state satisfies never;
    }
  }

  #beforeMailbox(cursor: Cursor, literal: LiteralHead | undefined): AppendStep | undefined {
    cursor.space();
    if (this.#verb !== 'APPEND') {
      this.#replaces = oneOf(cursor, cursor.sequenceSet());
      cursor.space();
    }
    this.#state = 'mailbox-name';
    return cursor.isAtEnd && literal !== undefined ? ARGUMENT : undefined;
  }

  #messageAt(cursor: Cursor, literal: LiteralHead | undefined): AppendStep | undefined {
    if (this.#messages.length > MAX_APPENDED)
      cursor.fail(`more than ${MAX_APPENDED} messages in one command`);
    cursor.space();
    const message: OpenMessage = { flags: [], utf8: false, parts: [], catenated: false };
    if (cursor.peek() === '(') {
      message.flags = [...new Set(cursor.flagList())];
      cursor.space();
    }
    if (cursor.peek() === '"') {
      message.internalDate = cursor.dateTime();
      cursor.space();
    }
    this.#messages.push(message);
    if (cursor.isAtEnd) return this.#literalAt(cursor, literal, 'after-literal');
    const word = cursor.keyword();
    if (word !== 'UTF8' && word !== 'CATENATE') cursor.fail('the literal of a message is missing');
    cursor.space();
    cursor.expect('(');
    if (word === 'CATENATE') {
      message.catenated = true;
      this.#state = 'catenate';
      return undefined;
    }
    message.utf8 = true;
    if (literal?.isBinary !== true) cursor.fail('UTF8 takes a literal8, "~{n}" (RFC 6855 section 4)');
    return this.#literalAt(cursor, literal, 'utf8-end');
  }

  /** `TEXT {5}` or `URL "…"`, up to the closing parenthesis. */
  #partAt(cursor: Cursor, literal: LiteralHead | undefined): AppendStep | undefined {
    const { parts } = this.#last();
    if (parts.length > 0) {
      if (cursor.take(')')) {
        this.#state = 'after-literal';
        return undefined;
      }
      cursor.space();
    }
    if (parts.length >= MAX_PARTS) cursor.fail(`CATENATE takes at most ${MAX_PARTS} parts`);
    const word = cursor.keyword();
    if (word !== 'TEXT' && word !== 'URL') cursor.fail('CATENATE takes TEXT and URL');
    cursor.space();
    if (word === 'TEXT') return this.#literalAt(cursor, literal, 'catenate');
    this.#state = 'url';
    return cursor.isAtEnd && literal !== undefined ? ARGUMENT : undefined;
  }

  #literalAt(
    cursor: Cursor,
    literal: LiteralHead | undefined,
    then: 'after-literal' | 'utf8-end' | 'catenate',
  ): AppendStep {
    if (!cursor.isAtEnd || literal === undefined) cursor.fail('the literal of a message is missing');
    const { bytes, isBinary } = literal as LiteralHead;
    this.#last().parts.push({ kind: 'literal', bytes, isBinary });
    this.#state = then;
    return { kind: 'message', soFar: this.#soFar() };
  }

  #next(cursor: Cursor, literal: LiteralHead | undefined): AppendStep | undefined {
    if (cursor.isAtEnd && literal === undefined) return { kind: 'end', command: this.#soFar() };
    if (this.#verb !== 'APPEND') cursor.fail('REPLACE takes one message');
    this.#state = 'message';
    return undefined;
  }

  #last(): OpenMessage {
    const message = this.#messages.at(-1);
    if (message === undefined) throw new Error('a part of no message');
    return message;
  }

  #soFar(): AppendCommand {
    return {
      verb: this.#verb,
      mailbox: this.#mailbox,
      messages: this.#messages,
      ...(this.#replaces === undefined ? {} : { replaces: this.#replaces }),
    };
  }
}

const ARGUMENT: AppendStep = { kind: 'argument' };

/** RFC 8508 section 4: one message, not a set of them. */
function oneOf(cursor: Cursor, set: SequenceSet): number {
  const range = set.kind === 'ranges' && set.ranges.length === 1 ? set.ranges[0] : undefined;
  if (range === undefined || range[0] !== range[1]) return cursor.fail('REPLACE takes one message');
  return range[0] === STAR ? STAR : range[0];
}
