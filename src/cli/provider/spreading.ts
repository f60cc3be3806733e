/** What `provider spread`, `unspread` and `show` say alike. */
import type { Scope } from '../../core/queue/freeze.ts';
import type { Spread } from '../../core/queue/spread.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { localTime, rfc3339 } from '../output.ts';
import type { SqlStore } from '../../store/store.ts';
import { caseMeant } from './case.ts';
import { blockInWords, openInWords, shutInWords, type Ways, waysOf } from './detour.ts';
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

/** Throws when there is none, and for a case in which one customer alone was refused: it may be for that one's own sake. */
export async function blockMeant(call: Call, store: SqlStore, desk: Desk): Promise<Meant> {
  const text = call.positionals[0] as string;
  if (!/^\d{1,15}$/.test(text)) {
    const standing = providerMeant(call, desk, text);
    return { scope: providerScope(standing.name), standing, words: standing.name };
  }
  const { scope, customer, provider } = await caseMeant(call, store, desk);
  if (customer !== undefined)
    throw new CommandError(
      EXIT.nothing,
      `in case ${text} only mail of ${customer} was refused, and only that is held; a spread is for what others send as well`,
    );
  return { scope, standing: providerIn(desk, provider), words: text };
}

export function spreadInWords(
  call: Call,
  desk: Desk,
  { standing, spread }: { standing: Standing; spread: Spread },
): string {
  const { scope, reason, by, until } = spread;
  const { name } = standing;
  const what = scope === providerScope(name) ? '' : ` (of ${scope})`;
  const undo = commandLine(call, ['provider', 'unspread', name, '--reason', 'REASON']);
  const ways = waysOf(call.config, desk, scope);
  const leaves =
    ways.length === 0
      ? `no address of ours is blocked now; what should be${what} leaves by another egress`
      : ways.map((one) => `what is blocked${what} for ${wayInWords(one, 'leaves')}`).join('; ');
  return `Spread    ${leaves}, until ${localTime(until)}: ${reason} (${by}). To end it: ${undo}`;
}

/** `egress a leaves by egress b`; `egress a stays: egress b is blocked there too`. */
export function wayInWords(way: Ways, leaves: 'leaves' | 'would leave'): string {
  const does =
    way.open.length > 0 ? `${leaves} by ${openInWords(way)}` : `stays where it is: ${shutInWords(way)}`;
  return `${blockInWords(way)} ${does}`;
}

export function spreadObject({ since, until, ...rest }: Spread): Record<string, unknown> {
  return { ...rest, since: rfc3339(since), until: rfc3339(until) };
}
