/**
 * What an attempt's reply means for the delivery: a first, honest reading by stage, code and a few words.
 *
 * The order: what is about the connection is never the delivery's fault; what names the recipient or the message in an
 * enhanced code that providers use truthfully is final; every other 5xx is kept for one retry, because a wrong hold
 * costs hours and a wrong DSN loses mail (design, promise 5). Section 1 of the provider facts says which codes can be
 * believed. A far end that breaks off over the same message again, and took others in between, is not understood.
 */
import type { Blame, RemoteReply } from '../envelope.ts';
import type { LastReply } from '../queue/port.ts';

export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly blame: Blame }
  /** The delivery itself waits in its next lane. */
  | { readonly kind: 'deferred'; readonly blame: Blame }
  /** Not the delivery's fault: it stays as it is, and its path rests. */
  | { readonly kind: 'path-trouble'; readonly blame: 'local' | 'path' | 'reputation' };

/** RFC 3463 codes that say truthfully that no retry will help, and whose fault it is. */
const FINAL: readonly [RegExp, Blame][] = [
  [/^5\.1\.(1|2|3|6|10)$/, 'recipient'],
  [/^5\.2\.2$/, 'recipient'],
  [/^5\.1\.[78]$/, 'sender'],
  [/^5\.(2\.3|3\.4|6\.\d+)$/, 'message'],
  [/^5\.7\.30$/, 'message'],
  [/^5\.4\.6$/, 'message'],
];

/** Words of replies without a telling code. */
const UNKNOWN_RECIPIENT =
  /\b(user (is )?unknown|unknown (user|recipient|mailbox)|no such (user|recipient|mailbox|person)|(mailbox|user|recipient|account) (does not exist|doesn't exist|not found|unavailable)|invalid (recipient|mailbox)|does not have an account)\b/i;
const REPUTATION =
  /\b(block(ed|[ -]?list)|blacklist|denylist|reputation\b|spamhaus|rate.?limit|too many (connections|messages)|throttl|temporarily deferred due to|unusual rate)/i;
const ADDRESS = /(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])/;

export interface Result {
  /** The far end took the message for this recipient. */
  readonly accepted: boolean;
  readonly reply: RemoteReply;
  /** What was said to the same delivery before. */
  readonly last?: LastReply;
  /** When its path last took a message, ms since the epoch. */
  readonly pathGoodAt?: number;
  readonly trouble?: 'local' | 'remote';
}

export type Classify = (result: Result) => Verdict;

/** What the reply to one recipient means. */
export function classify(result: Result): Verdict {
  if (result.accepted) return { kind: 'delivered' };
  const { reply } = result;
  if (brokeOffOverIt(result)) return { kind: 'deferred', blame: 'unknown' };
  if (reply.code === undefined)
    return { kind: 'path-trouble', blame: result.trouble === 'local' ? 'local' : 'path' };
  if (isAboutConnection(reply)) {
    return { kind: 'path-trouble', blame: REPUTATION.test(reply.text) ? 'reputation' : 'path' };
  }
  if (isAboutOurAddress(reply)) return { kind: 'path-trouble', blame: 'reputation' };
  return reply.code >= 500 ? refusal(reply, result) : deferral(reply);
}

/** It names the address that it refuses, before it has seen the message: Microsoft says so to MAIL, Postfix to RCPT. */
function isAboutOurAddress({ stage, text }: RemoteReply): boolean {
  return (stage === 'mail' || stage === 'rcpt') && ADDRESS.test(text) && REPUTATION.test(text);
}

/** 421 anywhere, and everything before MAIL, is about us or about them, never about one message (RFC 5321 3.8, 4.3.2). */
function isAboutConnection(reply: RemoteReply): boolean {
  return reply.code === 421 || ['connect', 'banner', 'ehlo', 'tls', 'auth'].includes(reply.stage);
}

/** It broke off at this message twice in a row, and took another in between. */
function brokeOffOverIt(result: Result): boolean {
  const { last, pathGoodAt = 0 } = result;
  return (
    last !== undefined && pathGoodAt > last.at && last.blame === 'path' && isBreak(last) && isBreakNow(result)
  );
}

function isBreakNow({ reply, trouble }: Result): boolean {
  return isBreak(reply) && trouble !== 'local' && !REPUTATION.test(reply.text);
}

/** The far end left in the dialogue about this one message, by a 421 or without a word. */
export function isBreak({ stage, code }: RemoteReply): boolean {
  const inDialogue = ['mail', 'rcpt', 'data', 'end-of-data'].includes(stage);
  return inDialogue && (code === undefined || code === 421);
}

function refusal(reply: RemoteReply, { last }: Result): Verdict {
  const known = FINAL.find(([code]) => code.test(reply.enhanced ?? ''));
  if (known !== undefined) return { kind: 'failed', blame: known[1] };
  if (reply.stage === 'rcpt' && UNKNOWN_RECIPIENT.test(reply.text))
    return { kind: 'failed', blame: 'recipient' };
  if (reply.code === 552 && reply.enhanced === undefined) return { kind: 'failed', blame: 'message' };
  const refusedBefore = last?.blame === 'unknown' && (last.code ?? 0) >= 500;
  return refusedBefore ? { kind: 'failed', blame: 'unknown' } : { kind: 'deferred', blame: 'unknown' };
}

function deferral(reply: RemoteReply): Verdict {
  switch (reply.stage) {
    case 'mail':
      return { kind: 'deferred', blame: 'sender' };
    case 'rcpt':
      return { kind: 'deferred', blame: 'recipient' };
    default:
      return { kind: 'deferred', blame: 'message' };
  }
}
