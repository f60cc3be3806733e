/** What a change to the directory came to, in a sentence that says what to do next. */
import type { Change } from '../core/directory/admin.ts';
import { type Call, CommandError, EXIT } from './command.ts';
import { tellServer } from './with-store.ts';

/** Why a change was refused. The store answers only some of them to each question; the others would be a fault. */
export type Refusals = Readonly<Partial<Record<Exclude<Change, 'done'>, string>>>;

/** The sentence of a refusal; nothing when the change was made. */
export function refusal(change: Change, refusals: Refusals): string | undefined {
  return change === 'done' ? undefined : (refusals[change] ?? `the store refused this (${change})`);
}

/** Goes on when the change was made, having told the server; throws the sentence of the refusal otherwise, as of a name that nothing has where that is why. */
export async function expectDone(call: Call, change: Change, refusals: Refusals): Promise<void> {
  const why = refusal(change, refusals);
  if (why !== undefined) throw new CommandError(change === 'missing' ? EXIT.nothing : EXIT.failed, why);
  await tellServer(call);
}
