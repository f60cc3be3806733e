/**
 * One message as an account submitted it: all that the guard looks at. The same record is what the traffic log keeps,
 * what `relais guard evaluate` reads and what a preview replays. No text of the message is in it. What is not known is undefined.
 */
export interface SendEvent {
  /** When the customer submitted it, ms since the epoch: never when it is processed. */
  readonly at: number;
  readonly account: string;
  /** Addresses; empty where they are not known. */
  readonly to: readonly string[];
  /** The client's address, and where it stands. */
  readonly ip?: string | undefined;
  readonly country?: string | undefined;
  readonly asn?: number | undefined;
  readonly sizeBytes?: number | undefined;
  /** Equal for near-duplicate bodies. */
  readonly fingerprint?: string | undefined;
  /** Near-duplicates share one of them, mostly. */
  readonly bands?: readonly string[] | undefined;
  /** A digest of the subject's shape. */
  readonly subject?: string | undefined;
  /** Registrable domains of the links. */
  readonly linkDomains?: readonly string[] | undefined;
  readonly links?: number | undefined;
  /** It has a List-* field: it says itself that it is bulk. */
  readonly list?: boolean | undefined;
  /** What the mail program calls itself. */
  readonly client?: string | undefined;
}

/** Recipients and link domains of one event that are looked at; more are a burst whatever they are. */
export const MAX_LOOKED_AT = 1_000;

/** The last moment that a date can say, ms since 1970 (ECMA-262). */
const LAST_MS = 8.64e15;

/** What cannot be read, in words for a person. */
export class BadEvent extends Error {}

/** An event of a parsed JSON line. @throws {BadEvent} naming the key and what belongs there. */
export function readEvent(value: unknown): SendEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadEvent('not a JSON object');
  const record = value as Readonly<Record<string, unknown>>;
  const { t, account } = record;
  if (typeof t !== 'number' || !(t >= 0 && t <= LAST_MS))
    throw new BadEvent('"t" must be a time in milliseconds since 1970');
  if (typeof account !== 'string' || account === '') throw new BadEvent('"account" must be a login');
  return {
    at: t,
    account,
    to: strings(record, 'to') ?? [],
    ...optional(record, 'ip', 'string'),
    ...optional(record, 'country', 'string'),
    ...optional(withNumber(record), 'asn', 'number'),
    ...renamed(record),
    ...optional(record, 'fingerprint', 'string'),
    ...optional(record, 'subject', 'string'),
    ...optional(record, 'links', 'number'),
    ...optional(record, 'list', 'boolean'),
    ...optional(record, 'client', 'string'),
    ...list(record, 'bands'),
    ...list(record, 'linkDomains'),
  };
}

/** The same as `readEvent` reads; what is not known JSON leaves out: of one shape, since one is made of each submission. */
export function writeEvent(event: SendEvent): Readonly<Record<string, unknown>> {
  return {
    t: event.at,
    account: event.account,
    to: event.to,
    ip: event.ip,
    country: event.country,
    asn: event.asn,
    size: event.sizeBytes,
    subject: event.subject,
    list: event.list,
    client: event.client,
    fingerprint: event.fingerprint,
    bands: event.bands,
    linkDomains: event.linkDomains,
    links: event.links,
  };
}

/** Bands of one event that are looked at: a sketch has no more. */
const MAX_BANDS = 4;

/** What its text is known by: copies and near copies have one of them in common. */
export function textsOf({ fingerprint, bands = [] }: SendEvent): string[] {
  return fingerprint === undefined || fingerprint === '' ? [] : [fingerprint, ...bands.slice(0, MAX_BANDS)];
}

/** An AS number is written `AS64500` as well. */
function withNumber(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const [, digits] = typeof record.asn === 'string' ? (/^(?:AS)?(\d{1,10})$/i.exec(record.asn) ?? []) : [];
  return digits === undefined ? record : { ...record, asn: Number(digits) };
}

function renamed(record: Readonly<Record<string, unknown>>): { sizeBytes?: number } {
  const { size } = optional(record, 'size', 'number') as { size?: number };
  return size === undefined ? {} : { sizeBytes: size };
}

function optional(
  record: Readonly<Record<string, unknown>>,
  key: string,
  type: 'string' | 'number' | 'boolean',
): Record<string, never> {
  const value = record[key];
  if (value === undefined || value === null) return {};
  if (typeof value !== type) throw new BadEvent(`"${key}" must be a ${type}`);
  return { [key]: value as never };
}

function list(record: Readonly<Record<string, unknown>>, key: string): Record<string, readonly string[]> {
  const found = strings(record, key);
  return found === undefined ? {} : { [key]: found };
}

function strings(record: Readonly<Record<string, unknown>>, key: string): readonly string[] | undefined {
  const value = record[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    throw new BadEvent(`"${key}" must be a list of strings`);
  return value as readonly string[];
}
