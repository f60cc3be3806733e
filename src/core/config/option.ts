/**
 * The kinds of option. An option is its default as TOML writes it, its sentence of documentation, and the check that
 * turns what is written into the value the code uses. Durations become ms, sizes bytes, rates bits a second, and the
 * name in the code says so: `commandTimeout = "5m"` is `commandTimeoutMs: 300_000`.
 */
import { z } from 'zod';
import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from '../../base/units.ts';
import {
  type AddressRange,
  type Endpoint,
  ipFamily,
  parseDomainPattern,
  parseEndpoint,
  parseRange,
} from './network.ts';
import { parseDay } from '../../base/calendar.ts';
import { phraseMistake } from '../reputation/phrase.ts';
import { parseDomain } from '../../wire/address/domain.ts';
import { parseMailbox } from '../../wire/address/mailbox.ts';

/** A value as TOML writes it. */
export type TomlValue = string | number | boolean | readonly string[] | readonly number[];

export interface Option<T = unknown, Suffix extends string = string> {
  /** From what is written to the value; its issues say what to write instead. */
  readonly schema: z.ZodType<T>;
  /** Added to the name in the code. */
  readonly suffix: Suffix;
  /** Nothing: the option must be written (only inside `[[…]]`). */
  readonly default?: TomlValue;
  readonly doc: string;
}

/** What options a table has. */
export type Options = Readonly<Record<string, Option>>;

/** The table as the code sees it. */
export type Values<S extends Options> = {
  readonly [K in keyof S & string as `${K}${S[K]['suffix']}`]: z.output<S[K]['schema']>;
};

/** Bounds, each included, as the option's kind writes them. */
export interface Bounds<T> {
  readonly min?: T;
  readonly max?: T;
}

const MOST_COUNT = 1_000_000_000;
const MOST_SIZE = '1000TB';

/** A whole number within bounds (from 1, unless told). */
export function count(value: number, doc: string, { min = 1, max = MOST_COUNT }: Bounds<number> = {}) {
  const error = `write a whole number from ${min} to ${max}`;
  const schema = z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
  return option({
    schema,
    suffix: '',
    default: value,
    doc: `${doc} ${boundsText(min, max === MOST_COUNT ? undefined : max)}`,
  });
}

/** A duration within bounds (from 1 ms, unless told). */
export function duration(value: string, doc: string, { min = '1ms', max = '365d' }: Bounds<string> = {}) {
  const bounds = { min: parseDuration(min), max: parseDuration(max), format: formatDuration };
  const schema = quantity(parseDuration, bounds);
  return option({ schema, suffix: 'Ms', default: value, doc: `${doc} ${boundsText(min, max)}` });
}

/** Durations, from 1 s to 30 d each: one or more, and `most` at most. */
export function durations(value: readonly string[], doc: string, { most }: { most: number }) {
  const error = 'write a list of durations, such as ["1m", "10m", "2h"]';
  const each = quantity(parseDuration, { min: 1_000, max: parseDuration('30d'), format: formatDuration });
  return option({
    schema: z
      .array(each, { error })
      .min(1, { error })
      .max(most, { error: `write ${most} durations at most` }),
    suffix: 'Ms',
    default: value,
    doc,
  });
}

/** A size within bounds (from 1 byte, unless told). */
export function size(value: string, doc: string, { min = '1B', max = MOST_SIZE }: Bounds<string> = {}) {
  const bounds = { min: parseSize(min), max: parseSize(max), format: formatSize };
  const schema = quantity(parseSize, bounds);
  return option({
    schema,
    suffix: 'Bytes',
    default: value,
    doc: `${doc} ${boundsText(min, max === MOST_SIZE ? undefined : max)}`,
  });
}

/** A size, or "none" for no limit, which is nothing in the code. */
export function sizeOrNone(doc: string) {
  const bounds = { min: 1_000_000, max: parseSize(MOST_SIZE), format: formatSize };
  const schema = z.union([z.literal('none').transform(() => undefined), quantity(parseSize, bounds)], {
    error: 'write a size such as "5GB", or "none" for no limit',
  });
  return option({ schema, suffix: 'Bytes', default: 'none', doc });
}

/** A rate, or "none" for no limit, which is nothing in the code. */
export function rateOrNone(doc: string) {
  const rate = quantity(parseRate, { min: 1_000, max: 1e15, format: (bits) => `${bits}bit/s` });
  const schema = z.union([z.literal('none').transform(() => undefined), rate], {
    error: 'write a rate such as "80Mbit/s", or "none" for no limit',
  });
  return option({ schema, suffix: 'BitsPerSecond', default: 'none', doc });
}

/** One of a few words. */
export function choice<const T extends string>(
  value: T | undefined,
  words: readonly [T, ...T[]],
  doc: string,
) {
  const schema = z.enum(words, { error: `write one of ${words.map((word) => `"${word}"`).join(', ')}` });
  return option({ schema, suffix: '', ...(value === undefined ? {} : { default: value }), doc });
}

/** true or false. */
export function flag(value: TomlValue & boolean, doc: string) {
  return option({
    schema: z.boolean({ error: 'write true or false, without quotes' }),
    suffix: '',
    default: value,
    doc,
  });
}

/** A text that may be empty, which is nothing in the code. */
export function optionalText(doc: string) {
  const schema = z
    .string({ error: 'write a text in quotes' })
    .max(1_000, { error: 'write at most 1000 characters' })
    .transform((text) => (text === '' ? undefined : text));
  return option({ schema, suffix: '', default: '', doc });
}

/** The name of a host, or nothing. */
export function optionalHost(doc: string) {
  const remedy = 'write the name of a host, such as "mail.example.org"';
  const schema = z.union([z.literal('').transform(() => undefined), parsed(parseHost, remedy)], {
    error: remedy,
  });
  return option({ schema, suffix: '', default: '', doc });
}

function parseHost(written: string): string | undefined {
  const host = parseDomain(written);
  return host.ok ? host.domain : undefined;
}

/** A date, or nothing; days since 1970-01-01 in the code. */
export function optionalDate(doc: string) {
  const remedy = 'write a date in quotes, such as "2026-11-24"';
  const date = parsed(parseDay, remedy);
  const schema = z.union([z.literal('').transform(() => undefined), date], { error: remedy });
  return option({ schema, suffix: 'Day', default: '', doc });
}

/** Of a contact: a notice never breaks so few characters. */
const MOST_OF_CONTACT = 250;

/** Whom people turn to: an address, or a page. Nothing: nobody is named. */
export function optionalContact(doc: string) {
  const remedy = 'write an address such as "help@example.org", or a URL such as "https://help.example.org/"';
  const schema = z.union([z.literal('').transform(() => undefined), parsed(parseContact, remedy)], {
    error: remedy,
  });
  return option({ schema, suffix: '', default: '', doc });
}

function parseContact(written: string): string | undefined {
  if (written.length > MOST_OF_CONTACT) return undefined;
  if (!/^https?:/i.test(written)) return parseMailbox(written).ok ? written : undefined;
  if (!/^https?:\/\/[!-~]+$/i.test(written) || !URL.canParse(written)) return undefined;
  // Customers read it: no place for a password.
  const { username, password } = new URL(written);
  return username === '' && password === '' ? written : undefined;
}

/** A text that is not empty. */
export function text(value: string | undefined, doc: string) {
  const error = 'write a text in quotes, 1 to 1000 characters';
  const schema = z.string({ error }).min(1, { error }).max(1_000, { error });
  return option({ schema, suffix: '', ...(value === undefined ? {} : { default: value }), doc });
}

/** A text that `parse` turns into a value, or refuses by returning nothing. */
export function parsed<T>(parse: (text: string) => T | undefined, remedy: string) {
  return z.string({ error: remedy }).transform((written, context): T => {
    const value = parse(written);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: remedy });
    return z.NEVER;
  });
}

/** An address to listen on: an IP address and a port. */
export function listenAddress(doc: string) {
  const parse = (written: string): Endpoint | undefined => {
    const endpoint = parseEndpoint(written.replace(/^\*:/, '[::]:'));
    return endpoint !== undefined && ipFamily(endpoint.host) !== undefined ? endpoint : undefined;
  };
  const schema = parsed(
    parse,
    'write an IP address and a port, such as "127.0.0.1:25", "[::1]:25", or "*:25" for every address',
  );
  return option({ schema, suffix: '', doc });
}

/** A host to connect to, with or without a port. */
export function nextHop(defaultPort: number, doc: string) {
  const parse = (written: string) => parseEndpoint(written, defaultPort);
  const schema = parsed(
    parse,
    'write a host and a port, such as "mail.example.org:25" or "[2001:db8::1]:25"',
  );
  return option({ schema, suffix: '', doc });
}

/** DNS servers by IP address, port 53 unless written. */
export function dnsServers(doc: string) {
  const parse = (written: string): Endpoint | undefined => {
    const endpoint = parseEndpoint(written, 53);
    return endpoint !== undefined && ipFamily(endpoint.host) !== undefined ? endpoint : undefined;
  };
  const remedy = 'write IP addresses with or without a port, such as ["192.0.2.53", "[2001:db8::53]:53"]';
  return option({ schema: z.array(parsed(parse, remedy), { error: remedy }), suffix: '', default: [], doc });
}

/** Networks, none or more. */
export function ranges(doc: string, usual: readonly string[] = []) {
  const remedy =
    'write a list of addresses or networks, such as ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"]';
  const schema: z.ZodType<AddressRange[]> = z.array(parsed(parseRange, remedy), { error: remedy });
  return option({ schema, suffix: '', default: [...usual], doc });
}

/** Phrases that a reply may say; core/reputation/phrase.ts has how they are written. */
export function phrases(doc: string) {
  const error = 'write a list of phrases in lower case, such as ["our list refuses you", "listed … here"]';
  const phrase = z.string({ error }).superRefine((written, context) => {
    const message = phraseMistake(written);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
  return option({
    schema: z.array(phrase, { error }).min(1, { error }).max(100, { error }),
    suffix: '',
    doc,
  });
}

/** `*`, a domain, or `*.` and a domain. */
export function domainPattern(doc: string) {
  const schema = parsed(
    parseDomainPattern,
    'write "*", a domain such as "example.org", or "*.example.org" for what is under it',
  );
  return option({ schema, suffix: '', doc });
}

/** Names in DNS, none or more. */
export function domains(value: readonly string[], doc: string) {
  const remedy = 'write a list of names, such as ["zen.spamhaus.org"]';
  const parse = (written: string): string | undefined => {
    const pattern = parseDomainPattern(written);
    return pattern?.startsWith('*') === true ? undefined : pattern;
  };
  const schema = z.array(parsed(parse, remedy), { error: remedy }).max(20, { error: remedy });
  return option({ schema, suffix: '', default: value, doc });
}

/** The text of a quantity, from `min` to `max`. */
function quantity(
  parse: (text: string) => number,
  bounds: { min: number; max: number; format: (value: number) => string },
) {
  return z.unknown().transform((written, context): number => {
    try {
      const value = parse(typeof written === 'string' ? written : String(written));
      if (value >= bounds.min && value <= bounds.max) return value;
      const remedy = `write a value from "${bounds.format(bounds.min)}" to "${bounds.format(bounds.max)}"`;
      context.addIssue({ code: 'custom', message: remedy });
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: (error as { remedy?: string }).remedy ?? 'write a quantity with its unit',
      });
    }
    return z.NEVER;
  });
}

function boundsText(min: number | string, max: number | string | undefined): string {
  return max === undefined ? `At least ${min}.` : `From ${min} to ${max}.`;
}

function option<T, Suffix extends string>(parts: Option<T, Suffix>): Option<T, Suffix> {
  return { ...parts, schema: parts.schema.meta({ description: parts.doc }) };
}
