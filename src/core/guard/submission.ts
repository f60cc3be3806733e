/** From what an account submits to what the guard looks at. Bounded: the same few KiB of a message of any size. */
import { hash } from 'node:crypto';
import { decodeWords } from '../../wire/mime/encoded-words.ts';
import { fieldName, fieldValue, findField, type Header } from '../../wire/mime/header.ts';
import { domainOf } from '../delivery/route.ts';
import { withoutDetail } from '../directory/address.ts';
import { MAX_LOOKED_AT, type SendEvent } from './event.ts';
import { sketchOf, subjectShape } from './sketch.ts';
import { wordHash } from './text-words.ts';
import type { Whereabouts } from './whereabouts.ts';

export interface Submission {
  /** When it came, ms since the epoch. */
  readonly at: number;
  /** The login. */
  readonly account: string;
  /** As RCPT TO named them. */
  readonly recipients: readonly string[];
  /** The client's address. */
  readonly client: string;
  readonly header: Header;
  /** The message, or its beginning with the whole header in it. */
  readonly head: Buffer;
  readonly sizeBytes: number;
}

/** Characters of a subject, or of what a mail program calls itself, that are looked at. */
const MAX_FIELD = 300;
/** Recipients whose names are left out of the text. */
const NAMED = 20;
/** Words of their addresses, in all: each word of the text is compared with them. */
const MAX_NAMES = 64;
/** Digests at hand, at most; an address has 254 octets and is seldom longer than 30. */
const MOST_DIGESTS = 10_000;

export class Submissions {
  readonly #whereabouts: Whereabouts;
  readonly #secret: string;
  readonly #separator: string;
  /** Of addresses that were written to lately: most are written to again. */
  readonly #digests = new Map<string, string>();

  /**
   * `secret`: recipients are kept as hashes made with it, the same on every worker. `separator`: of subaddresses, as in an
   * `AddressQuery`.
   */
  constructor(whereabouts: Whereabouts, secret: Uint8Array, separator = '+') {
    this.#whereabouts = whereabouts;
    this.#separator = separator;
    this.#secret = Buffer.from(secret).toString('base64');
  }

  eventOf(submission: Submission): SendEvent {
    const { at, account, recipients, client, header, head, sizeBytes } = submission;
    const own = domainOf(account);
    const { asn, country } = this.#whereabouts.of(client);
    const names = namesOf(recipients);
    const { fingerprint, bands, linkDomains, links } = sketchOf(header, head, { own, names });
    return {
      at,
      account,
      to: this.#reached(recipients, account).map((address) => this.#digest(address, own)),
      ip: client,
      country,
      asn,
      sizeBytes,
      fingerprint,
      bands,
      subject: subjectShape(subjectOf(header)),
      linkDomains,
      links,
      list: isBulk(header) ? true : undefined,
      client: mailerOf(header),
    };
  }

  /** A message as another server recorded it, in the terms of this one. What has no `@` is a hash already. */
  recorded(event: SendEvent): SendEvent {
    const { account, to, ip, client } = event;
    const own = domainOf(account);
    return {
      ...event,
      to: this.#reached(to, account).map((address) =>
        address.includes('@') ? this.#digest(address, own) : address,
      ),
      ...(ip === undefined || event.asn !== undefined ? {} : this.#whereabouts.of(ip)),
      ...(client === undefined ? {} : { client: programOf(client) }),
    };
  }

  /**
   * Each whom it reaches once, and its own account, at whatever subaddress, only where there is nobody else: who is written to
   * beside a stranger speaks for the sender.
   */
  #reached(recipients: readonly string[], account: string): readonly string[] {
    if (recipients.length < 2) return recipients;
    const once = new Map(recipients.map((address) => [address.toLowerCase(), address]));
    const self = account.toLowerCase();
    const others = [...once].filter(
      ([lower]) => lower !== self && (withoutDetail(lower, this.#separator) ?? lower) !== self,
    );
    const whom = others.length === 0 ? recipients.slice(0, 1) : others.map(([, address]) => address);
    return whom.slice(0, MAX_LOOKED_AT);
  }

  /** Sixty-six bits; the domain stays where it is the account's own, because colleagues are not strangers. */
  #digest(address: string, own: string): string {
    const lower = address.toLowerCase();
    let digest = this.#digests.get(lower);
    if (digest === undefined) {
      digest = hash('sha256', this.#secret + lower, 'base64url').slice(0, 11);
      if (this.#digests.size >= MOST_DIGESTS) this.#digests.clear();
      this.#digests.set(lower, digest);
    }
    return domainOf(lower) === own ? `${digest}@${own}` : digest;
  }
}

/** The subject as a person reads it; at most 300 characters. */
export function subjectOf(header: Header): string {
  return decodeWords(textOf(header, 'subject'))
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, MAX_FIELD);
}

/** Without its version: a new one is no new program. A message that names none is of the program "-". */
function mailerOf(header: Header): string {
  return programOf(textOf(header, 'x-mailer') || textOf(header, 'user-agent'));
}

function programOf(named: string): string {
  return (
    named
      .split(/[\d/(]/, 1)[0]
      ?.trim()
      .toLowerCase() || '-'
  );
}

const SMALL_L = 0x6c;

/** RFC 2369, RFC 2919. */
function isBulk(header: Header): boolean {
  return header.fields.some((field) => {
    const length = field.nameEnd - field.start;
    return (
      length >= 7 &&
      length <= 16 &&
      ((header.bytes[field.start] ?? 0) | 0x20) === SMALL_L &&
      /^list-(id|un|post|help|archive|owner|subscribe)/i.test(fieldName(header, field))
    );
  });
}

/** The words of the recipients' own addresses, each once: a text that greets each of them is still one text. */
function namesOf(recipients: readonly string[]): number[] {
  const names: number[] = [];
  for (const address of recipients.slice(0, NAMED)) {
    const name = address.toLowerCase();
    for (let at = 0; at < name.length; at++) {
      const from = at;
      while (isLetter(name.charCodeAt(at))) at++;
      if (at - from < 2) continue;
      const word = wordHash(name, from, at);
      if (names.includes(word)) continue;
      names.push(word);
      if (names.length >= MAX_NAMES) return names;
    }
  }
  return names;
}

/** Of a lower-case word of a text that is looked at as octets. */
function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code >= 0x80;
}

function textOf(header: Header, name: string): string {
  const field = findField(header, name);
  return field === undefined ? '' : fieldValue(header, field).slice(0, 2 * MAX_FIELD);
}
