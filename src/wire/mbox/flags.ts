/**
 * Flags in header fields of an mbox file, as mail programs of Unix write them: `Status: RO`, `X-Status: AFDT`, `X-Keywords`.
 * The first of each is no part of the message and is taken out; Mozilla's (`X-Mozilla-Status`) are only read.
 */

export interface MboxFlags {
  readonly flags: readonly string[];
  /** Deleted in Thunderbird, and not yet taken out of the file. */
  readonly isExpunged: boolean;
}

const STATUS: Readonly<Record<string, string>> = { R: '\\Seen' };
const X_STATUS: Readonly<Record<string, string>> = {
  A: '\\Answered',
  F: '\\Flagged',
  D: '\\Deleted',
  T: '\\Draft',
};
/** Bits of X-Mozilla-Status. */
const MOZILLA = [
  [0x0001, '\\Seen'],
  [0x0002, '\\Answered'],
  [0x0004, '\\Flagged'],
  [0x1000, '$Forwarded'],
] as const;
const MOZILLA_EXPUNGED = 0x0008;

/** Of a field that is one of them. */
const MOST_BYTES = 8_000;
const OURS = /^(Status|X-Status|X-Keywords):[ \t]*(.*?)[ \t]*\r?\n/i;
const THEIRS = /^(X-Mozilla-Status|X-Mozilla-Keys):[ \t]*(.*?)[ \t]*\r?\n/i;

/** `header`: whole lines, without the empty one. */
export function takeFlags(header: Buffer): { readonly rest: Buffer; readonly flags: MboxFlags } {
  const found = new Map<string, string>();
  const kept: Buffer[] = [];
  for (let at = 0; at < header.length; ) {
    const end = header.indexOf(0x0a, at) + 1 || header.length;
    const line = header.subarray(at, end);
    const isShort = line.length < MOST_BYTES;
    const own = isShort ? OURS.exec(line.toString('latin1')) : null;
    const other = isShort && own === null ? THEIRS.exec(line.toString('latin1')) : null;
    const [, name = '', value = ''] = own ?? other ?? [];
    const key = name.toLowerCase();
    const isFirst = key !== '' && !found.has(key);
    if (isFirst) found.set(key, value);
    if (own === null || !isFirst) kept.push(line);
    at = end;
  }
  return { rest: kept.length === 0 ? Buffer.alloc(0) : Buffer.concat(kept), flags: read(found) };
}

function read(found: ReadonlyMap<string, string>): MboxFlags {
  const mozilla = Number.parseInt(found.get('x-mozilla-status') ?? '0', 16) || 0;
  const words = (name: string): string[] =>
    (found.get(name) ?? '').split(/[ ,]+/).filter((word) => word !== '');
  const flags = new Set([
    ...[...(found.get('status') ?? '')].flatMap((letter) => STATUS[letter] ?? []),
    ...[...(found.get('x-status') ?? '')].flatMap((letter) => X_STATUS[letter] ?? []),
    ...MOZILLA.flatMap(([bit, name]) => ((mozilla & bit) === 0 ? [] : [name])),
    ...words('x-keywords'),
    ...words('x-mozilla-keys'),
  ]);
  return { flags: [...flags], isExpunged: (mozilla & MOZILLA_EXPUNGED) !== 0 };
}

/**
 * What an mbox file keeps of flags: to stand before a header whose lines end so. All three, so that a field of the message is
 * never taken for one of them.
 */
export function flagFields(flags: readonly string[], end: '\n' | '\r\n'): string {
  const letters = (table: Readonly<Record<string, string>>): string =>
    Object.entries(table)
      .flatMap(([letter, name]) => (flags.includes(name) ? letter : []))
      .join('');
  const keywords = flags.filter((name) => !name.startsWith('\\')).join(' ');
  const lines = [`Status: ${letters(STATUS)}O`, `X-Status: ${letters(X_STATUS)}`, `X-Keywords: ${keywords}`];
  return lines.map((line) => line + end).join('');
}
