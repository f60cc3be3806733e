/** The line that begins a message in an mbox file (RFC 4155): `From SENDER Mon Mar 12 08:00:00 2018`. */

const DATE =
  /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) +(\d{1,2}):(\d\d)(?::(\d\d))?(?: +([A-Z]{1,5}|[+-]\d{4}))? +(\d{4})(?: +([+-]\d{4}))?\s*$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** With a date; or without anything, as Thunderbird has it. */
export function isFromLine(line: string): boolean {
  return line.startsWith('From ') && (DATE.test(line) || /^From -?\r?\n?$/.test(line));
}

/** ms; the time is UTC unless it says a zone in figures. Undefined when there is none. */
export function dateOfFromLine(line: string): number | undefined {
  const [, month = '', day, hours, minutes, seconds = '0', before = '', year, after = ''] =
    DATE.exec(line) ?? [];
  if (month === '') return undefined;
  const at = Date.UTC(
    ...([Number(year), MONTHS.indexOf(month), Number(day)] as const),
    ...([Number(hours), Number(minutes), Number(seconds)] as const),
  );
  const [, sign, zoneHours, zoneMinutes] = /^([+-])(\d\d)(\d\d)$/.exec(after || before) ?? [];
  if (sign === undefined) return at;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === '+' ? at - offset : at + offset;
}

/** `sender`: empty for the null reverse-path. */
export function fromLine(sender: string, at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  return `From ${/^[!-~]+$/.test(sender) ? sender : 'MAILER-DAEMON'} ${day} ${time} ${date.getUTCFullYear()}\n`;
}
