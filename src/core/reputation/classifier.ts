/**
 * What a reply means: the reply classifier.
 *
 * The tables under rules/ are asked in an order: what operators wrote, whose reply it is, the list that it names, what
 * it says, its enhanced code, its code. A rule may ask for a stage, because the same words mean our address at the
 * banner and the message at its end. The first rule that holds decides; where none does, the reply is unknown, and
 * nobody guesses. A rule that may end a delivery does not hold where the reply also speaks of us, of our sender or of a
 * trouble of theirs (rules/others.ts).
 *
 * Only what a far end said comes here: our own words about a reply that never came are marked as ours (no code) and are
 * read where they are made (delivery/classify.ts).
 */
import type { Blame, Stage } from '../envelope.ts';
import { blameOf, CLASSES, type Confidence, type ReplyClass, type Scope } from './meaning.ts';
import { withoutDomains, withoutEchoes, withoutLocalParts } from './echo.ts';
import { PhraseBook, type Words, wordsOf } from './phrase.ts';
import { providerNamed, providerOfMx, speakerOf } from './providers.ts';
import { BEFORE_MAIL, EVERY_TOPIC, type Rule, type RuleTable, type Topic } from './rule.ts';
import { TABLES } from './rules/all.ts';
import { TOPICS } from './rules/others.ts';
import { NOBODY_THERE, NOBODY_THERE_CODE } from './rules/outright.ts';

/** What a far end said, as far as it is known. */
export interface Reply {
  /** By a name of providers.ts, or one that people call it by. */
  readonly provider?: string | undefined;
  /** The host that answered, when its provider is not known. */
  readonly mx?: string | undefined;
  readonly stage?: Stage | undefined;
  /** Read from the text when it is not given. */
  readonly code?: number | undefined;
  readonly enhanced?: string | undefined;
  readonly text: string;
  /** Addresses that we said before it, and that it may say back: they are not read. */
  readonly said?: readonly string[] | undefined;
}

export interface Meaning {
  readonly class: ReplyClass;
  readonly scope: Scope;
  readonly blame: Blame;
  readonly confidence: Confidence;
  /** The rule that read it; `none` when no rule did. */
  readonly rule: string;
}

const UNKNOWN: Meaning = {
  class: 'unknown',
  scope: 'unknown',
  blame: 'unknown',
  confidence: 'low',
  rule: 'none',
};

/** Readings that marks of 32 bits can tell apart. */
const MOST_READINGS = 2 ** 32 - 2;
/** What ends a delivery, and what never does. */
const BOUNCING: ReadonlySet<Scope> = new Set(['recipient', 'content', 'message']);
/** What can be said of nobody before a recipient was named: at MAIL it is the sender's address that is not found. */
const OF_ONE_RECIPIENT: ReadonlySet<ReplyClass> = new Set([
  'recipient-unknown',
  'recipient-inactive',
  'recipient-rate',
  'recipient-restricted',
  'mailbox-full',
]);
const BEFORE_RECIPIENTS: readonly Stage[] = [...BEFORE_MAIL, 'auth', 'mail'];
const KEEPING: ReadonlySet<Scope> = new Set(['ip', 'rate', 'local', 'remote-outage', 'account-domain']);

/** A rule that is ready to be asked. */
interface Ready {
  readonly rule: Rule;
  readonly meaning: Meaning;
  readonly unless: readonly number[];
  /** The ranks of these topics. */
  readonly unlessOf: readonly number[];
  readonly enhanced: ((code: string) => boolean) | undefined;
}

/** What of a reply the rules ask for. */
interface Read {
  /** Few rules ask for these two, so they are worked out when one does. */
  provider(): string | undefined;
  stage(): Stage | undefined;
  readonly code: string;
  readonly enhanced: string;
  has(phrase: number): boolean;
  /** By rank: the reading that met it last, and the one that this is. */
  readonly met: Uint32Array;
  readonly reading: number;
}

export class Classifier {
  readonly #book = new PhraseBook();
  readonly #rules: readonly Ready[];
  /** By phrase: the ranks of the rules that it speaks for, and of the topics, which come after the rules. */
  readonly #byPhrase: number[][] = [];
  /** By phrase, and by rank: the reading that met it last. */
  readonly #phraseMet: Uint32Array;
  readonly #ruleMet: Uint32Array;
  /** By rule: 1 when it asks for no phrase. */
  readonly #isWordless: Uint8Array;
  /** How many rules there are: the topics come after them. */
  readonly #count: number;
  readonly #topics: readonly number[];
  /** How many of the rules are the operator's. */
  readonly #own: number;
  readonly #nobodyThere: { readonly says: readonly number[]; readonly unless: readonly number[] };
  #reading = 0;

  /** `own`: the operator's rules, which are asked first. Throws a PhraseError for a phrase that cannot be. */
  constructor(own: RuleTable = [], tables: readonly RuleTable[] = TABLES) {
    this.#own = own.length;
    this.#nobodyThere = {
      says: this.#phrases(NOBODY_THERE.says),
      unless: this.#phrases(NOBODY_THERE.unless),
    };
    const rules = [own, ...tables].flat();
    this.#count = rules.length;
    this.#topics = EVERY_TOPIC.map((topic) => this.#rankOf(topic));
    this.#rules = rules.map((rule, rank) => this.#prepare(rule, rank));
    for (const topic of EVERY_TOPIC) this.#speaksFor(this.#rankOf(topic), this.#phrases(TOPICS[topic]));
    this.#phraseMet = new Uint32Array(this.#book.size);
    this.#ruleMet = new Uint32Array(this.#count + EVERY_TOPIC.length);
    this.#isWordless = Uint8Array.from(this.#rules, ({ rule }) => (rule.says === undefined ? 1 : 0));
  }

  get rules(): readonly Rule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  #prepare(rule: Rule, rank: number): Ready {
    this.#speaksFor(rank, this.#phrases(rule.says));
    const scope = rule.scope ?? CLASSES[rule.class];
    const { class: name, confidence = 'medium', id } = rule;
    return {
      rule,
      meaning: { class: name, scope, blame: blameOf(name, scope), confidence, rule: id },
      unless: this.#phrases(rule.unless),
      unlessOf: (rule.unlessOf ?? []).map((topic) => this.#rankOf(topic)),
      enhanced: rule.enhanced === undefined ? undefined : enhancedTest(rule.enhanced),
    };
  }

  #rankOf(topic: Topic): number {
    return this.#count + EVERY_TOPIC.indexOf(topic);
  }

  #speaksFor(rank: number, phrases: readonly number[]): void {
    for (const phrase of phrases) (this.#byPhrase[phrase] ??= []).push(rank);
  }

  #phrases(lines: string | undefined): number[] {
    const written = (lines ?? '').split(/[\n;]/).filter((line) => line.trim() !== '');
    return written.flatMap((line) => this.#book.add(line.trim()));
  }

  classify(reply: Reply): Meaning {
    const { meaning, isOfRecipient } = this.#meaningOf(reply);
    const { said = [] } = reply;
    if (isOfRecipient || !BOUNCING.has(meaning.scope) || !said.some(isOneWord)) return meaning;
    // One word that we said may be the reply's own as well: to a mailbox called `spamhaus` nothing bounces for that.
    const longer = said.filter((address) => !isOneWord(address));
    return KEEPING.has(this.#meaningOf({ ...reply, said: longer }).meaning.scope) ? UNKNOWN : meaning;
  }

  #meaningOf(reply: Reply): { meaning: Meaning; isOfRecipient: boolean } {
    const read = this.#read(reply);
    const saysSo = this.#saysNobodyThere(read, reply);
    // Its code says one thing and its words another: nothing goes back for either, and nothing stands still.
    const isDoubtful = saysSo && speaksOf(read, this.#topics);
    const isOfRecipient = saysSo && !isDoubtful;
    const rank = this.#firstThatHolds(read, { isOfRecipient });
    const meaning = this.#rules[rank]?.meaning ?? UNKNOWN;
    return {
      meaning: isDoubtful && rank >= this.#own ? { ...meaning, confidence: 'low' } : meaning,
      isOfRecipient,
    };
  }

  /** The rank of that rule; past the last one when none does. */
  #firstThatHolds(read: Read, { isOfRecipient }: { isOfRecipient: boolean }): number {
    const ruleMet = this.#ruleMet;
    for (let rank = 0; rank < this.#count; rank++) {
      if (ruleMet[rank] !== this.#reading && this.#isWordless[rank] === 0) continue;
      const ready = this.#rules[rank] as Ready;
      // What the operator wrote comes before what we know better.
      if (isOfRecipient && rank >= this.#own && !mayBeOfRecipient(ready.meaning)) continue;
      if (holds(ready, read)) return rank;
    }
    return this.#count;
  }

  #saysNobodyThere(read: Read, { enhanced, text }: Reply): boolean {
    if (!read.code.startsWith('5') || read.stage() !== 'rcpt') return false;
    // Somewhere among the words it may be another host's, or made up.
    if ((enhanced ?? FIRST_ENHANCED.exec(text)?.[1]) === NOBODY_THERE_CODE) return true;
    const { says, unless } = this.#nobodyThere;
    const has = (phrase: number): boolean => read.has(phrase);
    return read.code.startsWith('55') && says.some(has) && !unless.some(has) && !speaksOf(read, this.#topics);
  }

  #read(reply: Reply): Read {
    const text = reportedBy(withoutEchoes(reply.text));
    const code = reply.code === undefined ? (codeIn(text) ?? '') : String(reply.code);
    const words = this.#wordsOf(text, { code, said: reply.said });
    const reading = this.#nextReading();
    const phraseMet = this.#phraseMet;
    this.#book.find(words, (phrase) => {
      phraseMet[phrase] = reading;
      const ranks = this.#byPhrase[phrase];
      if (ranks !== undefined) for (const rank of ranks) this.#ruleMet[rank] = reading;
    });
    return {
      provider: once(() => providerNamed(reply.provider) ?? providerOfMx(reply.mx) ?? speakerOf(words.words)),
      stage: once(() => reply.stage ?? stageIn(reply.text)),
      code,
      enhanced: reply.enhanced ?? words.enhanced ?? '',
      has: (phrase) => phraseMet[phrase] === reading,
      met: this.#ruleMet,
      reading,
    };
  }

  /** Its words, without what we said ourselves. */
  #wordsOf(text: string, { code, said }: { code: string; said: readonly string[] | undefined }): Words {
    if (said === undefined || said.length === 0) return wordsOf(text, code);
    const read = wordsOf(withoutEchoes(withoutDomains(text, said)), code);
    const words = withoutLocalParts(read.words, said, {
      wordsOf: (local) => wordsOf(local, code).words,
      isTelling: (word) => this.#isTelling(word),
    });
    return { ...read, words };
  }

  #isTelling(word: string): boolean {
    let isTelling = false;
    this.#book.find({ words: [word] }, (phrase) => {
      isTelling ||= this.#byPhrase[phrase] !== undefined;
    });
    return isTelling;
  }

  #nextReading(): number {
    if (++this.#reading > MOST_READINGS) {
      this.#phraseMet.fill(0);
      this.#ruleMet.fill(0);
      this.#reading = 1;
    }
    return this.#reading;
  }
}

function isOneWord(address: string): boolean {
  return /^"?[\p{L}\p{N}]+"?@/u.test(address);
}

/** Some hosts say 5.1.1 of too many recipients an hour as well, with a token of theirs: that stops nothing. */
function mayBeOfRecipient({ scope, confidence }: Meaning): boolean {
  return scope === 'recipient' || (scope === 'rate' && confidence === 'high');
}

function holds({ rule, unless, unlessOf, enhanced }: Ready, read: Read): boolean {
  if (rule.code !== undefined && !rule.code.some((code) => hasCode(read.code, code))) return false;
  if (enhanced !== undefined && !enhanced(read.enhanced)) return false;
  if (rule.provider !== undefined && !rule.provider.includes(read.provider() ?? '')) return false;
  if (rule.stage !== undefined && !isAt(rule.stage, read.stage())) return false;
  if (OF_ONE_RECIPIENT.has(rule.class) && isAt(BEFORE_RECIPIENTS, read.stage())) return false;
  return !unless.some((phrase) => read.has(phrase)) && !speaksOf(read, unlessOf);
}

function speaksOf({ met, reading }: Read, ranks: readonly number[]): boolean {
  for (const rank of ranks) if (met[rank] === reading) return true;
  return false;
}

function isAt(stages: readonly Stage[], stage: Stage | undefined): boolean {
  return stage !== undefined && stages.includes(stage);
}

/** The value of `work`, which is done at the first call only. */
function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: work() }).value;
}

function hasCode(code: string, wanted: string): boolean {
  return wanted === 'none' ? code === '' : code.startsWith(wanted);
}

/** `5.7.1` is itself, `5.7.` what begins so, `5.7.606-649` a range. */
function enhancedTest(wanted: readonly string[]): (code: string) => boolean {
  const exact = new Set(wanted);
  const beginnings = wanted.filter((code) => code.endsWith('.'));
  const ranges = wanted.flatMap((code) => {
    const [, head, first, last] = /^(\d\.\d+\.)(\d+)-(\d+)$/.exec(code) ?? [];
    return head === undefined ? [] : [{ head, first: Number(first), last: Number(last) }];
  });
  return (code) =>
    exact.has(code) ||
    beginnings.some((beginning) => code.startsWith(beginning)) ||
    ranges.some(({ head, first, last }) => {
      const detail = code.startsWith(head) ? Number(code.slice(head.length)) : Number.NaN;
      return detail >= first && detail <= last;
    });
}

/** The enhanced code that stands right after the reply code. */
const FIRST_ENHANCED = /^\s*5\d\d[ -]#?(5\.\d{1,3}\.\d{1,3})\b/;

/** The reply code that a text begins with. */
export function codeIn(text: string): string | undefined {
  return /^\s*([2-5]\d\d)(?![\d.])/.exec(text)?.[1];
}

/** Characters that a mail server writes before the words of another, at most. */
const MOST_BEFORE = 256;

/** Without what a mail server writes before the words of another: `host mx.example.org[192.0.2.1] said: `. */
function reportedBy(text: string): string {
  const head = text.slice(0, MOST_BEFORE);
  if (!head.startsWith('host ') && !head.includes('refused to talk')) return text;
  const at = head.search(/ said: | talk to me: /);
  return at < 0 ? text : text.slice(text.indexOf(': ', at) + 2);
}

/** Postfix says it in the notices that it writes. */
const STAGE_WORDS: readonly (readonly [words: string, stage: Stage])[] = [
  ['in reply to end of DATA', 'end-of-data'],
  ['in reply to RCPT TO', 'rcpt'],
  ['in reply to MAIL FROM', 'mail'],
  ['in reply to DATA', 'data'],
  ['in reply to EHLO', 'ehlo'],
  ['in reply to HELO', 'ehlo'],
  ['refused to talk to me', 'banner'],
];

function stageIn(text: string): Stage | undefined {
  if (!text.includes('in reply to') && !text.includes('refused to talk')) return undefined;
  return STAGE_WORDS.find(([words]) => text.includes(words))?.[1];
}
