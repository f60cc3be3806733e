/** What `provider spread`, `unspread` and `show` say alike. */
import type { Scope } from '../../core/queue/freeze.ts';
import type { Spread } from '../../core/queue/spread.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { localTime, rfc3339 } from '../output.ts';
import type { SqlStore } from '../../store/store.ts';
import { caseMeant } from './case.ts';
import { type Desk, providerMeant, providerScope, type Standing, providerIn } from './desk.ts';

export const WARNING =
  'Careful: who refuses one address for what it sends soon refuses the next. This is right for a list that names one address by mistake, and wrong for a bad name: find the cause first.';

/** What a command is about: a whole provider, or what one case is about. */
export interface Meant {
  readonly scope: Scope;
  readonly standing: Standing;
  /** As it was named. */
  readonly words: string;
}

/** Throws when there is none, and for a case that is about a customer: that one would be refused from everywhere. */
export async function blockMeant(call: Call, store: SqlStore, desk: Desk): Promise<Meant> {
  const text = call.positionals[0] as string;
  if (!/^\d{1,15}$/.test(text)) {
    const standing = providerMeant(call, desk, text);
    return { scope: providerScope(standing.name), standing, words: standing.name };
  }
  const { scope, customer, provider } = await caseMeant(call, store, desk);
  if (customer !== undefined)
    throw new CommandError(
      EXIT.failed,
      `case ${text} is about the mail of ${customer}, not about our address: it would be refused from every egress`,
    );
  return { scope, standing: providerIn(desk, provider), words: text };
}

export function spreadInWords(call: Call, { name }: Standing, { scope, reason, by, until }: Spread): string {
  const what = scope === providerScope(name) ? '' : ` (of ${scope})`;
  const undo = commandLine(call, ['provider', 'unspread', name, '--reason', 'REASON']);
  return `Spread    what is blocked${what} leaves by other egresses until ${localTime(until)}: ${reason} (${by}). To end it: ${undo}`;
}

export function spreadObject({ since, until, ...rest }: Spread): Record<string, unknown> {
  return { ...rest, since: rfc3339(since), until: rfc3339(until) };
}
