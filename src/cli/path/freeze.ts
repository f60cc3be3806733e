import type { Freeze, FreezeBlame, Scope } from '../../core/queue/freeze.ts';
import {
  type Allowed,
  commandLine,
  durationOf,
  isGiven,
  neededReason,
  readOption,
  toWord,
} from '../arguments.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted, localTime } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { nameOf } from './of.ts';
import { scopeOf } from './scope.ts';
import { type HeldBack, loadAround, under, withCounted } from './standing.ts';
import { CLOCKS, freezeObject, scopeWord } from './words.ts';

/** Paths that are named to a person. */
const MOST_NAMED = 5;
const ALLOWED: Allowed = { least: '1s', most: '365d', further: 'without --for it lasts until you thaw it' };
const BLAMES = ['local', 'path', 'reputation'] as const;

export const pathFreeze: Command = {
  name: 'path freeze',
  usage: 'SCOPE --reason REASON [--for 30m] [--blame local] [--dry-run]',
  summary:
    'Stops deliveries to a PATH, a mail HOST, provider:NAME, egress:NAME, site:KEY, node, or all; each keeps its place.',
  options: {
    reason: { type: 'string', doc: 'Why; shown by path list and told in traces.' },
    for: { type: 'string', doc: 'Thaws by itself after this long; else when you say so.' },
    blame: {
      type: 'string',
      doc: 'Whose fault: local (unless given), and the time of the mail does not run; reputation: it stands still for as long again as the lifetime at most; path: it runs on, so that senders are told in time.',
    },
    'dry-run': { type: 'boolean', doc: 'Only say what would be stopped.' },
  },
  positionals: [1, 1],
  examples: [
    "relais path freeze 'mx.far.example>default' --reason 'they asked us to wait' --for 30m",
    "relais path freeze provider:google --reason 'their incident 4711' --dry-run",
    "relais path freeze all --reason 'moving the addresses' --for 1h",
  ],
  async run(call) {
    const dryRun = isGiven(call, 'dry-run');
    const reason = dryRun ? '' : neededReason(call);
    const lastsMs = durationOf(call, 'for', ALLOWED);
    const blame: FreezeBlame = readOption(call, 'blame', (text) => toWord(text, BLAMES)) ?? 'local';
    return withStore(call, async (store) => {
      const now = Date.now();
      // One that is over by now must not be prolonged.
      if (!dryRun) await store.thawDue(now);
      const loaded = await loadAround(store, { config: call.config, now });
      const scope = scopeOf(call, loaded);
      const around = await withCounted(store, loaded, scope);
      const held = under(scope, around);
      call.output.say(`To hold back ${heldBackInWords(scope, held)}`);
      if (dryRun) {
        call.output.item({ ...heldObject(scope, held), dryRun: true }, NOT_CHANGED);
        return EXIT.done;
      }
      const before = around.standing.freezes.find((one) => one.scope === scope && one.cause === 'operator');
      const until = lastsMs === undefined ? {} : { until: now + lastsMs };
      const asked: Freeze = { scope, cause: 'operator', blame, since: now, reason, by: operator(), ...until };
      const freeze = await store.freeze(asked);
      await tellServer(call);
      const words = before === undefined ? ['path', 'thaw', scopeWord(scope)] : freezeAgain(before, now);
      const undo = commandLine(call, words);
      const object = { ...heldObject(scope, held), state: 'frozen', ...freezeObject(freeze), undo };
      call.output.item(object, doneInWords(freeze, before));
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};

function doneInWords({ until, blame }: Freeze, before: Freeze | undefined): string {
  const end = until === undefined ? 'until it is thawed' : `until ${localTime(until)}`;
  const instead =
    before === undefined ? '' : ` It was frozen since ${localTime(before.since)} (${before.reason}).`;
  return `Frozen ${end}: nothing is tried there, and nothing there loses its place; ${CLOCKS[blame]}.${instead}`;
}

/** `on mx.far.example>default: 2 deliveries.`; `with provider:google: 1200 deliveries on 2 paths: … .` */
function heldBackInWords(scope: Scope, { deliveries, leased, paths }: HeldBack): string {
  const which = scope.startsWith('path:') ? 'on' : 'with';
  const names = paths.length > MOST_NAMED ? '' : `: ${paths.map(nameOf).join('  ')}`;
  const where = which === 'on' || paths.length === 0 ? '' : ` on ${counted(paths.length, 'path')}${names}`;
  const now = leased > 0 ? `; ${leased} being tried now ${leased === 1 ? 'goes' : 'go'} on` : '';
  return `${which} ${scopeWord(scope)}: ${counted(deliveries, 'delivery')}${where}${now}.`;
}

export function heldObject(scope: Scope, { deliveries, leased, paths }: HeldBack): Record<string, unknown> {
  return {
    scope,
    ...(scope.startsWith('path:') ? { path: scope.slice('path:'.length) } : {}),
    deliveries,
    leased,
    paths: paths.map(({ path }) => path),
  };
}

/** The command that freezes as it was. */
export function freezeAgain({ scope, reason, blame, until }: Freeze, now: number): string[] {
  return [
    ...['path', 'freeze', scopeWord(scope), '--reason', reason],
    ...(blame === 'local' ? [] : ['--blame', blame]),
    ...(until === undefined ? [] : ['--for', `${Math.max(1, Math.ceil((until - now) / 1000))}s`]),
  ];
}
