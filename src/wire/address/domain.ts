/**
 * Domains and address literals (RFC 5321 4.1.2 and 4.1.3, RFC 5890 for labels that are not ASCII).
 * A domain is kept in one form, lower-case A-labels, so that two spellings of one domain are equal as strings.
 */
import { domainToASCII } from 'node:url';

/** RFC 1035 2.3.4; RFC 5321 4.5.3.1.2 says 255 octets, of which the DNS leaves 253 for the text. */
export const MAX_DOMAIN_OCTETS = 253;
const MAX_LABEL_OCTETS = 63;
const IPV6_GROUPS = 8;

export type DomainResult =
  | { readonly ok: true; readonly domain: string }
  /** `at` counts UTF-16 units from the start of the text that was given. */
  | { readonly ok: false; readonly at: number; readonly why: string };

/** Parses a whole domain name or, when it starts with `[`, an address literal; returns the normal form. */
export function parseDomain(text: string): DomainResult {
  if (text.startsWith('[')) return parseLiteral(text);
  const fault = labelFault(text);
  if (fault !== undefined) return fault;
  if (/^[\x00-\x7f]*$/.test(text)) return sized(text.toLowerCase());
  const ascii = domainToASCII(text);
  // domainToASCII follows the URL standard, where "１.2" is an IPv4 address; such a result is not the name that was written.
  if (ascii === '' || /(?:^|\.)\d+$/.test(ascii) || labelFault(ascii) !== undefined) {
    return { ok: false, at: 0, why: 'the domain is not a valid internationalised name (RFC 5890)' };
  }
  return sized(ascii);
}

function sized(domain: string): DomainResult {
  if (domain.length <= MAX_DOMAIN_OCTETS) return { ok: true, domain };
  return { ok: false, at: MAX_DOMAIN_OCTETS, why: `a domain has at most ${MAX_DOMAIN_OCTETS} octets` };
}

/** RFC 5321 4.1.2 `sub-domain`, with RFC 6531 3.3 U-labels let through to be judged as a whole. */
function labelFault(text: string): Extract<DomainResult, { ok: false }> | undefined {
  let at = 0;
  for (const label of text.split('.')) {
    const why = faultOfLabel(label);
    if (why !== undefined) return { ok: false, at, why };
    at += label.length + 1;
  }
  return undefined;
}

function faultOfLabel(label: string): string | undefined {
  if (label === '') return 'the domain has an empty label';
  if (label.length > MAX_LABEL_OCTETS)
    return `a label of the domain has more than ${MAX_LABEL_OCTETS} octets`;
  if (label.startsWith('-') || label.endsWith('-'))
    return 'a label of the domain starts or ends with a hyphen';
  if (!/^[A-Za-z0-9\-\u00a1-\ufffc]+$/.test(label))
    return 'the domain holds a character that a name cannot have';
  return undefined;
}

/** RFC 5321 4.1.3. No tag but `IPv6:` was ever registered, so no other is taken. */
function parseLiteral(text: string): DomainResult {
  if (!text.endsWith(']'))
    return { ok: false, at: text.length, why: 'the address literal is not closed by "]"' };
  const inner = text.slice(1, -1);
  if (isIpv4(inner)) return { ok: true, domain: `[${inner}]` };
  if (/^ipv6:/i.test(inner)) {
    const groups = parseIpv6(inner.slice(5));
    if (groups !== undefined) return { ok: true, domain: `[IPv6:${formatIpv6(groups)}]` };
  }
  return {
    ok: false,
    at: 1,
    why: 'the address literal is neither an IPv4 address nor IPv6: and an IPv6 address',
  };
}

/** Four decimal octets without leading zeros (RFC 5321 4.1.3 Snum). */
export function isIpv4(text: string): boolean {
  const octets = text.length <= 15 ? text.split('.') : [];
  return (
    octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)
  );
}

/**
 * RFC 5321 4.1.3 `IPv6-addr`: eight groups, or `::` for two groups or more; the last two may be written as IPv4.
 * Returns the eight numbers, or nothing when the text is not one.
 */
export function parseIpv6(text: string): readonly number[] | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1 ? 'may-end-in-ipv4' : 'only-groups');
  const tail = parseGroups(halves[1] ?? '', 'may-end-in-ipv4');
  if (head === undefined || tail === undefined) return undefined;
  const given = head.length + tail.length;
  if (halves.length === 1) return given === IPV6_GROUPS ? head : undefined;
  if (given > IPV6_GROUPS - 2) return undefined;
  return [...head, ...new Array<number>(IPV6_GROUPS - given).fill(0), ...tail];
}

function parseGroups(text: string, form: 'may-end-in-ipv4' | 'only-groups'): number[] | undefined {
  const groups: number[] = [];
  if (text === '') return groups;
  const words = text.split(':');
  for (const [index, word] of words.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16));
    else if (form === 'may-end-in-ipv4' && index === words.length - 1 && isIpv4(word)) {
      const [a, b, c, d] = word.split('.').map(Number) as [number, number, number, number];
      groups.push(a * 256 + b, c * 256 + d);
    } else return undefined;
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two zero groups or more as `::`. */
function formatIpv6(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}
