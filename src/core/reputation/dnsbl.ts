/**
 * Block lists in DNS (RFC 5782): what to ask, and what the answer says. A list also answers who asks wrongly: an address
 * such as 127.255.255.254 says that the resolver is not welcome, never that somebody is listed.
 */
import { ipFamily } from '../config/network.ts';
import type { DnsAnswer } from '../delivery/dns.ts';

/** One look at one list. */
export interface Listing {
  readonly list: string;
  readonly address: string;
  /** `refused`: the list does not answer this resolver, so nobody knows. */
  readonly state: 'clear' | 'listed' | 'refused' | 'unknown';
  /** What of a list that is several it is, such as `Spamhaus CSS`; or why nobody knows. */
  readonly what?: string;
}

/** What an answer of the lists of Spamhaus stands for (www.spamhaus.org/faq, "return codes"). */
const SPAMHAUS: readonly (readonly [first: number, last: number, name: string])[] = [
  [2, 2, 'Spamhaus SBL'],
  [3, 3, 'Spamhaus CSS'],
  [4, 7, 'Spamhaus XBL'],
  [9, 9, 'Spamhaus DROP'],
  [10, 11, 'Spamhaus PBL'],
];

/** How people call the other lists. */
const NAMES: readonly (readonly [zone: string, name: string])[] = [
  ['spamcop.net', 'SpamCop'],
  ['barracudacentral.org', 'Barracuda'],
  ['surriel.com', 'PSBL'],
  ['mailspike.net', 'Mailspike'],
  ['uceprotect.net', 'UCEPROTECT'],
  ['abusix.zone', 'Abusix'],
];

/** The name to ask for; undefined for what is no IP address. */
export function dnsblName(address: string, list: string): string | undefined {
  const reversed =
    ipFamily(address) === 4 ? reverse4(address) : ipFamily(address) === 6 ? reverse6(address) : '';
  return reversed === '' ? undefined : `${reversed}.${list}`;
}

/** Only these are listed anywhere: addresses of this machine or of a private network are nobody's (RFC 1918, 4193, 6598). */
export function isPublicAddress(address: string): boolean {
  const text = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (ipFamily(text) === 6) return !/^(::1?$|f[cd]|fe[89ab]|2001:db8:)/.test(text);
  if (ipFamily(text) !== 4) return false;
  return !/^(0|10|127|169\.254|192\.168|192\.0\.2|198\.51\.100|203\.0\.113|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|22[4-9]|2[3-5]\d)\./.test(
    text,
  );
}

/** What an answer (A records) says of an address. */
export function readDnsbl(list: string, address: string, answer: DnsAnswer<string>): Listing {
  const about = { list, address };
  switch (answer.kind) {
    case 'no-name':
    case 'no-data':
      return { ...about, state: 'clear' };
    case 'failed':
      return { ...about, state: 'unknown', what: answer.why };
    case 'found':
      return readRecords(about, answer.records);
    default:
      return answer satisfies never;
  }
}

function readRecords(about: { list: string; address: string }, records: readonly string[]): Listing {
  const error = records.map(errorIn).find((one) => one !== undefined);
  if (error !== undefined) return { ...about, state: 'refused', what: error };
  const codes = records.filter((record) => record.startsWith('127.'));
  // A name server that answers everything with a page of its own.
  if (codes.length === 0) return { ...about, state: 'unknown', what: `the answer is ${records.join(', ')}` };
  return { ...about, state: 'listed', what: nameOf(about.list, codes) };
}

/** Spamhaus says 127.255.255.25x (252 a mistyped list, 254 an open resolver, 255 too many questions), URIBL and others 127.0.0.1. */
function errorIn(record: string): string | undefined {
  if (record === '127.255.255.252') return 'the name of the list is mistyped';
  if (record === '127.255.255.254') return 'the list does not answer public resolvers';
  if (record === '127.255.255.255') return 'too many questions were asked';
  if (record.startsWith('127.255.255.')) return `the list refuses the question (${record})`;
  return record === '127.0.0.1' ? 'the list refuses the question (127.0.0.1)' : undefined;
}

function nameOf(list: string, codes: readonly string[]): string {
  if (list.endsWith('spamhaus.org') || list.endsWith('spamhaus.net')) {
    const named = codes.flatMap((code) => {
      const last = Number(code.split('.')[3]);
      return SPAMHAUS.find(([from, to]) => last >= from && last <= to)?.[2] ?? [];
    });
    return [...new Set(named)].join(', ') || 'Spamhaus';
  }
  return NAMES.find(([zone]) => list.endsWith(zone))?.[1] ?? list;
}

function reverse4(address: string): string {
  return address.split('.').reverse().join('.');
}

/** RFC 3596 section 2.5: each nibble, the last first. */
function reverse6(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const [before, after] = [groups(head), groups(tail)];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return all
    .map((group) => group.padStart(4, '0'))
    .join('')
    .split('')
    .reverse()
    .join('.');
}
