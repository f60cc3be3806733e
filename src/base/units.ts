/**
 * Sizes, durations and rates as people write them. Each parser takes the text and returns the number, or throws a
 * `UnitError` whose message quotes the text and says what would be right.
 */

/** A quantity that cannot be read. `remedy` says what to write instead. */
export class UnitError extends Error {
  readonly remedy: string;

  constructor(input: string, expected: Quantity) {
    super(`"${input}" is not a ${expected.what}: ${expected.remedy}`);
    this.remedy = expected.remedy;
  }
}

interface Unit {
  readonly name: string;
  readonly factor: number;
}

// Largest first: printing takes the first that divides the value.
const SIZES: readonly Unit[] = [
  { name: 'TiB', factor: 2 ** 40 },
  { name: 'TB', factor: 1e12 },
  { name: 'GiB', factor: 2 ** 30 },
  { name: 'GB', factor: 1e9 },
  { name: 'MiB', factor: 2 ** 20 },
  { name: 'MB', factor: 1e6 },
  { name: 'KiB', factor: 2 ** 10 },
  { name: 'kB', factor: 1e3 },
  { name: 'B', factor: 1 },
];

const DURATIONS: readonly Unit[] = [
  { name: 'd', factor: 86_400_000 },
  { name: 'h', factor: 3_600_000 },
  { name: 'm', factor: 60_000 },
  { name: 's', factor: 1_000 },
  { name: 'ms', factor: 1 },
];

const RATES: readonly Unit[] = [
  { name: 'Gbit/s', factor: 1e9 },
  { name: 'Mbit/s', factor: 1e6 },
  { name: 'kbit/s', factor: 1e3 },
  { name: 'bit/s', factor: 1 },
];

/** What a text should have been, for the error. */
interface Quantity {
  readonly what: string;
  readonly remedy: string;
}

const SIZE: Quantity = {
  what: 'size',
  remedy: 'write a number and a unit, such as "35MB" (35,000,000 bytes) or "10MiB" (10,485,760 bytes)',
};
const DURATION: Quantity = {
  what: 'duration',
  remedy: 'write a number and one of ms, s, m, h, d, such as "500ms", "30s", "5m" or "5d"',
};
const RATE: Quantity = {
  what: 'rate',
  remedy: 'write a number and one of bit/s, kbit/s, Mbit/s, Gbit/s, such as "80Mbit/s"',
};

/** A size in bytes. `MB` is 10^6, `MiB` is 2^20; the case of the letters does not matter; no unit means bytes. */
export function parseSize(text: string): number {
  const match = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = match?.[2] === '' ? SIZES.at(-1) : named(SIZES, sizeName(match?.[2] ?? ''));
  return counted(amount(match?.[1], unit), text, SIZE);
}

/** A duration in ms. Several parts may follow each other: `1h30m`. A bare 0 is fine, any other number needs a unit. */
export function parseDuration(text: string): number {
  const compact = text.replaceAll(' ', '');
  if (compact === '0') return 0;
  if (!/^(\d{1,15}(\.\d{1,6})?(ms|s|m|h|d))+$/i.test(compact)) throw new UnitError(text, DURATION);
  let totalMs = 0;
  for (const [, digits, unit] of compact.matchAll(/([\d.]+)(ms|s|m|h|d)/gi)) {
    totalMs += amount(digits, named(DURATIONS, unit ?? ''));
  }
  return counted(totalMs, text, DURATION);
}

/** A rate in bits a second. `Mbit/s` is 10^6. The unit must be written: bits and bytes are easily confused. */
export function parseRate(text: string): number {
  const match = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]+\/s)\s*$/i.exec(text);
  return counted(amount(match?.[1], named(RATES, match?.[2] ?? '')), text, RATE);
}

/** A size in bytes as the shortest exact text: 35000000 is `35MB`, 10485760 is `10MiB`. */
export function formatSize(sizeBytes: number): string {
  return exact(sizeBytes, SIZES);
}

/** The units of sizes that people read, each a thousand of the one before, go up to this. */
const MOST_THOUSANDS = 4;

/** Two or three figures of a size, and how many times a thousand it is: 12 345 is `12.3`, once. */
export function roundedSize(sizeBytes: number): { readonly figures: string; readonly thousands: number } {
  let [value, thousands] = [sizeBytes, 0];
  while (value >= 999.5 && thousands < MOST_THOUSANDS) [value, thousands] = [value / 1000, thousands + 1];
  const digits = thousands > 0 && value < 99.95 ? 1 : 0;
  return { figures: value.toFixed(digits).replace(/\.0$/, ''), thousands };
}

/** A duration in ms as the shortest exact text: 300000 is `5m`. */
export function formatDuration(durationMs: number): string {
  return exact(durationMs, DURATIONS);
}

/** A rate in bits a second as the shortest exact text: 80000000 is `80Mbit/s`. */
export function formatRate(bitsPerSecond: number): string {
  return exact(bitsPerSecond, RATES);
}

/** `35M` and `35MB` mean the same; so do `k` and `kB`. */
function sizeName(written: string): string {
  return /b$/i.test(written) ? written : `${written}B`;
}

function named(units: readonly Unit[], name: string): Unit | undefined {
  return units.find((unit) => unit.name.toLowerCase() === name.toLowerCase());
}

/** NaN when either part is missing. */
function amount(digits: string | undefined, unit: Unit | undefined): number {
  return Math.round(Number(digits ?? Number.NaN) * (unit?.factor ?? Number.NaN));
}

/** The value, provided it is one that arithmetic keeps exact. */
function counted(value: number, text: string, expected: Quantity): number {
  if (!Number.isSafeInteger(value)) throw new UnitError(text, expected);
  return value;
}

function exact(value: number, units: readonly Unit[]): string {
  const candidates = units
    .filter((unit) => value % unit.factor === 0)
    .map((unit) => `${value / unit.factor}${unit.name}`);
  if (value === 0) return `0${units.at(-1)?.name}`;
  return candidates.reduce((best, next) => (next.length < best.length ? next : best));
}
