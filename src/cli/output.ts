import { roundedSize } from '../base/units.ts';
import type { Output, Sink, Streams } from './command.ts';

/** What a terminal would obey: controls but for line feed and tab, and what turns the direction of writing. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** The words of strangers stand in what people read: subjects, links, replies. JSON escapes controls by itself. */
export function harmless(text: string): string {
  return text.replace(OBEYED, '\ufffd');
}

/** Characters of a name in a line for people. */
const MOST_NAME_CHARS = 200;
/** What ends lines is obeyed as well: a name with it would write lines of its own. */
const ENDS = /[\t\n\u2028\u2029]/g;

/** A name that a stranger gave, of a folder or a file: on one line, and without its middle when it is longer than 200 characters. */
export function nameForPeople(name: string): string {
  const chars = [...harmless(name).replace(ENDS, '\ufffd')];
  if (chars.length <= MOST_NAME_CHARS) return chars.join('');
  const half = MOST_NAME_CHARS / 2;
  return `${chars.slice(0, half).join('')}…${chars.slice(1 - half).join('')}`;
}

/** What an object of a command is, and the version of its shape: fields may be added to one, none is taken away. */
export type Schema = `relais.${string}/${number}`;

/** Of objects that name no schema of their own. */
export function schemaOf(command: string): Schema {
  return `relais.${command.replaceAll(' ', '-')}/1`;
}

/** Writes to standard output and standard error: for people, or objects of this schema. */
export function createOutput(form: 'people' | Schema, { out, err }: Pick<Streams, 'out' | 'err'>): Output {
  const json = form !== 'people';
  return {
    json,
    item(object, line) {
      out.write(json ? `${JSON.stringify({ schema: form, ...object })}\n` : `${harmless(line)}\n`);
    },
    say(line) {
      if (!json) out.write(`${harmless(line)}\n`);
    },
    note(line) {
      err.write(`${harmless(line)}\n`);
    },
  };
}

/** Writes much, no faster than it is read. */
export async function written(out: Sink, data: string | Uint8Array): Promise<void> {
  if (data.length === 0 || out.write(data)) return;
  await new Promise<void>((resolve) => void out.once('drain', resolve));
}

/** RFC 3339, UTC, for JSON. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2018-03-12 08:00:05`, local time, for people. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `2 h 05 min`, `40 s`: how long, in words that a person reads at a glance. */
export function forPeople(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** `in 3 min`, `2 h 05 min ago`. */
export function fromNow(ms: number, now: number): string {
  return ms > now ? `in ${forPeople(ms - now)}` : `${forPeople(now - ms)} ago`;
}

const SIZE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `512 B`, `12.3 kB`, `35 MB`: two or three figures. */
export function sizeForPeople(bytes: number): string {
  const { figures, thousands } = roundedSize(bytes);
  return `${figures} ${SIZE_UNITS[thousands]}`;
}

/** `1 message`, `3 messages`, `1 address`, `2 addresses`, `2 mailboxes`. */
export function counted(count: number, noun: string): string {
  const plural = noun.endsWith('y')
    ? `${noun.slice(0, -1)}ies`
    : /[sx]$/.test(noun)
      ? `${noun}es`
      : `${noun}s`;
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Rows in columns, two spaces between them; nothing at the ends of lines. `right`: columns that are numbers. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const space = ' '.repeat((widths[index] as number) - [...cell].length);
        return right.includes(index) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** One of a list. */
export interface Listed {
  readonly cells: readonly string[];
  readonly object: Readonly<Record<string, unknown>>;
  /** Lines that stand below its own. */
  readonly below?: readonly string[];
}

/** A list: a table with a head for people, an object each for programs. `right`: columns that are numbers. */
export function sayTable(
  output: Output,
  { head, right = [] }: { head: readonly string[]; right?: readonly number[] },
  listed: readonly Listed[],
): void {
  const [first = '', ...lines] = columns([head, ...listed.map(({ cells }) => cells)], right);
  output.say(first);
  for (const [index, { object, below = [] }] of listed.entries())
    output.item(object, [lines[index], ...below].join('\n'));
}
