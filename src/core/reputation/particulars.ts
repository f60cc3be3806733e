/** What else a reply says: the list it names, where to ask, the address it refuses, how long to wait. */

import { withoutAddresses, withoutEchoes, withoutSaid } from './echo.ts';
import { isIpv6 } from './phrase.ts';

/** Octets that are looked through. */
const MOST_READ = 2_048;

export interface Particulars {
  /** By the name that people know it by. */
  readonly list?: string;
  readonly url?: string;
  /** The IP address that it refuses: ours. */
  readonly address?: string;
  /** How long it asks us to wait, ms. */
  readonly waitMs?: number;
}

/** Lists by words that name them, the more exact first. */
const LISTS: readonly (readonly [name: string, words: RegExp])[] = [
  ['Spamhaus DBL', /spamhaus\.org\/dbl|dbl\.spamhaus|spamhaus dbl/i],
  ['Spamhaus PBL', /\bpbl\b|policy block list/i],
  ['Spamhaus XBL', /\bxbl\b|exploits block list|cbl\.abuseat|abuseat\.org/i],
  ['Spamhaus CSS', /\bcss\b/i],
  ['Spamhaus SBL', /\bsbl\b|spamhaus block list/i],
  ['Spamhaus ZEN', /zen\.spamhaus|spamhaus zen/i],
  ['Spamhaus', /spamhaus/i],
  ['SpamCop', /spamcop/i],
  ['Barracuda', /barracudacentral|barracuda reputation|barracudanetworks\.com\/reputation/i],
  ['Abusix', /abusix/i],
  ['Cloudmark CSI', /csi\.cloudmark|cloudmark sender intelligence/i],
  ['Proofpoint', /dnsbl-lookup\.cgi|ipcheck\.proofpoint/i],
  ['Sender Score', /senderscore/i],
  ['UCEPROTECT', /uceprotect/i],
  ['SORBS', /sorbs/i],
  ['Mailspike', /mailspike/i],
  ['PSBL', /\bpsbl\b/i],
  ['Invaluement', /invaluement|ivmsip|ivmuri/i],
  ['SURBL', /surbl/i],
  ['URIBL', /uribl/i],
  ['SpamRL', /spamrl/i],
  ['Trend Micro ERS', /mail-abuse\.(?:com|org)|trend micro rbl|\bers\b/i],
  ['Hostkarma', /hostkarma|junkemailfilter/i],
  ['NiX Spam', /nixspam|manitu/i],
];

const USING = /\bblocked (?:using|by) ([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})/i;
const URL_WORDS = /https?:\/\/[^\s<>"'\])]{1,300}/i;
const IPV4 = /(?<![\d.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\d.]*\d)/;
const IPV6 = /(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi;
const CLOCK = /\bin (\d{1,2}):(\d\d):(\d\d)\b/i;
const SPAN =
  /\b(?:in|for|after|wait|within|another) (?:about |at least )?(\d{1,5}|an?|one|few) ?(second|sec|minute|min|hour|day)s?\b/i;
const UNIT_MS = {
  second: 1_000,
  sec: 1_000,
  minute: 60_000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const;

/** `said`: addresses that we said before, and that it may say back. */
export function particularsOf(reply: string, said: readonly string[] = []): Particulars {
  const whole = withoutSaid(withoutEchoes(reply.slice(0, MOST_READ)), said);
  const url = URL_WORDS.exec(whole)?.[0].replace(/[.,;:]+$/, '');
  const text = withoutAddresses(whole);
  const list = LISTS.find(([, words]) => words.test(text))?.[0] ?? USING.exec(text)?.[1];
  const address = IPV4.exec(text)?.[0] ?? text.match(IPV6)?.find(isIpv6);
  const waitMs = waitOf(text);
  return {
    ...(list === undefined ? {} : { list }),
    ...(url === undefined ? {} : { url }),
    ...(address === undefined ? {} : { address }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

function waitOf(text: string): number | undefined {
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const [, hours, minutes, seconds] = clock.map(Number) as [number, number, number, number];
    return (hours * 3600 + minutes * 60 + seconds) * 1000;
  }
  const span = SPAN.exec(text);
  if (span !== null) {
    const [, count, unit] = span as unknown as [string, string, string];
    const number = /^\d/.test(count) ? Number(count) : 1;
    return number * UNIT_MS[unit.toLowerCase() as keyof typeof UNIT_MS];
  }
  if (/\bfor the day\b/i.test(text)) return UNIT_MS.day;
  return /\bthis hour\b/i.test(text) ? UNIT_MS.hour : undefined;
}
