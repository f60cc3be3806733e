/** What people write on a command line, checked: each function returns the value or says what to write instead. */
import { parseDay } from '../base/calendar.ts';
import { parseDuration, UnitError } from '../base/units.ts';
import { nearest } from '../core/config/nearest.ts';
import type { Language } from '../core/envelope.ts';
import { normalise } from '../core/intake/recipient.ts';
import { parseDomain } from '../wire/address/domain.ts';
import { formatMailbox, parseMailbox } from '../wire/address/mailbox.ts';
import { type Call, type Command, CommandError, EXIT, type OptionSpec } from './command.ts';

/**
 * No command means anything by an empty value: it comes of a variable of the caller's that is not set. What has an empty key
 * is called by a word: `unrouted`, `<>`. Throws.
 */
export function refuseEmpty(
  command: Pick<Command, 'name' | 'usage' | 'examples'>,
  specs: Readonly<Record<string, OptionSpec>>,
  { values, positionals }: { values: Call['options']; positionals: readonly string[] },
): void {
  for (const [name, value] of Object.entries(values)) {
    if (![value].flat().some((one) => typeof one === 'string' && one.trim() === '')) continue;
    const doc = specs[name]?.doc ?? '';
    const orNot = command.usage.includes(`[--${name}`) ? ', or leave it out' : '';
    throw new CommandError(EXIT.usage, `--${name} is empty: write a value${orNot}. It means: ${doc}`);
  }
  const index = positionals.findIndex((one) => one.trim() === '');
  if (index < 0) return;
  const what = command.usage.split(' ')[index]?.replaceAll(/[[\]']/g, '') ?? `argument ${index + 1}`;
  const example = command.examples?.find((one) => one !== `relais ${command.name}`);
  const such = example === undefined ? '' : `, such as: ${example}`;
  throw new CommandError(
    EXIT.usage,
    `${what} is empty: write relais ${command.name} ${command.usage}${such}`,
  );
}

/** The value of an option that takes one. */
export function optionOf({ options }: Pick<Call, 'options'>, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The value of an option as `read` understands it; undefined when it was not given. Throws, naming the option. */
export function readOption<Value>(
  call: Pick<Call, 'options'>,
  name: string,
  read: (text: string) => Value,
): Value | undefined {
  const text = optionOf(call, name);
  return text === undefined ? undefined : inOption(name, text, () => read(text));
}

/** Whether a switch was given. */
export function isGiven({ options }: Pick<Call, 'options'>, name: string): boolean {
  return options[name] === true;
}

/** A domain in its normal form. */
export function toDomain(text: string): string {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw wrong(text, parsed.why);
  if (parsed.domain.startsWith('[')) throw wrong(text, 'a domain is a name, such as example.org');
  return parsed.domain;
}

/** Whoever has several domains, in a word. */
export function toTenant(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(text)) return text.toLowerCase();
  throw wrong(text, 'write a name of letters, digits, ".", "-" and "_", 63 at most, such as acme');
}

/** An address of ours: without case. */
export function toAddress(text: string): string {
  return normalise(toOutsideAddress(text));
}

/** An address elsewhere: its local part stays as written. */
export function toOutsideAddress(text: string): string {
  const parsed = parseMailbox(text);
  if (!parsed.ok) throw wrong(text, `${parsed.why}; write it as name@example.org`);
  return formatMailbox(parsed.mailbox);
}

/** The sender of an envelope; `<>` is the empty one, of notices. */
export function toSender(text: string): string {
  return text === '<>' ? '' : toOutsideAddress(text);
}

export function toLanguage(text: string): Language {
  return toWord(text, ['en', 'fr']);
}

/** One of a closed list of words. */
export function toWord<Word extends string>(text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const near = nearest(text, words);
  const hint = near === undefined ? '' : `did you mean ${near}? `;
  throw wrong(text, `${hint}write one of ${words.join(', ')}`);
}

/** A whole number from 1. */
export function toCount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < 1) throw wrong(text, 'write a whole number from 1');
  return value;
}

/** What an option that is a length of time allows, as people write it. */
export interface Allowed {
  readonly least: string;
  readonly most: string;
  /** What to do for longer. */
  readonly further?: string;
}

/** The length of time of an option, ms; undefined when it was not given. */
export function durationOf(call: Pick<Call, 'options'>, name: string, allowed: Allowed): number | undefined {
  const text = optionOf(call, name);
  if (text === undefined) return undefined;
  const ms = inOption(name, text, () => parseDuration(text));
  const { least, most, further } = allowed;
  if (ms >= parseDuration(least) && ms <= parseDuration(most)) return ms;
  const then = further === undefined ? '' : `; ${further}`;
  throw new CommandError(
    EXIT.usage,
    `--${name} ${text} is out of range: write a time from ${least} to ${most}${then}`,
  );
}

/** The moment of an option, ms; undefined when it was not given. */
export function momentOf(call: Pick<Call, 'options'>, name: string, now: number): number | undefined {
  const at = readOption(call, name, (text) => toMoment(text, now));
  if (at === undefined || at >= 0) return at;
  throw new CommandError(
    EXIT.usage,
    `--${name} ${optionOf(call, name)} is out of range: write a time or a date after ${new Date(0).getUTCFullYear()}`,
  );
}

function inOption<Value>(name: string, text: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnitError) throw new CommandError(EXIT.usage, `--${name} ${text}: ${error.remedy}`);
    throw error instanceof CommandError
      ? new CommandError(error.exitCode, `--${name}: ${error.message}`)
      : error;
  }
}

/** A moment, ms: `24h` is a day ago; otherwise a date, with or without its time, local unless it says a zone. */
export function toMoment(text: string, now: number): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)/i.test(text)) return now - parseDuration(text);
  const local = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  const at =
    /^\d{4}-\d\d-\d\dT/.test(local) && parseDay(local.slice(0, 10)) !== undefined
      ? Date.parse(local)
      : Number.NaN;
  if (Number.isNaN(at))
    throw wrong(
      text,
      'write how long ago, such as 24h, or a date that there is, such as 2018-03-12 or 2018-03-12T08:00:00Z',
    );
  return at;
}

/** For a change that is to be told later. */
export function neededReason(call: Call): string {
  const reason = optionOf(call, 'reason')?.trim();
  if (reason === undefined || reason === '') {
    throw new CommandError(
      EXIT.usage,
      'say why, with --reason: it is kept with what you change, for whoever asks later',
    );
  }
  if (/\p{Cc}/u.test(reason)) throw wrong(reason, 'a reason is one line');
  return reason;
}

function wrong(text: string, why: string): CommandError {
  return new CommandError(EXIT.usage, `"${text}" will not do: ${why}`);
}

/** A command line to copy: quoted for the shell, on the same configuration and data as this call. */
export function commandLine(call: Pick<Call, 'options'>, words: readonly string[]): string {
  const same = ['config', 'data'].flatMap((name) => {
    const value = optionOf(call, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return ['relais', ...words, ...same].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
