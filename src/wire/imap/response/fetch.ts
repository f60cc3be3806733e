/**
 * FETCH responses (RFC 9051 7.5.2), or UIDFETCH once UIDONLY is enabled (RFC 9586): items are added one after the other.
 * Text comes out as strings to be sent as UTF-8, octets of messages as they are.
 */
import type { Section } from '../../mime/section.ts';
import type { Envelope, Part } from '../../mime/structure.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import { formatBody } from './body-structure.ts';
import { formatEnvelope } from './envelope.ts';
import { formatAstring, formatDateTime, formatFlags, formatString, type StringForm } from './strings.ts';

type Sectioned = Extract<FetchItem, { kind: 'BODY[]' | 'BINARY' | 'BINARY.SIZE' }>;

export interface FetchStyle {
  readonly form: StringForm;
  /** `number` is a UID, and the response says so. */
  readonly uidOnly: boolean;
}

export class FetchResponse {
  readonly #form: StringForm;
  readonly #pieces: (string | Buffer)[] = [];
  #text: string;
  #items = 0;

  constructor(number: number, { form, uidOnly }: FetchStyle) {
    this.#form = form;
    this.#text = `* ${number} ${uidOnly ? 'UIDFETCH' : 'FETCH'} (`;
  }

  /** Any item whose value is written already. */
  raw(name: string, value: string | number): this {
    this.#text += this.#items++ === 0 ? `${name} ${value}` : ` ${name} ${value}`;
    return this;
  }

  uid(uid: number): this {
    return this.raw('UID', uid);
  }

  flags(flags: readonly string[]): this {
    return this.raw('FLAGS', formatFlags(flags));
  }

  internalDate(ms: number): this {
    return this.raw('INTERNALDATE', formatDateTime(ms));
  }

  sizeBytes(bytes: number): this {
    return this.raw('RFC822.SIZE', bytes);
  }

  modSeq(modSeq: number): this {
    return this.raw('MODSEQ', `(${modSeq})`);
  }

  envelope(envelope: Envelope): this {
    return this.raw('ENVELOPE', formatEnvelope(envelope, this.#form));
  }

  body(kind: 'BODY' | 'BODYSTRUCTURE', root: Part): this {
    return this.raw(kind, formatBody(root, { kind, form: this.#form }));
  }

  /** RFC 8474. */
  emailId(id: string): this {
    return this.raw('EMAILID', `(${id})`);
  }

  /** RFC 8474; NIL where threads are not kept. */
  threadId(id: string | null): this {
    return this.raw('THREADID', id === null ? 'NIL' : `(${id})`);
  }

  /** RFC 8970; NIL where there is none yet and the client asked not to wait. */
  preview(text: string | null): this {
    return this.raw('PREVIEW', text === null ? 'NIL' : formatString(text, this.#form));
  }

  /** RFC 8514; milliseconds since the epoch, NIL where it is not known. */
  saveDate(ms: number | null): this {
    return this.raw('SAVEDATE', ms === null ? 'NIL' : formatDateTime(ms));
  }

  /** The octets of a section, already cut to its partial range; NIL for a part that there is not. */
  section(item: Sectioned, octets: Buffer | undefined): this {
    if (octets === undefined) return this.raw(formatItem(item), 'NIL');
    return this.sectionHead(item, octets.length, octets.includes(0) ? 'literal8' : 'literal').octets(octets);
  }

  /** An item of RFC 3501: RFC822, RFC822.HEADER or RFC822.TEXT. */
  rfc822(name: 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT', octets: Buffer): this {
    return this.raw(name, `{${octets.length}}\r\n`).octets(octets);
  }

  /** Announces octets that follow by `octets` or, for a part that is streamed, in the connection itself after `take`. */
  sectionHead(item: Sectioned, bytes: number, as: 'literal' | 'literal8'): this {
    // Only BINARY has literal8 (RFC 3516); a BODY section with NUL is announced as what its octets are all the same.
    const mark = as === 'literal8' && item.kind === 'BINARY' ? '~' : '';
    return this.raw(formatItem(item), `${mark}{${bytes}}\r\n`);
  }

  octets(octets: Buffer): this {
    this.#pieces.push(this.#text, octets);
    this.#text = '';
    return this;
  }

  /** What was written so far, so that it can be sent; the response goes on. */
  take(): (string | Buffer)[] {
    const pieces = [...this.#pieces, ...(this.#text === '' ? [] : [this.#text])];
    this.#pieces.length = 0;
    this.#text = '';
    return pieces;
  }

  /** The rest, with the end of the response. */
  end(): (string | Buffer)[] {
    this.#text += ')\r\n';
    return this.take();
  }
}

/** The name of an item as its response has it: without PEEK, and of a partial range only where it begins. */
export function formatItem(item: Sectioned): string {
  const partial = 'partial' in item && item.partial !== undefined ? `<${item.partial.offset}>` : '';
  if (item.kind === 'BODY[]') return `BODY[${formatSection(item.section)}]${partial}`;
  return `${item.kind}[${item.path.join('.')}]${partial}`;
}

function formatSection(section: Section): string {
  const path = section.path.join('.');
  const what = sectionWords(section);
  return what === '' || path === '' ? `${path}${what}` : `${path}.${what}`;
}

function sectionWords(section: Section): string {
  switch (section.kind) {
    case 'whole':
      return '';
    case 'header':
    case 'text':
    case 'mime':
      return section.kind.toUpperCase();
    case 'fields': {
      const names = section.names.map((name) => formatAstring(name, 'utf7')).join(' ');
      return `HEADER.FIELDS${section.not ? '.NOT' : ''} (${names})`;
    }
    default:
      return section satisfies never;
  }
}
