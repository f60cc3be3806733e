/**
 * The arguments of sendmail, as forty years of programs write them. What Postfix honours is honoured; the rest is read
 * over, so that no cron job or web application breaks on a flag that means nothing here.
 */
import { CommandError } from '../command.ts';
import type { Notify } from '../../core/envelope.ts';

/** sysexits(3). */
export const SYSEXITS = { done: 0, usage: 64, data: 65, noUser: 67, later: 75, config: 78 } as const;

export interface SendmailFlags {
  /** `queue`: -bp. `flush`: -q. `nothing`: -bi, newaliases. */
  readonly mode: 'send' | 'queue' | 'flush' | 'nothing' | 'help';
  readonly config?: string;
  readonly data?: string;
  readonly json: boolean;
  /** -t: the recipients stand in the header. */
  readonly fromHeader: boolean;
  /** Not -i: a line with nothing but a dot ends the message. */
  readonly dotEnds: boolean;
  /** -f, -r */
  readonly sender?: string;
  /** -F */
  readonly fullName?: string;
  /** -N */
  readonly notify?: readonly Notify[];
  /** -R */
  readonly ret?: 'FULL' | 'HDRS';
  /** -V */
  readonly envid?: string;
  readonly recipients: readonly string[];
}

/** Letters that take a value, here or in the next argument. */
const WITH_VALUE = 'ABCFLNORVXbefhopr';
/** Letters that take none. */
const ALONE = 'GIUcimnqtvx';

type Draft = { -readonly [Key in keyof SendmailFlags]: SendmailFlags[Key] } & { recipients: string[] };

export function readFlags(args: readonly string[]): SendmailFlags {
  const draft: Draft = { mode: 'send', json: false, fromHeader: false, dotEnds: true, recipients: [] };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      draft.recipients.push(...rest.splice(0));
    } else if (word.startsWith('--')) {
      longOption(draft, word.slice(2), rest);
    } else if (word.startsWith('-') && word.length > 1) {
      letters(draft, word.slice(1), rest);
    } else {
      draft.recipients.push(word);
    }
  }
  return draft;
}

/** Our own, the same as of every command. */
function longOption(draft: Draft, text: string, rest: string[]): void {
  const [name, ...value] = text.split('=');
  switch (name) {
    case 'config':
    case 'data':
      draft[name] = value.length > 0 ? value.join('=') : (rest.shift() ?? '');
      return;
    case 'json':
      draft.json = true;
      return;
    case 'help':
      draft.mode = 'help';
      return;
    default:
    // Read over, like every flag that is not known here.
  }
}

function letters(draft: Draft, word: string, rest: string[]): void {
  for (let at = 0; at < word.length; at++) {
    const letter = word.charAt(at);
    if (WITH_VALUE.includes(letter)) {
      const attached = word.slice(at + 1);
      withValue(draft, letter, attached === '' ? (rest.shift() ?? '') : attached);
      return;
    }
    if (letter === 't') draft.fromHeader = true;
    if (letter === 'i') draft.dotEnds = false;
    // -q takes an interval, which is for the server to know.
    if (letter === 'q') draft.mode = 'flush';
    if (letter === 'q' || !ALONE.includes(letter)) return;
  }
}

function withValue(draft: Draft, letter: string, value: string): void {
  switch (letter) {
    case 'f':
    case 'r':
      draft.sender = value;
      return;
    case 'F':
      draft.fullName = value;
      return;
    case 'o':
      if (value.startsWith('i')) draft.dotEnds = false;
      return;
    case 'b':
      draft.mode = modeOf(value);
      return;
    case 'N':
      draft.notify = notifyOf(value);
      return;
    case 'R':
      draft.ret = value.toLowerCase() === 'full' ? 'FULL' : 'HDRS';
      return;
    case 'V':
      draft.envid = value;
      return;
    default:
    // Read over.
  }
}

function modeOf(letter: string): SendmailFlags['mode'] {
  switch (letter) {
    case 'm':
      return 'send';
    case 'p':
      return 'queue';
    case 'i':
      return 'nothing';
    default:
      throw new CommandError(
        SYSEXITS.usage,
        `sendmail -b${letter} is not done here; relais serve runs the server`,
      );
  }
}

function notifyOf(value: string): readonly Notify[] {
  const words = value
    .toUpperCase()
    .split(',')
    .map((word) => word.trim());
  const wrong = words.find((word) => !['NEVER', 'SUCCESS', 'FAILURE', 'DELAY'].includes(word));
  if (wrong !== undefined || (words.includes('NEVER') && words.length > 1)) {
    throw new CommandError(SYSEXITS.usage, `-N ${value}: write never, or a list of success, failure, delay`);
  }
  return words as Notify[];
}
