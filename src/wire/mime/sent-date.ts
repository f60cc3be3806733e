/** The Date field read (RFC 5322 3.3, the obsolete forms of 4.3 included). Never throws. */
import { withoutComments } from './parameterized.ts';

export interface SentDate {
  /** Milliseconds since the epoch, UTC. */
  readonly ms: number;
  /** Minutes east of UTC of the clock that it was written by: SENTON goes by its day (RFC 9051 6.4.4). */
  readonly zoneMinutes: number;
}

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';
const DATE =
  /^(?:[a-z]{2,9}\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s,-]+(\d{2,4})\s+(\d{1,2})\s*[:.]\s*(\d{2})(?:\s*[:.]\s*(\d{2}))?(?:\.\d+)?\s*([+-]\d{4}|[a-z]{1,5})?/i;
const ZONES: Readonly<Record<string, number>> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

/** Undefined for what is no date. `text`: the value of the field. */
export function parseSentDate(text: string): SentDate | undefined {
  const match = DATE.exec(withoutComments(text.slice(0, 200)).trim());
  if (match === null) return undefined;
  const [, day, month = '', year = '', hour, minute, second = '0', zone = ''] = match;
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  if (monthIndex < 0 || monthIndex % 3 !== 0) return undefined;
  const at = Date.UTC(
    fullYear(year),
    monthIndex / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const isLegal =
    Number(day) >= 1 && Number(day) <= 31 && Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (!isLegal || Number.isNaN(at)) return undefined;
  const zoneMinutes = minutesOf(zone);
  return { ms: at - zoneMinutes * 60_000, zoneMinutes };
}

/** RFC 5322 4.3. */
function fullYear(year: string): number {
  const value = Number(year);
  if (year.length === 4) return value;
  return value + (year.length === 2 && value < 50 ? 2000 : 1900);
}

function minutesOf(zone: string): number {
  const match = /^([+-])(\d\d)(\d\d)$/.exec(zone);
  if (match === null) return ZONES[zone.toUpperCase()] ?? 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  if (minutes >= 24 * 60) return 0;
  return match[1] === '-' && minutes > 0 ? -minutes : minutes;
}
