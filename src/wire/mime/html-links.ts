/** Where HTML links to: hosts, found in octets of UTF-8 or Latin-1. */
import { codeOf, isNamePart, LAST_CODE } from './html-names.ts';

export interface HtmlLinks {
  /** Hosts that attributes lead to, and how many do. */
  readonly hosts: Map<string, number>;
  count: number;
  /** The same hosts by a hash of their octets. */
  readonly seen: Map<number, string>;
  /** Values that had to be decoded to see whether they lead anywhere. */
  odd: number;
}

/** What links are added to. */
interface Linking {
  links: HtmlLinks | undefined;
  hidden: Map<string, number> | undefined;
}

export const MAX_LINKS = 200;
const MAX_ODD = 1_000;
/** Octets of a host that is taken as it stands: of what is longer `LINK` takes the beginning. */
const MAX_HOST_BYTES = 200;
/** Octets of an attribute that are looked at: a host is in its first 260, each perhaps a reference of some octets. */
const MAX_LINK_BYTES = 2_000;

const SPACE = 0x20;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SMALL_H = 0x68;
const NUMBER_SIGN = 0x23;
const AMPERSAND = 0x26;
const SLASH = 0x2f;
const QUESTION = 0x3f;

/** `http:`, `//far.example`, or what has to be decoded first. */
export function maybeLink(octet: number | undefined): boolean {
  if (octet === undefined) return false;
  return (
    (octet | SPACE) === SMALL_H ||
    octet === SLASH ||
    octet === BACKSLASH ||
    octet === AMPERSAND ||
    octet <= SPACE
  );
}

const REFERENCE = /&(?:#x([0-9a-f]{1,20});?|#(\d{1,20});?|([a-z][a-z0-9]{1,31});)/gi;
/** A browser takes `\` for `/`, and as many as there are (URL Standard 4.4); a name and a password may stand before the host. */
const LINK = /^(?:https?:[\\/]*|[\\/]{2,})(?:[^\s/\\?#"'<>@]{0,200}@)?([^\s\p{Cc}/"'<>:?#\\@]{4,200})/iu;

interface Span {
  readonly at: number;
  readonly end: number;
}

export function addLink(html: Buffer, value: Span, reading: Linking): void {
  reading.links ??= { hosts: new Map(), count: 0, seen: new Map(), odd: 0 };
  const { links } = reading;
  if (links.count >= MAX_LINKS) return;
  const host = plainHost(html, value, links) ?? oddHost(html, value, links);
  if (host === undefined || OF_MARKUP.has(host)) return;
  links.hosts.set(host, (links.hosts.get(host) ?? 0) + 1);
  links.count++;
}

/** Hosts that stand in the markup itself, and that nobody links to. */
export const OF_MARKUP = new Set([
  'www.w3.org',
  'w3.org',
  'schemas.microsoft.com',
  'schemas.openxmlformats.org',
]);
const HIDDEN_LINK = /https?:[\\/]{2,}([^\s\p{Cc}/"'<>()&:?#\\@]{4,200})/giu;

/** In comments, in styles, wherever they stand. */
export function addHidden(html: Buffer, reading: Linking): void {
  let count = 0;
  for (const [, host = ''] of html.toString().matchAll(HIDDEN_LINK)) {
    if (OF_MARKUP.has(host)) continue;
    reading.hidden ??= new Map();
    reading.hidden.set(host, (reading.hidden.get(host) ?? 0) + 1);
    if (++count >= MAX_LINKS) return;
  }
}

const HTTP = Buffer.from('http').readUInt32BE();
const SMALL_S = 0x73;
const FNV = 0x01000193;

/** Of nearly all links, without a string of those whose host was seen before; undefined for others. */
function plainHost(html: Buffer, { at: start, end }: Span, { seen }: HtmlLinks): string | undefined {
  if (end - start < 8 || html.readUInt32BE(start) !== HTTP) return undefined;
  const colon = html[start + 4] === SMALL_S ? start + 5 : start + 4;
  if (html[colon] !== COLON || html[colon + 1] !== SLASH || html[colon + 2] !== SLASH) return undefined;
  const from = colon + 3;
  let hash = 0;
  let at = from;
  for (; at < end; at++) {
    const octet = html[at] as number;
    if (!isNamePart(octet) && octet !== DOT && octet !== HYPHEN) break;
    hash = Math.imul(hash ^ octet, FNV);
  }
  const next = html[at];
  if (at < end && next !== SLASH && next !== QUESTION && next !== NUMBER_SIGN) return undefined;
  if (at - from > MAX_HOST_BYTES) return undefined;
  let host = seen.get(hash);
  if (host !== undefined && host.length === at - from) return host;
  host = html.toString('latin1', from, at);
  seen.set(hash, host);
  return host;
}

/** Decoded; control characters in addresses are passed over. */
function oddHost(html: Buffer, { at, end }: Span, links: HtmlLinks): string | undefined {
  if (links.odd++ >= MAX_ODD) return undefined;
  const written = html.toString('utf8', at, Math.min(end, at + MAX_LINK_BYTES));
  const decoded = written.includes('&') ? written.replace(REFERENCE, decodeReference) : written;
  return LINK.exec(decoded.replace(/[\t\r\n]+/g, '').replace(/^[\0- ]+/, ''))?.[1];
}

function decodeReference(
  _whole: string,
  ...[hex, decimal, name]: [string | undefined, string | undefined, string | undefined]
): string {
  if (name !== undefined) return String.fromCodePoint(codeOf(name));
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= LAST_CODE ? String.fromCodePoint(code) : '';
}
