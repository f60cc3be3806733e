/** Recorded traffic decided as live traffic would be, by a guard of its own: nothing of a running server is touched. */
import type { SendEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';
import { type GuardOutcome, isHeld } from './port.ts';
import { covers, type Relaxation } from './relaxation.ts';

export interface EvaluationSummary {
  readonly events: number;
  readonly recipients: number;
  readonly accounts: number;
  readonly outcomes: Readonly<Record<GuardOutcome, number>>;
  /** Accounts of which something was held or stopped. */
  readonly touched: number;
  /** Messages that only a relaxation let out. */
  readonly relaxed: number;
  /** First and last event, ms since the epoch. */
  readonly from?: number;
  readonly to?: number;
}

export class Evaluation {
  readonly #guard: Guard;
  readonly #outcomes: Record<GuardOutcome, number> = { pass: 0, pool: 0, hold: 0, stop: 0 };
  readonly #touched = new Set<string>();
  readonly #idle: Set<Relaxation>;
  #events = 0;
  #recipients = 0;
  #relaxed = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(relaxations: readonly Relaxation[]) {
    this.#guard = new Guard({ relaxations });
    this.#idle = new Set(relaxations);
  }

  decide(event: SendEvent): Decision {
    const decision = this.#guard.decide(event);
    for (const relaxation of this.#idle) if (covers(relaxation, event.account)) this.#idle.delete(relaxation);
    this.#events++;
    this.#recipients += event.to.length;
    this.#outcomes[decision.outcome]++;
    if (isHeld(decision.outcome)) this.#touched.add(event.account);
    if (decision.relaxed !== undefined) this.#relaxed++;
    this.#from = Math.min(this.#from, event.at);
    this.#to = Math.max(this.#to, event.at);
    return decision;
  }

  /** Relaxations that were about nobody so far. */
  idle(): readonly Relaxation[] {
    return [...this.#idle];
  }

  summary(): EvaluationSummary {
    return {
      events: this.#events,
      recipients: this.#recipients,
      accounts: this.#guard.accounts,
      outcomes: { ...this.#outcomes },
      touched: this.#touched.size,
      relaxed: this.#relaxed,
      ...(this.#events === 0 ? {} : { from: this.#from, to: this.#to }),
    };
  }
}
