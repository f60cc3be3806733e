import { readFile, stat } from 'node:fs/promises';
import { formatDuration } from '../../base/units.ts';
import {
  LEAST_EVERY_MS,
  MAX_SUBJECT_CHARS,
  MAX_VACATION_BYTES,
  MOST_EVERY_MS,
  USUAL_EVERY_MS,
  type Vacation,
} from '../../core/mailbox/vacation.ts';
import { commandLine, durationOf, isGiven, optionOf, readOption, toAddress, toMoment } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';
import { localTime, rfc3339 } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { accountOf, noAccount } from './of.ts';

const DAY_MS = 86_400_000;
const SETTING = ['subject', 'text-file', 'from', 'until', 'every'] as const;

export const accountVacation: Command = {
  name: 'account vacation',
  usage: 'ADDRESS [--text-file FILE [--subject SUBJECT] [--from DATE] [--until DATE] [--every 7d]] [--off]',
  summary: 'What an account answers by itself while its owner is away; without options, shows it.',
  options: {
    'text-file': { type: 'string', doc: 'File with the text of the answer, in UTF-8; - is standard input.' },
    subject: { type: 'string', doc: 'Its subject; that of the message it answers, unless given.' },
    from: { type: 'string', doc: 'From when on, as 2026-12-24 or 2026-12-24T18:00; now, unless given.' },
    until: { type: 'string', doc: 'Until when; a day is meant with its evening. Until --off, unless given.' },
    every: { type: 'string', doc: 'Nobody is answered twice within this: from 1d to 30d, 7d unless given.' },
    off: { type: 'boolean', doc: 'Nothing is answered any more.' },
  },
  positionals: [1, 1],
  examples: [
    'relais account vacation ana@example.org --text-file away.txt --from 2026-12-24 --until 2027-01-02',
    'relais account vacation ana@example.org --off',
  ],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const isOff = isGiven(call, 'off');
    const given = SETTING.filter((name) => optionOf(call, name) !== undefined);
    if (isOff && given.length > 0)
      throw new CommandError(EXIT.usage, `--off takes the answer off: leave --${given[0]} out`);
    if (!isOff && given.length === 0) return show(call, address);
    const vacation = isOff ? undefined : await vacationOf(call, Date.now());
    return withStore(call, async (store) => {
      if (!(await store.setVacation({ address, vacation })))
        throw new CommandError(EXIT.nothing, noAccount(call, address));
      await tellServer(call);
      if (vacation === undefined) {
        call.output.item({ address, result: 'off' }, `${address} answers nothing by itself any more.`);
        return EXIT.done;
      }
      const undo = commandLine(call, ['account', 'vacation', address, '--off']);
      call.output.item(
        { address, result: 'set', ...inJson(vacation), undo },
        `${address} ${inWords(vacation)}.`,
      );
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};

function show(call: Call, address: string): Promise<number> {
  return withStore(call, async (store) => {
    const { id } = await accountOf(store, call, address);
    const vacation = await store.vacation(id);
    if (vacation === undefined) {
      call.output.item({ address, isSet: false }, `${address} answers nothing by itself.`);
      return EXIT.done;
    }
    const { text, subject } = vacation;
    call.output.item({ address, isSet: true, ...inJson(vacation), text }, `${address} ${inWords(vacation)}.`);
    call.output.say(
      `Subject: ${subject ?? 'that of the message, after a word that says what it is'}\n\n${text}`,
    );
    return EXIT.done;
  });
}

async function vacationOf(call: Call, now: number): Promise<Vacation> {
  const file = optionOf(call, 'text-file');
  if (file === undefined) throw new CommandError(EXIT.usage, 'say what is answered, with --text-file FILE');
  const subject = readOption(call, 'subject', toSubject);
  const from = readOption(call, 'from', (text) => toMomentAhead(text, 'its morning'));
  const until = readOption(call, 'until', (text) => toMomentAhead(text, 'its evening'));
  const everyMs = durationOf(call, 'every', {
    least: formatDuration(LEAST_EVERY_MS),
    most: formatDuration(MOST_EVERY_MS),
  });
  if (until !== undefined && until <= Math.max(now, from ?? now))
    throw new CommandError(
      EXIT.usage,
      until <= now
        ? `--until: ${localTime(until)} is over`
        : '--until is before --from: write the later one there',
    );
  return {
    text: await textOf(call, file),
    everyMs: everyMs ?? USUAL_EVERY_MS,
    ...(subject === undefined ? {} : { subject }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

/** A date, with or without its time, local unless it says a zone: a day alone is its beginning or its end. */
function toMomentAhead(text: string, ofDay: 'its morning' | 'its evening'): number {
  if (!/^\d{4}-/.test(text))
    throw new CommandError(
      EXIT.usage,
      `"${text}" will not do: write a date, such as 2026-12-24 or 2026-12-24T18:00`,
    );
  const at = toMoment(text, 0);
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || ofDay === 'its morning') return at;
  // Noon of the next day is in that day, whatever its clocks do.
  const next = new Date(at + 1.5 * DAY_MS);
  return new Date(next.getFullYear(), next.getMonth(), next.getDate()).getTime();
}

function toSubject(text: string): string {
  if (!/\p{Cc}/u.test(text) && text.length <= MAX_SUBJECT_CHARS) return text;
  throw new CommandError(EXIT.usage, `a subject is one line of at most ${MAX_SUBJECT_CHARS} characters`);
}

async function textOf({ streams }: Call, file: string): Promise<string> {
  const bytes = file === '-' ? await readStandardInput(streams.in) : await readText(file);
  if (bytes.length > MAX_VACATION_BYTES)
    throw new CommandError(
      EXIT.usage,
      `the text has more than ${MAX_VACATION_BYTES} octets: write a shorter one`,
    );
  const text = new TextDecoder('utf-8').decode(bytes).replace(/\r\n?/g, '\n');
  if (text.trim() === '') throw new CommandError(EXIT.usage, 'the text is empty: say what is answered');
  if (text.includes('\ufffd') || /[\0-\x08\x0b-\x1f\x7f]/.test(text))
    throw new CommandError(EXIT.usage, 'the text is not plain text in UTF-8');
  return text;
}

async function readText(file: string): Promise<Uint8Array> {
  try {
    // Too much is refused without being read.
    if ((await stat(file)).size > MAX_VACATION_BYTES) return new Uint8Array(MAX_VACATION_BYTES + 1);
    return await readFile(file);
  } catch (error) {
    throw new CommandError(EXIT.usage, `${file} cannot be read: ${fileFault(error)}`);
  }
}

async function readStandardInput(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of input) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_VACATION_BYTES) break;
  }
  return Buffer.concat(pieces);
}

function inWords({ from, until, everyMs }: Vacation): string {
  const begins = from === undefined ? '' : ` from ${localTime(from)}`;
  const ends = until === undefined ? ' until it is taken off' : ` until ${localTime(until)}`;
  return `answers by itself${begins}${ends}, each sender once in ${formatDuration(everyMs)}`;
}

function inJson({ subject, from, until, everyMs }: Vacation): Record<string, unknown> {
  return {
    subject: subject ?? null,
    from: from === undefined ? null : rfc3339(from),
    until: until === undefined ? null : rfc3339(until),
    everySeconds: everyMs / 1_000,
  };
}
