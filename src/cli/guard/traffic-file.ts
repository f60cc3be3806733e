/** Recorded traffic in files: JSON Lines, plain or gzip, several of them merged by time. Read as they are needed. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BadEvent, readEvent, type SendEvent } from '../../core/guard/event.ts';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';
import type { Doubts } from './doubts.ts';
import { PostfixLog } from './postfix-log.ts';

/** Characters of a line, at most; a longer one is no event. */
const MAX_LINE = 4 * 1024 * 1024;
const GZIP = [0x1f, 0x8b] as const;

export interface Line {
  readonly file: string;
  readonly line: number;
  readonly event: SendEvent;
}

/** What a line says; undefined when nothing yet. @throws {BadEvent} when it is no event. */
export type ReadLine = (text: string) => SendEvent | undefined;

/**
 * Events of all files by time; of one time, in the order of the files. `bad`: hears of each line that is no event.
 * `reader`: makes what reads the lines of one file.
 */
export async function* traffic(
  files: readonly string[],
  bad: (why: string) => void,
  reader: () => ReadLine,
): AsyncGenerator<Line> {
  const sources = files.map((file) => linesOf(file, { bad, read: reader() }));
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first: number | undefined;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = first === undefined ? undefined : heads[first];
      if (best === undefined || best.done === true || head.value.event.at < best.value.event.at)
        first = index;
    }
    if (first === undefined) return;
    yield (heads[first] as IteratorYieldResult<Line>).value;
    heads[first] = await (sources[first] as AsyncGenerator<Line>).next();
  }
}

/** JSON, or lines of a Postfix log: those are never bad, because a log has other lines as well. */
export function anyLines(now: number, doubts: Doubts): ReadLine {
  const postfix = new PostfixLog(now);
  const json = jsonLines(doubts);
  return (text) => (/^\s*[{["]/.test(text) ? json(text) : readSyslog(text, postfix));
}

function readSyslog(text: string, postfix: PostfixLog): SendEvent | undefined {
  if (/^(<\d+>)?([A-Z][a-z]{2} +\d|\d{4}-\d\d-\d\dT)/.test(text)) return postfix.read(text);
  throw new BadEvent('neither JSON nor a line of a log');
}

async function* linesOf(
  file: string,
  { bad, read }: { bad: (why: string) => void; read: ReadLine },
): AsyncGenerator<Line> {
  let number = 0;
  try {
    for await (const written of boundedLines(await opened(file))) {
      number++;
      const isBad = (why: string): void => bad(`${file}:${number}: ${why}`);
      if (written === undefined) {
        isBad(`a line of more than ${MAX_LINE} characters`);
        continue;
      }
      // Some programs begin a file with a byte order mark.
      const text = number === 1 ? written.replace(/^\uFEFF/, '') : written;
      if (text.trim() === '') continue;
      const event = eventOf(text, { read, bad: isBad });
      if (event !== undefined) yield { file, line: number, event };
    }
  } catch (error) {
    throw new CommandError(EXIT.usage, `"${file}" cannot be read: ${fileFault(error)}`);
  }
}

/** JSON. `doubts`: sees each event. */
export function jsonLines(doubts: Doubts): ReadLine {
  return (text) => {
    const record = JSON.parse(text);
    const event = readEvent(record);
    doubts.see(record, event);
    return event;
  };
}

function eventOf(
  text: string,
  { read, bad }: { read: ReadLine; bad: (why: string) => void },
): SendEvent | undefined {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof BadEvent) return void bad(error.message);
    if (error instanceof SyntaxError) return void bad('not JSON');
    throw error;
  }
}

/** Without what ends them; undefined in the place of one that is too long, of which no more is kept than that. */
async function* boundedLines(input: NodeJS.ReadableStream): AsyncGenerator<string | undefined> {
  input.setEncoding('utf8');
  let [line, isTooLong] = ['', false];
  const take = (text: string): void => {
    isTooLong ||= line.length + text.length > MAX_LINE;
    line = isTooLong ? '' : line + text;
  };
  for await (const piece of input) {
    const [rest = '', ...lines] = (piece as string).split('\n');
    take(rest);
    for (const next of lines) {
      yield isTooLong ? undefined : line.replace(/\r$/, '');
      [line, isTooLong] = ['', false];
      take(next);
    }
  }
  if (isTooLong) yield undefined;
  else if (line !== '') yield line;
}

/** A compressed file says so in its first two octets, whatever its name. An empty one has no lines. */
async function opened(file: string): Promise<NodeJS.ReadableStream> {
  const raw = createReadStream(file);
  const first = await new Promise<Buffer>((resolve, reject) => {
    raw.once('error', reject);
    raw.once('end', () => resolve(NOTHING));
    raw.once('readable', () =>
      resolve((raw.read(2) as Buffer | null) ?? (raw.read() as Buffer | null) ?? NOTHING),
    );
  });
  if (first.length === 0) return Readable.from([]);
  raw.unshift(first);
  if (!GZIP.every((octet, index) => first[index] === octet)) return raw;
  const plain = createGunzip();
  raw.on('error', (error) => plain.destroy(error));
  return raw.pipe(plain);
}

const NOTHING = Buffer.alloc(0);
