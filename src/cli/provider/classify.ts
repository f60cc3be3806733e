import { Classifier, type Meaning, type Reply } from '../../core/reputation/classifier.ts';
import { ownRules, STAGES } from '../../core/reputation/own.ts';
import { type Particulars, particularsOf } from '../../core/reputation/particulars.ts';
import type { Stage } from '../../core/envelope.ts';
import { type Call, type Command, EXIT, type Streams } from '../command.ts';
import { counted, written } from '../output.ts';

/** A longer line is not read. */
const MOST_LINE = 65_536;

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
    for await (const lines of linesOf(call.streams)) {
      const told = lines.map((line) => {
        number++;
        if (line !== undefined && line.trim() === '') return '';
        const { text, isWrong } = answer(call, { line, number, classifier });
        if (isWrong) wrong++;
        return `${text}\n`;
      });
      await written(call.streams.out, told.join(''));
    }
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

/** One line in, one line out. */
function answer({ output }: Call, { line, number, classifier }: Asked): { text: string; isWrong?: true } {
  const read = replyOf(line);
  if ('mistake' in read) {
    const error = `line ${number}: ${read.mistake}`;
    return { text: output.json ? JSON.stringify({ line: number, error }) : error, isWrong: true };
  }
  const meaning = classifier.classify(read.reply);
  const particulars = particularsOf(read.reply.text);
  const object = { ...read.input, ...meaning, ...particulars };
  return { text: output.json ? JSON.stringify(object) : inWords(meaning, particulars, read.reply.text) };
}

function inWords(meaning: Meaning, { list }: Particulars, text: string): string {
  const { class: name, scope, blame, confidence, rule } = meaning;
  const named = list === undefined ? '' : `, ${list}`;
  return `${name} (${scope}; fault: ${blame}; ${confidence}; ${rule}${named}): ${text.replaceAll(/\s+/g, ' ')}`;
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
  const { text, code, enhanced, provider, mx, stage } = input as Record<string, unknown>;
  if (typeof text !== 'string') return { mistake: 'it has no "text", the words of the reply' };
  const number = numberOf(code);
  if (number === 'wrong') return { mistake: '"code" is no reply code, such as 550' };
  return {
    input: input as Record<string, unknown>,
    reply: {
      text,
      code: number,
      enhanced: textOf(enhanced),
      provider: textOf(provider),
      mx: textOf(mx),
      stage: stageOf(stage),
    },
  };
}

function numberOf(code: unknown): number | undefined | 'wrong' {
  if (code === undefined || code === null || code === '') return undefined;
  const number = typeof code === 'number' ? code : typeof code === 'string' ? Number(code) : Number.NaN;
  return Number.isInteger(number) && number >= 100 && number <= 999 ? number : 'wrong';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Who does not know the stage by our names leaves it out; other names say nothing. */
export function stageOf(value: unknown): Stage | undefined {
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  return STAGES.find((stage) => stage === name);
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
