import { nearest } from '../../core/config/nearest.ts';
import { Classifier, codeIn, type Meaning, type Reply } from '../../core/reputation/classifier.ts';
import { ownRules, STAGES } from '../../core/reputation/own.ts';
import { type Particulars, particularsOf } from '../../core/reputation/particulars.ts';
import { PROVIDER_CALLS, PROVIDER_NAMES, providerNamed } from '../../core/reputation/providers.ts';
import { reputationWords } from '../../core/reputation/words.ts';
import type { Stage } from '../../core/envelope.ts';
import { type Call, type Command, EXIT, type Streams } from '../command.ts';
import { counted, written } from '../output.ts';

/** A longer line is not read. */
const MOST_LINE = 65_536;
/** Of a wrong value so much is told, characters. */
const MOST_QUOTED = 60;

export const providerClassify: Command = {
  name: 'provider classify',
  usage: '[--json] <REPLIES.jsonl',
  summary:
    'Says of each reply on standard input what it means: its class, what it is about, whose fault it is.',
  options: {},
  positionals: [0, 0],
  examples: [
    `echo '{"provider":"gmail","code":550,"text":"550 5.1.1 No such user"}' | relais provider classify --json`,
  ],
  async run(call) {
    const classifier = new Classifier(ownRules(call.config.reply));
    let number = 0;
    let wrong = 0;
    let strangers = 0;
    for await (const lines of linesOf(call.streams)) {
      const told = lines.map((line) => {
        number++;
        if (line !== undefined && line.trim() === '') return '';
        const { text, isWrong, isStranger } = answer(call, { line, number, classifier });
        if (isWrong) wrong++;
        if (isStranger) strangers++;
        return `${text}\n`;
      });
      await written(call.streams.out, told.join(''));
    }
    if (strangers > 0)
      call.output.note(
        `relais: ${counted(strangers, 'line')} of ${number} named a provider that has no name here, and ${strangers === 1 ? 'was' : 'were'} read without it.`,
      );
    if (wrong === 0) return EXIT.done;
    call.output.note(`relais: ${counted(wrong, 'line')} of ${number} could not be read.`);
    return EXIT.failed;
  },
};

interface Asked {
  /** Nothing: it is too long. */
  readonly line: string | undefined;
  readonly number: number;
  readonly classifier: Classifier;
}

interface Answer {
  readonly text: string;
  readonly isWrong?: true;
  /** It names a provider that has no name here. */
  readonly isStranger?: true;
}

/** One line in, one line out. */
function answer({ output, config }: Call, { line, number, classifier }: Asked): Answer {
  const read = replyOf(line);
  if ('mistake' in read) {
    const error = `line ${number}: ${read.mistake}`;
    return { text: output.json ? JSON.stringify({ line: number, error }) : error, isWrong: true };
  }
  const { input, reply } = read;
  const warning = strangerIn(reply);
  const more = warning === undefined ? {} : ({ isStranger: true } as const);
  const warned = warning === undefined ? {} : { warning };
  if (isYes(reply)) {
    const { means } = reputationWords(config.dsn.language).yes;
    const object = { ...input, class: 'accepted', course: 'accepted', means, ...warned };
    const text = output.json ? JSON.stringify(object) : `accepted, no refusal: ${inOneLine(reply.text)}`;
    return { text, ...more };
  }
  const meaning = classifier.classify(reply);
  const particulars = particularsOf(reply.text);
  const object = { ...input, ...meaning, ...particulars, ...warned };
  return { text: output.json ? JSON.stringify(object) : inWords(meaning, particulars, reply.text), ...more };
}

/** RFC 5321 4.2.1: 2xx and 3xx. */
function isYes({ code, text }: Reply): boolean {
  return /^[23]/.test(code === undefined ? (codeIn(text) ?? '') : String(code));
}

/** Files of replies have many hosts that are nobody's whom we know: those are read without a provider, and that is said. */
function strangerIn({ provider }: Reply): string | undefined {
  if (provider === undefined || providerNamed(provider) !== undefined) return undefined;
  const near = nearest(provider, PROVIDER_CALLS);
  const remedy = near === undefined ? `there are ${PROVIDER_NAMES.join(', ')}` : `did you mean "${near}"?`;
  return `"provider" is ${JSON.stringify(provider.slice(0, MOST_QUOTED))}, which has no name here: read without it; ${remedy}`;
}

function inWords(meaning: Meaning, { list }: Particulars, text: string): string {
  const { class: name, scope, blame, confidence, rule } = meaning;
  const named = list === undefined ? '' : `, ${list}`;
  return `${name} (${scope}; fault: ${blame}; ${confidence}; ${rule}${named}): ${inOneLine(text)}`;
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

type ReadLine =
  | { readonly input: Readonly<Record<string, unknown>>; readonly reply: Reply }
  | { readonly mistake: string };

function replyOf(line: string | undefined): ReadLine {
  if (line === undefined) return { mistake: `it is longer than ${MOST_LINE} octets` };
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch {
    return { mistake: 'it is not JSON' };
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { mistake: 'it is no object, such as {"code":550,"text":"…"}' };
  const fields = input as Readonly<Record<string, unknown>>;
  try {
    return { input: fields, reply: replyIn(fields) };
  } catch (error) {
    if (error instanceof WrongField) return { mistake: error.message };
    throw error;
  }
}

/** What is wrong with a field, and what to write instead. */
class WrongField extends Error {
  constructor(name: string, value: unknown, remedy: string) {
    super(`"${name}" is ${JSON.stringify(value)?.slice(0, MOST_QUOTED) ?? 'missing'}: ${remedy}`);
  }
}

/** Throws a WrongField. */
function replyIn(fields: Readonly<Record<string, unknown>>): Reply {
  const text = textIn(fields, 'text', TEXT_REMEDY);
  if (text === undefined || text.trim() === '') throw new WrongField('text', fields['text'], TEXT_REMEDY);
  const enhanced = textIn(fields, 'enhanced', ENHANCED_REMEDY);
  if (enhanced !== undefined && !ENHANCED.test(enhanced))
    throw new WrongField('enhanced', enhanced, ENHANCED_REMEDY);
  return {
    text,
    code: codeOf(fields['code']),
    enhanced,
    provider: textIn(fields, 'provider', 'write a name in quotes, such as "gmail"'),
    mx: textIn(fields, 'mx', 'write a host name in quotes, such as "mx1.example.org"'),
    stage: stageOf(textIn(fields, 'stage', STAGE_REMEDY)),
  };
}

const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}$/;
const ENHANCED_REMEDY = 'write a code of RFC 3463 in quotes, such as "5.1.1", or leave it out';
const TEXT_REMEDY = 'write the words of the reply, such as "550 5.1.1 No such user"';
const STAGE_REMEDY = `write one of ${STAGES.join(', ')}, or leave it out`;

/** 2xx to 5xx (RFC 5321 4.2.1). Whoever has none leaves it out. */
function codeOf(code: unknown): number | undefined {
  if (code === undefined || code === null || code === '') return undefined;
  const number = typeof code === 'number' ? code : typeof code === 'string' ? Number(code) : Number.NaN;
  if (Number.isInteger(number) && number >= 200 && number <= 599) return number;
  throw new WrongField('code', code, 'write a reply code from 200 to 599, such as 550, or leave it out');
}

function textIn(fields: Readonly<Record<string, unknown>>, name: string, remedy: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new WrongField(name, value, remedy);
}

function stageOf(name: string | undefined): Stage | undefined {
  if (name === undefined) return undefined;
  const stage = STAGES.find((one) => one === name.toLowerCase());
  if (stage !== undefined) return stage;
  const near = nearest(name, STAGES);
  throw new WrongField('stage', name, near === undefined ? STAGE_REMEDY : `did you mean "${near}"?`);
}

/** Lines as they come, a piece of input at a time; `undefined` for one that is too long. */
async function* linesOf({ in: input }: Streams): AsyncGenerator<(string | undefined)[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let isTooLong = false;
  for await (const piece of input) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = parts.pop() as string;
    const lines = parts.map((part, index) => {
      const long = part.length > MOST_LINE || (index === 0 && isTooLong);
      return long ? undefined : part;
    });
    if (parts.length > 0) isTooLong = false;
    if (rest.length > MOST_LINE) {
      isTooLong = true;
      rest = '';
    }
    yield lines;
  }
  rest += decoder.decode();
  if (isTooLong) yield [undefined];
  else if (rest !== '') yield [rest];
}
