import type { Output } from './command.ts';

interface Streams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
}

/** Writes to standard output and standard error. */
export function createOutput(mode: 'people' | 'json', { out, err }: Streams = { out: process.stdout, err: process.stderr }): Output {
  const json = mode === 'json';
  return {
    json,
    item(object, line) {
      out.write(json ? `${JSON.stringify(object)}\n` : `${line}\n`);
    },
    say(line) {
      if (!json) out.write(`${line}\n`);
    },
    note(line) {
      err.write(`${line}\n`);
    },
  };
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
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
