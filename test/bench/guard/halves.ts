/**
 * The halves of the recorded traffic: thresholds are chosen on A, and what they reach is reported on B as well. Legitimate
 * traces are split by account, attacks by campaign, each by a hash of its name, so that it is the same split every time.
 */
import { hashOf } from '../../../src/core/guard/hash.ts';
import type { Spammers } from './attacks.ts';
import type { Host } from './traffic.ts';

export type Half = 'A' | 'B';

export function halfOf(name: string): Half {
  return hashOf(name) % 2 === 0 ? 'B' : 'A';
}

/** A host on which only these accounts are. */
export function hostHalf({ name, events }: Host, half: Half): Host {
  return { name, events: events.filter(({ account }) => halfOf(account) === half) };
}

/** The campaigns of one half; a template goes with its campaign. */
export function spammersHalf({ templates, campaigns }: Spammers, half: Half): Spammers {
  const mine = (spams: Spammers['templates'][number]): boolean => halfOf(spams[0]?.campaign ?? '') === half;
  return { templates: templates.filter(mine), campaigns: campaigns.filter(mine) };
}
