/** What a change to the directory came to, in a sentence that says what to do next. */
import type { Change, Rehearsal } from '../core/directory/admin.ts';
import type { SqlStore } from '../store/store.ts';
import { isGiven } from './arguments.ts';
import { type Call, CommandError, EXIT } from './command.ts';
import { tellServer } from './with-store.ts';

/** Why a change was refused. The store answers only some of them to each question; the others would be a fault. */
export type Refusals = Readonly<Partial<Record<Exclude<Change, 'done'>, string>>>;

/** The sentence of a refusal; nothing when the change was made. */
export function refusal(change: Change, refusals: Refusals): string | undefined {
  return change === 'done' ? undefined : (refusals[change] ?? `the store refused this (${change})`);
}

/** Goes on when the change was made, having told the server (whether one heard: `tellServer`); throws the sentence of the refusal otherwise, as of a name that nothing has where that is why. */
export async function expectDone(call: Call, change: Change, refusals: Refusals): Promise<boolean> {
  throwIfRefused(change, refusals);
  return tellServer(call);
}

function throwIfRefused(change: Change, refusals: Refusals): void {
  const why = refusal(change, refusals);
  if (why !== undefined) throw new CommandError(change === 'missing' ? EXIT.nothing : EXIT.failed, why);
}

/** Of a command that can be tried first. */
export const DRY_RUN = {
  'dry-run': { type: 'boolean', doc: 'Only say what would change, or why it would be refused.' },
} as const;
export const NOT_CHANGED = 'Nothing was changed (--dry-run).';

/** Makes a change; with --dry-run, only sees what would come of it. */
export async function makeOrTry(call: Call, store: SqlStore, rehearsal: Rehearsal): Promise<Change> {
  if (isGiven(call, 'dry-run')) return store.rehearse(rehearsal);
  // What is asked belongs to the change, by the type of both together.
  const make = store[rehearsal.change] as (request: Rehearsal['request']) => Promise<Change>;
  return make(rehearsal.request);
}
