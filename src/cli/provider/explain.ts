import type { Language, RemoteReply, Stage } from '../../core/envelope.ts';
import { classifyWith, type Verdict } from '../../core/delivery/classify.ts';
import { type Clearing, clearingOf } from '../../core/reputation/clearing.ts';
import { Classifier, codeIn, type Meaning, type Reply } from '../../core/reputation/classifier.ts';
import { ownRules, STAGES } from '../../core/reputation/own.ts';
import { type Particulars, particularsOf } from '../../core/reputation/particulars.ts';
import { withoutEchoes } from '../../core/reputation/echo.ts';
import { wordsOf } from '../../core/reputation/phrase.ts';
import { providerOfRule } from '../../core/reputation/rules/all.ts';
import {
  PROVIDER_CALLS,
  PROVIDER_NAMES,
  providerNamed,
  providerOfMx,
  speakerOf,
} from '../../core/reputation/providers.ts';
import { type Course, reputationWords } from '../../core/reputation/words.ts';
import { nearest } from '../../core/config/nearest.ts';
import { optionOf, readOption, toLanguage, toWord } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { shortened } from '../mailbox/heading.ts';
import { forPeople } from '../output.ts';

export const providerExplain: Command = {
  name: 'provider explain',
  usage: "'REPLY' [--provider NAME] [--mx HOST] [--stage STAGE] [--language en|fr] [--json]",
  summary:
    'Says what a reply of another host means, whose fault it is, what Relais does, and what you can do.',
  options: {
    provider: { type: 'string', doc: 'Who answered, such as gmail or outlook.com.' },
    mx: { type: 'string', doc: 'The host that answered, when its provider has no name.' },
    stage: { type: 'string', doc: `When: ${STAGES.join(', ')}.` },
    language: { type: 'string', doc: 'Of the sentences: en or fr; default dsn.language.' },
  },
  positionals: [1, 1],
  examples: [
    "relais provider explain '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred'",
    "relais provider explain '554 Service refuse' --provider orange --stage banner --language fr",
  ],
  async run(call) {
    const language = readOption(call, 'language', toLanguage) ?? call.config.dsn.language;
    const reply = replyOf(call);
    const { object, lines } = isYes(reply) ? yes(reply, language) : refusal(explain(call, reply), language);
    call.output.item({ schema: 'relais.provider-explain/1', ...object }, aligned(lines).join('\n'));
    if (codeIn(reply.text) === undefined)
      call.output.note(
        `relais: "${shortened(reply.text, 60)}" has no reply code (RFC 5321 section 4.2) and was read by its words alone, as if it refused with 550; give the reply from its code on`,
      );
    return EXIT.done;
  },
};

/** What there is to say, to programs and to people. */
interface Told {
  readonly object: object;
  readonly lines: readonly Line[];
}

type Line = readonly [label: string, text: string | undefined];

/** RFC 5321 4.2.1: 2xx and 3xx. */
function isYes({ text }: Reply): boolean {
  return /^[23]/.test(codeIn(text) ?? '');
}

function yes({ text }: Reply, language: Language): Told {
  const { yes: words, courses, labels } = reputationWords(language);
  return {
    object: { text, means: words.means, course: 'accepted', relais: courses.accepted, advice: words.advice },
    lines: [
      [labels.means, words.means],
      [labels.now, courses.accepted],
      [labels.advice, words.advice],
    ],
  };
}

function refusal(explained: Explained, language: Language): Told {
  return { object: objectOf(explained, language), lines: linesOf(explained, language) };
}

interface Explained {
  readonly reply: Reply;
  readonly provider: string | undefined;
  readonly meaning: Meaning;
  readonly particulars: Particulars;
  readonly clearing: Clearing | undefined;
  readonly course: Course;
  /** The stage that was taken for it, when none was given. */
  readonly stage: Stage;
}

function explain(call: Call, reply: Reply): Explained {
  const own = ownRules(call.config.reply);
  const meaning = new Classifier(own).classify(reply);
  const stage = reply.stage ?? likelyStage(meaning);
  const { words } = wordsOf(withoutEchoes(reply.text));
  const provider =
    providerNamed(reply.provider) ??
    providerOfMx(reply.mx) ??
    speakerOf(words) ??
    providerOfRule(meaning.rule);
  const particulars = particularsOf(reply.text);
  const { list } = particulars;
  return {
    reply,
    provider,
    meaning,
    particulars,
    clearing: meaning.blame === 'reputation' ? clearingOf({ list, provider }) : undefined,
    stage,
    course: courseOf(classifyWith(own)(resultOf(reply, stage)), meaning),
  };
}

function replyOf(call: Call): Reply {
  const [text] = call.positionals as [string];
  const provider = optionOf(call, 'provider');
  if (provider !== undefined && providerNamed(provider) === undefined) {
    const near = nearest(provider, PROVIDER_CALLS);
    const remedy = near === undefined ? `there are ${PROVIDER_NAMES.join(', ')}` : `did you mean ${near}?`;
    throw new CommandError(EXIT.nothing, `there is no provider "${provider}": ${remedy}`);
  }
  return {
    text,
    provider,
    mx: optionOf(call, 'mx'),
    stage: readOption(call, 'stage', (one) => toWord(one, STAGES)),
  };
}

/** Where such a thing is mostly said. */
function likelyStage({ scope }: Meaning): Stage {
  return scope === 'content' || scope === 'message' ? 'end-of-data' : 'rcpt';
}

/** A text without its code is taken for one of a reply that refuses for good: without any code nobody answered. */
function resultOf({ text, mx }: Reply, stage: Stage): { accepted: false; reply: RemoteReply } {
  const code = codeIn(text) ?? (SILENT.has(stage) ? undefined : '550');
  const { enhanced } = wordsOf(withoutEchoes(text), code);
  const reply = {
    stage,
    text,
    afterMs: 0,
    ...(code === undefined ? {} : { code: Number(code) }),
    ...(enhanced === undefined ? {} : { enhanced }),
    ...(mx === undefined ? {} : { remote: mx }),
  };
  return { accepted: false, reply };
}

/** Where nobody may have answered yet. */
const SILENT: ReadonlySet<Stage> = new Set(['route', 'connect', 'tls']);

function courseOf(verdict: Verdict, { blame }: Meaning): Course {
  switch (verdict.kind) {
    case 'path-trouble':
      return `path-${verdict.blame}`;
    case 'deferred':
      if (verdict.blame !== 'unknown') return 'deferred';
      return ['recipient', 'message', 'unknown'].includes(blame) ? 'doubted' : 'held';
    case 'failed':
      return 'failed';
    case 'delivered':
      return 'accepted';
    default:
      return verdict satisfies never;
  }
}

function linesOf(explained: Explained, language: Language): Line[] {
  const { provider, meaning, particulars, clearing, course } = explained;
  const { classes, blames, confidences, courses, labels } = reputationWords(language);
  const { class: name, blame, confidence, rule } = meaning;
  const { list, url, address, waitMs } = particulars;
  const named = [provider, list, address].filter((one) => one !== undefined);
  return [
    [labels.means, classes[name].means],
    [labels.fault, `${blames[blame]} (${confidences[confidence]})`],
    [labels.now, courses[course]],
    [labels.advice, classes[name].advice],
    [labels.clears, clearing?.[language]],
    [labels.ask, mayAsk(meaning) ? (url ?? clearing?.ask) : undefined],
    [labels.waits, waitMs === undefined ? undefined : forPeople(waitMs)],
    [labels.names, named.length === 0 ? undefined : named.join(', ')],
    [labels.read, `${name}, ${rule}`],
  ];
}

function aligned(lines: readonly Line[]): string[] {
  const shown = lines.filter((line): line is readonly [string, string] => line[1] !== undefined);
  const width = Math.max(...shown.map(([label]) => label.length));
  return shown.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
}

/** A page is worth a visit only where asking there changes something. */
function mayAsk({ blame }: Meaning): boolean {
  return blame === 'reputation' || blame === 'sender';
}

function objectOf(explained: Explained, language: Language): object {
  const { reply, provider, meaning, particulars, clearing, course, stage } = explained;
  const { classes, courses } = reputationWords(language);
  return {
    text: reply.text,
    stage,
    ...(provider === undefined ? {} : { provider }),
    ...meaning,
    ...particulars,
    means: classes[meaning.class].means,
    course,
    relais: courses[course],
    advice: classes[meaning.class].advice,
    ...(clearing === undefined ? {} : { clears: clearing[language], ask: clearing.ask }),
  };
}
