/**
 * What an attempt's reply means for the delivery. The reply classifier (core/reputation) says what the words are about;
 * here that becomes one of four verdicts, by what the far end could know when it spoke.
 *
 * The order: what is about the connection is never the delivery's fault; who refuses our address or our pace at any
 * stage means us, and the delivery stays as it is; what is surely about the recipient or the message is final; all else
 * waits in its lane. A reply that is not understood, or only vaguely, is kept for one retry, because a wrong hold costs
 * hours and a wrong DSN loses mail (design, promise 5). A far end that breaks off over the same message again, and took
 * others in between, is not understood.
 */
import type { Blame, RemoteReply } from '../envelope.ts';
import type { LastReply } from '../queue/port.ts';
import { Classifier, type Meaning } from '../reputation/classifier.ts';
import type { ReplyClass } from '../reputation/meaning.ts';
import type { RuleTable } from '../reputation/rule.ts';
import { isInDialogue, isItsOwn } from './over-one.ts';

/** What of a meaning is kept with the attempt, for whoever asks why. */
export type Reading = Pick<Meaning, 'class' | 'rule'>;

export type Verdict = (
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly blame: Blame }
  /** The delivery itself waits in its next lane. */
  | { readonly kind: 'deferred'; readonly blame: Blame }
  /** Not the delivery's fault: it stays as it is, and its path rests. */
  | { readonly kind: 'path-trouble'; readonly blame: 'local' | 'path' | 'reputation' }
) & {
  readonly reading?: Reading;
  /** What it is about, and how surely. */
  readonly about?: Pick<Meaning, 'scope' | 'confidence'>;
};

/** Classes of which no retry ever helps, and where that can be known: once the recipient, or the message, was named. */
const FINAL: ReadonlyMap<ReplyClass, 'recipient' | 'message'> = new Map([
  ['recipient-unknown', 'recipient'],
  ['recipient-inactive', 'recipient'],
  ['domain-unknown', 'recipient'],
  ['mail-loop', 'message'],
  ['message-too-big', 'message'],
  ['message-malformed', 'message'],
  ['content-spam', 'message'],
  ['content-virus', 'message'],
  ['content-url', 'message'],
] as const);

/** Of the recipient's side, which may have room, or time, or know us the next time. */
const LATER: ReadonlySet<ReplyClass> = new Set(['mailbox-full', 'recipient-rate', 'greylist']);
/** Asked of every message alike, whoever it is for; who asks may never stop, so lifetimes run. */
const OF_THE_CONNECTION: ReadonlySet<ReplyClass> = new Set(['tls-required', 'auth-required']);

/** RFC 3463 codes that say at any stage that it is the recipient: a host may look it up only when it has the message. */
const SURELY_RECIPIENT = /^5\.(1\.(1|2|3|6|10)|2\.[12])$/;

export interface Result {
  /** The far end took the message for this recipient. */
  readonly accepted: boolean;
  readonly reply: RemoteReply;
  /** Addresses that we said before it, and that it may say back: they are not read. */
  readonly said?: readonly string[];
  /** What was said to the same delivery before. */
  readonly last?: LastReply;
  /** When its path last took a message, ms since the epoch. */
  readonly pathGoodAt?: number;
  readonly trouble?: 'local' | 'remote';
}

export type Classify = (result: Result) => Verdict;

/** Reads replies with the operator's own rules first. */
export function classifyWith(own: RuleTable): Classify {
  const classifier = new Classifier(own);
  return (result) => {
    const { reply, accepted, said } = result;
    // What our own network said in a reply's place is no reply, and is not read as one.
    if (accepted || reply.code === undefined) return unread(result);
    const meaning = classifier.classify({ ...reply, mx: hostOf(reply), said });
    const { class: name, rule, scope, confidence } = meaning;
    return {
      ...verdictOf(result, meaning),
      reading: { class: name, rule },
      about: { scope, confidence },
    };
  };
}

let builtIn: Classify | undefined;

/** What the reply to one recipient means, by the rules that come with Relais. */
export function classify(result: Result): Verdict {
  builtIn ??= classifyWith([]);
  return builtIn(result);
}

/** `mx1.example.net` of `mx1.example.net [192.0.2.1]:25`. */
function hostOf({ remote }: RemoteReply): string | undefined {
  return remote?.split(' ', 1)[0];
}

/** No reply came, or none has to be read. */
function unread(result: Result): Verdict {
  if (result.accepted) return { kind: 'delivered' };
  if (isItsOwn({ ...result, blame: undefined })) return { kind: 'deferred', blame: 'unknown' };
  return { kind: 'path-trouble', blame: result.trouble === 'local' ? 'local' : 'path' };
}

function verdictOf(result: Result, meaning: Meaning): Verdict {
  const { reply } = result;
  if (isItsOwn({ ...result, blame: meaning.blame })) return { kind: 'deferred', blame: 'unknown' };
  if (isAboutConnection(reply)) return aboutConnection(reply, meaning);
  if (isSure(meaning)) {
    if (meaning.blame === 'reputation' && mayStop(reply, meaning))
      return { kind: 'path-trouble', blame: 'reputation' };
    const aboutPath = meaning.blame === 'path' || OF_THE_CONNECTION.has(meaning.class);
    // It has heard of nothing but our address and a sender yet.
    if (aboutPath && reply.stage === 'mail') return { kind: 'path-trouble', blame: 'path' };
    if (meaning.blame === 'sender') return { kind: 'deferred', blame: 'sender' };
  }
  return (reply.code ?? 0) >= 500 ? refusal(result, meaning) : deferral(reply, meaning);
}

/** Words that came after the content may be about it: for those nothing stands still, unless they are known word for word. */
function mayStop({ stage }: RemoteReply, { confidence }: Meaning): boolean {
  return confidence === 'high' || (stage !== 'data' && stage !== 'end-of-data');
}

/** Enough to act on at once. */
function isSure({ confidence }: Meaning): boolean {
  return confidence !== 'low';
}

/** Everything before MAIL, and 421 anywhere, is about us or about them (RFC 5321 3.8, 4.3.2), unless it says otherwise. */
function isAboutConnection(reply: RemoteReply): boolean {
  return reply.code === 421 || ['connect', 'banner', 'ehlo', 'tls', 'auth'].includes(reply.stage);
}

function aboutConnection(reply: RemoteReply, meaning: Meaning): Verdict {
  const { blame, class: name, confidence } = meaning;
  if (isSure(meaning) && blame === 'reputation') return { kind: 'path-trouble', blame };
  // Providers close the connection over what one customer sends, and would do so over each of its messages.
  const ofOne = isInDialogue(reply) && confidence === 'high';
  if (ofOne && (blame === 'sender' || LATER.has(name))) return { kind: 'deferred', blame };
  return { kind: 'path-trouble', blame: 'path' };
}

/** 5xx. Final only when it is surely about the recipient or the message; never for what is ours, theirs or the sender's. */
function refusal(result: Result, meaning: Meaning): Verdict {
  const { reply, last } = result;
  // RFC 8689 section 5: one code for two things; Gmail has it for a missing signature.
  const requireTls = reply.enhanced === '5.7.30' && /requiretls/i.test(reply.text);
  if (requireTls) return { kind: 'failed', blame: 'message' };
  const final = isSure(meaning) ? FINAL.get(meaning.class) : undefined;
  if (final !== undefined && mayKnow(reply, meaning)) return { kind: 'failed', blame: final };
  if (isSure(meaning) && LATER.has(meaning.class)) return { kind: 'deferred', blame: 'recipient' };
  const refusedBefore = last?.blame === 'unknown' && (last.code ?? 0) >= 500;
  // What looks like ours, theirs or the sender's, however faintly, is held until the lifetime ends.
  const mayFail = ['recipient', 'message', 'unknown'].includes(meaning.blame);
  return { kind: refusedBefore && mayFail ? 'failed' : 'deferred', blame: 'unknown' };
}

/** Words about an address prove nothing where none was given, nor words about content where none was. */
function mayKnow({ stage, enhanced = '' }: RemoteReply, { scope }: Meaning): boolean {
  if (scope === 'recipient')
    return stage === 'rcpt' || SURELY_RECIPIENT.test(enhanced) || enhanced === '5.4.6';
  return scope !== 'content' || stage === 'data' || stage === 'end-of-data';
}

/** 4xx: it waits in its next lane; blame is told by the words where they are sure, otherwise by the stage. */
function deferral({ stage }: RemoteReply, meaning: Meaning): Verdict {
  const { blame, confidence, class: name } = meaning;
  if (isSure(meaning) && LATER.has(name)) return { kind: 'deferred', blame: 'recipient' };
  if (confidence === 'high' && (blame === 'recipient' || blame === 'message'))
    return { kind: 'deferred', blame };
  switch (stage) {
    case 'mail':
      return { kind: 'deferred', blame: 'sender' };
    case 'rcpt':
      return { kind: 'deferred', blame: 'recipient' };
    default:
      return { kind: 'deferred', blame: 'message' };
  }
}
