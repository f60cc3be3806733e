/** The subject without what answering and forwarding put around it (RFC 5256 2.1), for SORT and THREAD. */
import { decodeWords } from './encoded-words.ts';

/** Rounds of taking away, and octets of subject looked at: more is nobody's subject. */
const MAX_ROUNDS = 50;
const MAX_SUBJECT = 2_000;
const TRAILER = /(?:[ \t]|\(fwd\))+$/i;
/** `subj-leader`: white space, or `[blob]… re[blob]:`. */
const LEADER = /^(?:[ \t]|(?:\[[^[\]]*\][ \t]*)*(?:re|fwd?)[ \t]*(?:\[[^[\]]*\][ \t]*)?:)/i;
const BLOB = /^\[[^[\]]*\][ \t]*/;
const WRAPPED = /^\[fwd:(.*)\]$/i;

export interface BaseSubject {
  readonly text: string;
  /** It was an answer or a forward: something of that kind was taken away. */
  readonly isReply: boolean;
}

/** `subject`: the value of the field, with its encoded words. Never throws. */
export function baseSubject(subject: string): BaseSubject {
  let text = decodeWords(subject.slice(0, MAX_SUBJECT)).replace(/\s+/g, ' ');
  let isReply = false;
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
    const before = text;
    const untrailed = text.replace(TRAILER, '');
    isReply ||= /\(fwd\)/i.test(text.slice(untrailed.length));
    const led = withoutLeaders(untrailed);
    isReply ||= led.isReply;
    text = led.text;
    const wrapped = WRAPPED.exec(text);
    if (wrapped !== null) {
      isReply = true;
      text = wrapped[1] as string;
    } else if (text === before) break;
  }
  return { text, isReply };
}

/** Steps 3 to 5: leaders, and blobs as long as something is left behind them. */
function withoutLeaders(subject: string): BaseSubject {
  let text = subject;
  let isReply = false;
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
    const before = text;
    const leader = LEADER.exec(text)?.[0];
    if (leader !== undefined) {
      isReply ||= leader.trim() !== '';
      text = text.slice(leader.length);
    }
    const blob = BLOB.exec(text)?.[0];
    if (blob !== undefined && blob.length < text.length) text = text.slice(blob.length);
    if (text === before) break;
  }
  return { text, isReply };
}
