/**
 * The way of 2018, to compare with: every failure counts against the message, whoever's fault it was, and moves it to
 * a slower lane; nothing is ever frozen, so each message finds out by itself that nobody answers.
 */
import { classify, type Classify } from '../core/delivery/classify.ts';
import { Breadth, type OwnFault } from '../core/queue/breadth.ts';

/** Trouble of the path is put down to the message. */
const classicClassify: Classify = (result) => {
  const verdict = classify(result);
  return verdict.kind === 'path-trouble' ? { kind: 'deferred', blame: 'unknown' } : verdict;
};

/** Nobody looks whether all fail alike. */
class ClassicBreadth extends Breadth {
  override ownFault(): OwnFault | undefined {
    return undefined;
  }
}

/** Ms from one look through the queue to the next; Postfix takes five minutes (queue_run_delay). */
const SWEEP_MS = 10_000;

/** What a `World` takes as its `way`. */
export const CLASSIC = {
  classify: classicClassify,
  breadth: (now: () => number) => new ClassicBreadth(now),
  /** Each message waits for the connection that was begun for it. */
  openingMs: Number.POSITIVE_INFINITY,
  sweepMs: SWEEP_MS,
};
