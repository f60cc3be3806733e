/** Days of the calendar, UTC, as whole numbers since 1970-01-01. */

const DAY_MS = 86_400_000;

/** The day of a moment (ms), UTC. */
export function utcDay(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** When a day ends, ms. */
export function endOfDay(day: number): number {
  return (day + 1) * DAY_MS;
}

/** `2026-11-24` as days since 1970-01-01; undefined when it is no date. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // 30 February is read as one of March.
  return Number.isNaN(ms) || formatDay(utcDay(ms)) !== text ? undefined : utcDay(ms);
}

export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
