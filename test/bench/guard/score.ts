/** What a guard let out, and whom it disturbed. */
import { Guard } from '../../../src/core/guard/guard.ts';
import type { SendEvent } from '../../../src/core/guard/event.ts';
import type { Staged } from './attacks.ts';

export interface Score {
  /** Spams that left, for each stolen account. */
  readonly out: readonly number[];
  /** Accounts of which nothing was ever held. */
  readonly never: number;
  readonly honest: number;
  readonly honestHeld: number;
}

export function score({ events, spams, victims, each }: Staged, guard = new Guard()): Score {
  const out = new Map(victims.map((account) => [account, 0]));
  const caught = new Set<string>();
  let honest = 0;
  let honestHeld = 0;
  for (const event of events) {
    const left = leaves(guard, event);
    if (spams.has(event)) {
      if (left) out.set(event.account, (out.get(event.account) ?? 0) + each);
      else caught.add(event.account);
    } else if (!out.has(event.account)) {
      honest++;
      if (!left) honestHeld++;
    }
  }
  return {
    out: [...out.values()],
    never: victims.filter((account) => !caught.has(account)).length,
    honest,
    honestHeld,
  };
}

export function leaves(guard: Guard, event: SendEvent): boolean {
  const { outcome } = guard.decide(event);
  return outcome === 'pass' || outcome === 'pool';
}

/** @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
