/**
 * A relaxation: for whom the guard is more patient, and how much. It never covers everybody, never more than doubles what
 * the guard bears, and what several accounts send alike, an account that was stopped, and the caps are beyond it.
 */
import type { SendEvent } from './event.ts';
import type { Signal } from './signals.ts';

export interface Relaxation {
  readonly scope:
    | { readonly kind: 'account'; readonly account: string }
    | { readonly kind: 'domain'; readonly domain: string }
    | { readonly kind: 'signal'; readonly signal: Signal };
  /** Above 1, at most `MOST_RELAXED`. */
  readonly factor: number;
}

export const MOST_RELAXED = 2;

/** `account:a@example.org`: as people write it and read it. */
export function scopeText({ scope }: Relaxation): string {
  switch (scope.kind) {
    case 'account':
      return `account:${scope.account}`;
    case 'domain':
      return `domain:${scope.domain}`;
    case 'signal':
      return `signal:${scope.signal}`;
    default:
      return scope satisfies never;
  }
}

/** The one that makes the guard bear most of this sender. */
export function relaxedFor(event: SendEvent, relaxations: readonly Relaxation[]): Relaxation | undefined {
  const domain = event.account.slice(event.account.lastIndexOf('@') + 1);
  let most: Relaxation | undefined;
  for (const relaxation of relaxations) {
    const { scope, factor } = relaxation;
    const covers =
      (scope.kind === 'account' && scope.account === event.account) ||
      (scope.kind === 'domain' && scope.domain === domain);
    if (covers && factor > (most?.factor ?? 1)) most = relaxation;
  }
  return most;
}

/** What a signal's weight is divided by. */
export function softening(signal: Signal, relaxations: readonly Relaxation[]): number {
  let factor = 1;
  for (const { scope, factor: other } of relaxations)
    if (scope.kind === 'signal' && scope.signal === signal) factor = Math.max(factor, other);
  return factor;
}
