/**
 * What a failure over one message, or one recipient, says: whether it is about that message, or about the path. Nobody
 * knows at first, so three things follow from it, and all of them are decided here: what it means for the delivery when it
 * happened before (`isItsOwn`), whether others go first for a moment (`goesAside`), and whether the path goes on
 * meanwhile (`isCut`).
 */
import type { Blame, RemoteReply } from '../envelope.ts';
import type { LastReply } from '../queue/port.ts';

type Said = Pick<RemoteReply, 'stage' | 'code'>;

const IN_DIALOGUE: ReadonlySet<RemoteReply['stage']> = new Set(['mail', 'rcpt', 'data', 'end-of-data']);

/** Said in the dialogue about one message. */
export function isInDialogue({ stage }: Pick<RemoteReply, 'stage'>): boolean {
  return IN_DIALOGUE.has(stage);
}

/** The far end left in the dialogue about this one message, by a 421 or without a word. */
function isBreak(said: Said): boolean {
  return isInDialogue(said) && (said.code === undefined || said.code === 421);
}

/** Said after it had heard whom one message is for. */
function isOfOneMessage({ stage }: Pick<RemoteReply, 'stage'>): boolean {
  return isInDialogue({ stage }) && stage !== 'mail';
}

/** It broke off, or it refuses our address over one recipient, whose host may take others. */
function isOverIt(said: Said, blame: Blame | undefined): boolean {
  return isBreak(said) || (blame === 'reputation' && isOfOneMessage(said));
}

/** It broke off at this message twice in a row, and took another in between: the message is what it objects to. */
export function isItsOwn(about: {
  readonly reply: Said;
  /** What the reply is read as; undefined without one. */
  readonly blame: Blame | undefined;
  /** What was said to the same delivery before. */
  readonly last?: LastReply;
  /** When its path last took a message, ms since the epoch. */
  readonly pathGoodAt?: number;
  readonly trouble?: 'local' | 'remote';
}): boolean {
  const { reply, blame, last, pathGoodAt = 0, trouble } = about;
  if (last === undefined || pathGoodAt <= last.at || last.blame !== 'path' || !isBreak(last)) return false;
  return isBreak(reply) && trouble !== 'local' && blame !== 'reputation';
}

/** Twice in a row over this delivery, or once over a canary; nobody knows yet whether it would be over another. */
export function goesAside(about: {
  readonly reply: Said;
  readonly blame: Blame;
  readonly last?: LastReply;
  /** It tried for all that stands still behind it. */
  readonly canary?: true;
}): boolean {
  const { reply, blame, last, canary } = about;
  // Who refuses us at MAIL has not heard yet what it is about.
  const aboutUs = blame === 'reputation' && reply.stage === 'mail';
  if (blame === 'local' || aboutUs || !isOverIt(reply, blame)) return false;
  if (canary === true) return true;
  return last !== undefined && last.blame !== 'local' && isOverIt(last, last.blame);
}

/** The path may be in order all the same: it goes on with others, and counts how often it happens. */
export function isCut(reply: Said, blame: Blame): boolean {
  const atThisMessage = isOfOneMessage(reply) && (blame === 'path' || reply.code !== 421);
  return blame !== 'local' && atThisMessage;
}
