/** How long the backlogs will take: reckoned from what is left and what left lately, and kept true as they drain, or fail to. */
import type { Clock } from '../../base/clock.ts';
import type { PathKey } from '../envelope.ts';
import type { PathRunner } from './path-runner.ts';
import type { DrainEstimate, Failing, PathPace, QueueStore } from './port.ts';

/** How much a new measurement weighs against those before. */
const WEIGHT = 0.3;
/** A large backlog is counted so seldom that counting takes this part of the time at most. */
const COUNTING_SHARE = 1 / 100;

interface Known {
  readonly at: number;
  readonly delivered: number;
  readonly perSecond?: number;
  readonly level: number;
  readonly draining: boolean;
  readonly failing: Failing | undefined;
}

/** What is asked of a path. */
type Asked = Pick<PathRunner, 'path' | 'delivered' | 'level' | 'draining' | 'failing'>;

/** What was left when it was last counted, and when it may be counted again (monotonic ms). */
interface Counted {
  readonly left: number;
  readonly delivered: number;
  readonly againAt: number;
}

export class Drains {
  readonly #store: Pick<QueueStore, 'countBacklog'>;
  readonly #clock: Clock;
  readonly #known = new Map<PathKey, Known>();
  readonly #counted = new Map<PathKey, Counted>();

  constructor(store: Pick<QueueStore, 'countBacklog'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  forget(path: PathKey): void {
    this.#known.delete(path);
    this.#counted.delete(path);
  }

  /** What is to be kept of a path now; undefined when nothing has changed since it was asked last. */
  async paceOf(runner: Asked): Promise<PathPace | undefined> {
    const before = this.#known.get(runner.path);
    const now = this.#measure(runner, before);
    this.#known.set(runner.path, now);
    const { level, draining, failing } = now;
    if (failing !== undefined) return { level, failing };
    if (draining) return { level, drain: await this.#estimate(runner.path, now) };
    this.#counted.delete(runner.path);
    const wasPlain = before !== undefined && !before.draining && before.failing === undefined;
    return wasPlain && before.level === level ? undefined : { level };
  }

  #measure(runner: Asked, before: Known | undefined): Known {
    const { delivered, level, draining, failing } = runner;
    const at = this.#clock.now();
    const now = { at, delivered, level, draining, failing };
    if (before === undefined || at <= before.at) return now;
    const rate = ((delivered - before.delivered) * 1000) / (at - before.at);
    const perSecond = before.perSecond === undefined ? rate : before.perSecond * (1 - WEIGHT) + rate * WEIGHT;
    return { ...now, perSecond };
  }

  async #estimate(path: PathKey, { at, delivered, perSecond = 0 }: Known): Promise<DrainEstimate> {
    const left = await this.#left(path, delivered);
    const rounded = Math.round(perSecond * 100) / 100;
    if (rounded <= 0) return { at, left, perSecond: 0 };
    return { at, left, perSecond: rounded, endsAt: Math.round(at + (left * 1000) / rounded) };
  }

  /** Counted anew when that has become cheap enough again; until then, less what has left since. */
  async #left(path: PathKey, delivered: number): Promise<number> {
    const known = this.#counted.get(path);
    const begun = this.#clock.monotonic();
    if (known !== undefined && begun < known.againAt)
      return Math.max(0, known.left - (delivered - known.delivered));
    const left = await this.#store.countBacklog(path);
    const now = this.#clock.monotonic();
    this.#counted.set(path, { left, delivered, againAt: now + (now - begun) / COUNTING_SHARE });
    return left;
  }
}
