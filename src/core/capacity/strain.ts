/**
 * How near mail is to what it may use of this machine, and what it does without for that reason (design, promise 7):
 * first the backlog drains slowly, then mail from strangers is put off, then submissions are slowed, and at last
 * everything new is put off. What was accepted is delivered all the while.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { Meter } from '../../base/meter.ts';

/** What sheds, in this order; each includes those before it. */
export const STEPS = [
  'nothing is put off',
  'the backlog drains slowly',
  'mail from strangers is put off',
  'submissions are slowed',
  'all new mail is put off',
] as const;

/** 0: all is well; otherwise the step of `STEPS` that is reached. */
export type Level = 0 | 1 | 2 | 3 | 4;

/** Part of a budget that is used when each level begins. */
const BEGINS = [0, 0.8, 0.9, 1, 1.5] as const;
/** It ends when this much less is used, and has been for a while, so that it does not flutter. */
const MARGIN = 0.1;
const CALM_MS = 2_000;
const LOOK_MS = 100;

/** One budget: its option's name, and the part of it that is used; 1 is all. */
export interface Gauge {
  readonly name: string;
  used(): number;
}

/** What is nearest to its end. */
export interface StrainState {
  readonly level: Level;
  readonly budget: string;
  readonly used: number;
}

export class Strain {
  readonly #ports: { readonly clock: Clock; readonly log: Log };
  readonly #gauges: readonly Gauge[];
  #state: StrainState = { level: 0, budget: '', used: 0 };
  /** When less than the level began to be enough, monotonic ms. */
  #calmSince: number | undefined;
  #timer: Timer | undefined;

  constructor(ports: { clock: Clock; log: Log; meter: Meter }, gauges: readonly Gauge[]) {
    this.#ports = ports;
    this.#gauges = gauges;
    ports.meter.gauge({
      name: 'relais_shedding_level',
      help: `What is put off for want of something: ${STEPS.map((step, level) => `${level} ${step}`).join(', ')}.`,
      read: () => this.#state.level,
    });
    for (const { name, used } of gauges) {
      ports.meter.gauge({
        name: `relais_budget_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_used_ratio`,
        help: `Part of budget.${name} that is used; 1 is all of it.`,
        read: used,
      });
    }
  }

  get level(): Level {
    return this.#state.level;
  }

  get state(): StrainState {
    return this.#state;
  }

  /** Looks again and again. */
  start(): void {
    this.look();
    this.#timer = repeat(this.#ports.clock, { everyMs: LOOK_MS, run: () => this.look() });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks now. */
  look(): void {
    const all = this.#gauges.map(({ name, used }) => ({ budget: name, used: used() }));
    const worst = all.reduce((most, one) => (one.used > most.used ? one : most), { budget: '', used: 0 });
    const level = levelOf(worst.used);
    if (level >= this.#state.level) {
      this.#calmSince = undefined;
      return this.#become({ level, ...worst });
    }
    const enough = levelOf(worst.used + MARGIN);
    const now = this.#ports.clock.monotonic();
    this.#calmSince = enough < this.#state.level ? (this.#calmSince ?? now) : undefined;
    if (this.#calmSince !== undefined && now - this.#calmSince >= CALM_MS) {
      this.#calmSince = undefined;
      this.#become({ level: enough, ...worst });
    }
  }

  #become(state: StrainState): void {
    const before = this.#state.level;
    this.#state = state;
    if (state.level === before) return;
    const about = { budget: state.budget, usedPercent: Math.round(state.used * 100) };
    if (state.level > before) this.#ports.log.warn(about, `near a budget: ${STEPS[state.level]}`);
    else this.#ports.log.info(about, `further from every budget: ${STEPS[state.level]}`);
  }
}

function levelOf(used: number): Level {
  return (BEGINS.filter((begins) => used >= begins).length - 1) as Level;
}
