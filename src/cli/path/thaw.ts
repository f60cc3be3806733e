import { customerOfScope, type Freeze, isWarmUpStop, partsOf, type Scope } from '../../core/queue/freeze.ts';
import { commandLine, isGiven, optionOf } from '../arguments.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted, forPeople } from '../output.ts';
import type { PathKey } from '../../core/envelope.ts';
import { tellServer, withStore } from '../with-store.ts';
import { freezeAgain, heldObject } from './freeze.ts';
import { scopeOf } from './scope.ts';
import {
  type Around,
  apartOn,
  emptyPath,
  loadAround,
  type PathLike,
  sumOf,
  under,
  waitingOn,
  withCounted,
} from './standing.ts';
import { freezeInWords, freezeObject, scopeInWords, scopeWord } from './words.ts';

export const pathThaw: Command = {
  name: 'path thaw',
  usage: 'SCOPE [--automatic] [--reason REASON] [--dry-run]',
  summary: 'Lets what a freeze holds back go on, oldest first; one that froze by itself is tried at once.',
  options: {
    automatic: {
      type: 'boolean',
      doc: 'Also the automatic freeze, where an operator froze the same; without one it is meant anyway.',
    },
    reason: { type: 'string', doc: 'Why; kept with who it was, and shown by relais path show.' },
    'dry-run': { type: 'boolean', doc: 'Only say what would go on.' },
  },
  positionals: [1, 1],
  examples: ["relais path thaw 'mx.far.example>default'", 'relais path thaw provider:google'],
  async run(call) {
    const dryRun = isGiven(call, 'dry-run');
    return withStore(call, async (store) => {
      const at = Date.now();
      if (!dryRun) await store.thawDue(at);
      const loaded = await loadAround(store, { config: call.config, now: at });
      const ended = meant(call, loaded);
      const [first] = ended;
      const around = await withCounted(store, loaded, first.scope);
      const reason = optionOf(call, 'reason');
      const by = { by: operator(), ...(reason === undefined ? {} : { reason }) };
      if (!dryRun) {
        for (const { scope, cause } of ended) await store.thaw({ scope, cause, at, by });
        await tellServer(call);
      }
      const still = stillOver(first.scope, { around, ended });
      const undo = commandLine(call, freezeAgain(first, at));
      const object = {
        ...heldObject(first.scope, under(first.scope, around)),
        state: still.open ? 'open' : 'frozen',
        thawed: ended.map(freezeObject),
        freezes: still.freezes.map(freezeObject),
        ...(dryRun ? { dryRun } : { ...by, undo }),
      };
      const length = forPeople(at - first.since);
      const sum = `${dryRun ? 'Would thaw' : 'Thawed'} after ${length}: ${counted(still.free, 'delivery')} can go on, oldest first.`;
      const rest = [
        ...still.freezes.map((freeze) => `Still: ${scopeInWords(freeze.scope)} is ${freezeInWords(freeze)}`),
        ...(still.apart === 0
          ? []
          : [
              `Still: ${counted(still.apart, 'delivery')} there, frozen for ${still.apart === 1 ? 'its customer' : 'their customers'} (path list says whose)`,
            ]),
      ];
      call.output.item(object, [sum, ...rest].join('\n'));
      call.output.say(dryRun ? NOT_CHANGED : undoInWords(first, undo));
      return EXIT.done;
    });
  },
};

/** What froze by itself does so again: only an operator's freeze is undone to the letter. */
function undoInWords({ cause }: Freeze, undo: string): string {
  if (cause === 'operator') return `Undo: ${undo}`;
  return `Should the next tries fail it stands still again by itself. To keep it back yourself: ${undo}`;
}

/** The freezes that end: an operator's, or the automatic one where that is the only one or asked for. */
function meant(call: Call, around: Around): [Freeze, ...Freeze[]] {
  const scope = scopeOf(call, around);
  const { freezes } = around.standing;
  const here = freezes.filter((freeze) => freeze.scope === scope);
  const [only, ...more] = here.length > 0 ? here : freezes.filter((freeze) => isInSite(freeze.scope, scope));
  if (only === undefined) throw new CommandError(EXIT.nothing, nothingToThaw(call, scope, around));
  if (more.some((freeze) => freeze.scope !== only.scope)) {
    const names = [...new Set([only, ...more].map((freeze) => scopeWord(freeze.scope)))].join('  ');
    throw new CommandError(
      EXIT.usage,
      `several paths of ${scopeWord(scope)} are frozen; name one of: ${names}`,
    );
  }
  const byHand = [only, ...more].filter(({ cause }) => cause === 'operator');
  const [first = [only, ...more].find((freeze) => !isWarmUpStop(freeze)) ?? only] = byHand;
  const rest = [only, ...more].filter((freeze) => freeze !== first);
  return isGiven(call, 'automatic') ? [first, ...rest] : [first];
}

/** Whoever names a host may mean a path that leads there. */
function isInSite(frozen: Scope, scope: Scope): boolean {
  return (
    frozen.startsWith('path:') &&
    scope.startsWith('site:') &&
    partsOf(frozen.slice('path:'.length) as PathKey).site === scope.slice('site:'.length)
  );
}

function nothingToThaw(call: Call, scope: Scope, around: Around): string {
  const { standing } = around;
  const inside = under(scope, around).paths;
  const key = scope.startsWith('path:') ? [emptyPath(scope.slice('path:'.length) as PathKey)] : [];
  const freezes = new Set([...inside, ...key].flatMap((path) => standing.over(path)));
  const name = scopeWord(scope);
  if (freezes.size === 0) return `${name} is not frozen; nothing to do`;
  const ways = [...freezes].map(
    (freeze) =>
      `${scopeInWords(freeze.scope)} is ${freezeInWords(freeze)}. It ends with: ${commandLine(call, ['path', 'thaw', scopeWord(freeze.scope)])}`,
  );
  return `${name} is not frozen by itself. ${ways.join('\n')}`;
}

/** What keeps standing still of what lay in a scope once these have ended, and how much is free. */
function stillOver(
  scope: Scope,
  { around, ended }: { around: Around; ended: readonly Freeze[] },
): { freezes: Freeze[]; free: number; apart: number; open: boolean } {
  const { standing } = around;
  const { paths } = under(scope, around);
  const customer = customerOfScope(scope)?.domain;
  const over = (path: PathLike): Freeze[] =>
    standing.over(path, customer).filter((freeze) => !ended.includes(freeze));
  const freezes = new Set([
    ...standing.freezes.filter((freeze) => freeze.scope === scope && !ended.includes(freeze)),
    ...paths.flatMap(over),
  ]);
  const free = paths.filter((path) => over(path).length === 0);
  const all = sumOf(free.map((path) => waitingOn(path, scope, around)));
  const apart = customer === undefined ? sumOf(free.map((path) => apartOn(path, around))) : 0;
  return { freezes: [...freezes], free: all - apart, apart, open: freezes.size === 0 || free.length > 0 };
}
