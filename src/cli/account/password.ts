/** Where the password of an account comes from: standard input, the keyboard, or made here. */
import { systemRandom } from '../../base/random.ts';
import { type Credentials, formatScramKeys, makeCredentials } from '../../core/directory/password.ts';
import { isGiven } from '../arguments.ts';
import { type Call, CommandError, EXIT, type OptionSpec, type Streams } from '../command.ts';

export const PASSWORD_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  'password-stdin': { type: 'boolean', doc: 'Read the password from standard input: its first line.' },
  ask: { type: 'boolean', doc: 'Ask for the password twice at the keyboard.' },
};

/** What the store keeps of a password, and the password itself when it was made here and must be told. */
export interface ChosenPassword {
  readonly password: string;
  readonly scram: string;
  readonly made?: string;
}

/** Below this a password falls to guessing (NIST SP 800-63B 5.1.1). */
const SHORT_CHARS = 8;
/** 20 of 32 letters: 100 bits. */
const GROUPS = 4;
const GROUP_CHARS = 5;
/** None that look alike. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz234567892';
const HOW_TO_GIVE =
  'To give one without a keyboard: printf \'%s\\n\' "$PASSWORD" | relais account add|passwd ADDRESS --password-stdin';
const CONTROL_C = '\u0003';
const CONTROL_D = '\u0004';

export async function choosePassword(call: Call): Promise<ChosenPassword> {
  const [given, ask] = [isGiven(call, 'password-stdin'), isGiven(call, 'ask')];
  if (given && ask) throw new CommandError(EXIT.usage, 'write --password-stdin or --ask, not both');
  if (!given && !ask) {
    const made = makePassword();
    return { ...kept(await makeCredentials(made, systemRandom)), made };
  }
  const password = given ? await firstLine(call.streams.in) : await askTwice(call.streams);
  if ([...password].length < SHORT_CHARS) {
    call.output.note(`this password has fewer than ${SHORT_CHARS} characters: it will be guessed`);
  }
  return kept(await credentials(password));
}

/** Once it is kept: a password that was made here. */
export function tellMade(call: Call, made: string): void {
  call.output.say(`Password: ${made}\n(It is shown this once and kept nowhere.)`);
  // Whoever pipes a password in and forgets the switch would wonder why it does not work.
  if (call.streams.in.isTTY !== true)
    call.output.note(`no password was given, so one was made. ${HOW_TO_GIVE}`);
}

/** A password that is there already, of another server: from standard input, or asked for once. */
export async function readPassword(call: Call, of: string): Promise<string> {
  const { in: input, err } = call.streams;
  const [given, ask] = [isGiven(call, 'password-stdin'), isGiven(call, 'ask')];
  if (given && ask) throw new CommandError(EXIT.usage, 'write --password-stdin or --ask, not both');
  if (!given && !ask && input.isTTY !== true)
    throw new CommandError(
      EXIT.usage,
      `the password of ${of} is needed: pipe it in and write --password-stdin, or write --ask`,
    );
  const password = given ? await firstLine(input) : await asked({ in: input, err }, `Password of ${of}: `);
  if (password !== '') return password;
  throw new CommandError(EXIT.usage, `the password of ${of} is empty`);
}

/** At a terminal, without showing what is typed. */
async function asked({ in: input, err }: Pick<Streams, 'in' | 'err'>, question: string): Promise<string> {
  if (input.isTTY !== true || input.setRawMode === undefined)
    throw new CommandError(EXIT.usage, 'there is no keyboard to ask at: pipe it in, with --password-stdin');
  input.setRawMode(true);
  try {
    err.write(question);
    const typed = await typedLines(input).next();
    err.write('\n');
    return typed.value ?? '';
  } finally {
    input.setRawMode(false);
  }
}

function credentials(password: string): Promise<Credentials> {
  return makeCredentials(password, systemRandom).catch((error: Error) => {
    if (error instanceof RangeError || error instanceof TypeError)
      throw new CommandError(EXIT.failed, error.message);
    throw error;
  });
}

function kept({ hash, scram }: Credentials): ChosenPassword {
  return { password: hash, scram: formatScramKeys(scram) };
}

function makePassword(): string {
  const letters = [...systemRandom.bytes(GROUPS * GROUP_CHARS)]
    .map((byte) => LETTERS.charAt(byte & 31))
    .join('');
  return (letters.match(new RegExp(`.{${GROUP_CHARS}}`, 'g')) as string[]).join('-');
}

async function firstLine(input: Streams['in']): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of input) pieces.push(piece);
  return Buffer.concat(pieces).toString().split(/\r?\n/, 1)[0] as string;
}

/** At a terminal, without showing what is typed. */
async function askTwice({ in: input, err }: Streams): Promise<string> {
  if (input.isTTY !== true || input.setRawMode === undefined) {
    throw new CommandError(
      EXIT.usage,
      `there is no keyboard to ask at. ${HOW_TO_GIVE}; or write neither switch, and one is made`,
    );
  }
  input.setRawMode(true);
  try {
    const typed = typedLines(input);
    err.write('Password: ');
    const once = await typed.next();
    err.write('\nThe same again: ');
    const twice = await typed.next();
    err.write('\n');
    if (once.value === twice.value && once.value !== undefined) return once.value;
    throw new CommandError(EXIT.failed, 'the two were not the same; nothing is changed');
  } finally {
    input.setRawMode(false);
  }
}

async function* typedLines(input: Streams['in']): AsyncGenerator<string, undefined> {
  let line = '';
  for await (const piece of input) {
    for (const char of Buffer.from(piece).toString()) {
      if (char === CONTROL_C || char === CONTROL_D)
        throw new CommandError(EXIT.failed, 'given up; nothing is changed');
      if (char === '\r' || char === '\n') {
        yield line;
        line = '';
      } else line = char === '\u007f' || char === '\b' ? [...line].slice(0, -1).join('') : line + char;
    }
  }
}
