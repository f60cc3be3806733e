import type { PathSummary } from '../../core/queue/port.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven, neededReason, optionOf, toDuration } from '../arguments.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted, localTime } from '../output.ts';
import { toPathKey } from '../queue/filter.ts';
import { tellServer, withStore } from '../with-store.ts';
import { nameOf, pathObject, pathOf } from './of.ts';

export const pathFreeze: Command = {
  name: 'path freeze',
  usage: 'PATH --reason REASON [--for 30m] [--dry-run]',
  summary: 'Stops deliveries to one destination; what waits there keeps its place and its lane.',
  options: {
    reason: { type: 'string', doc: 'Why; shown by path list and told in traces.' },
    for: { type: 'string', doc: 'Thaws by itself after this long; else when you say so.' },
    'dry-run': { type: 'boolean', doc: 'Only say what would be stopped.' },
  },
  positionals: [1, 1],
  examples: ["relais path freeze 'mx.far.example>default' --reason 'they asked us to wait' --for 30m"],
  async run(call) {
    const [dryRun, forMs] = [isGiven(call, 'dry-run'), optionOf(call, 'for')];
    const reason = dryRun ? '' : neededReason(call);
    const lastsMs = forMs === undefined ? undefined : toDuration(forMs);
    return withStore(call, async (store) => {
      const found = await knownOrNew(store, call);
      const open = found.ready + found.waiting;
      call.output.say(
        `To hold back on ${nameOf(found)}: ${counted(open, 'delivery')}${found.leased > 0 ? `; ${found.leased} being tried now go on` : ''}.`,
      );
      if (dryRun) {
        call.output.item({ ...pathObject(found), dryRun: true }, 'Nothing was changed (--dry-run).');
        return EXIT.done;
      }
      const at = Date.now();
      const until = lastsMs === undefined ? {} : { until: at + lastsMs };
      const row = await store.setPath({
        path: found.path,
        state: 'frozen',
        reason,
        by: operator(),
        at,
        ...until,
      });
      await tellServer(call);
      const undo = commandLine(call, ['path', 'thaw', nameOf(found)]);
      const end = row.until === undefined ? 'until it is thawed' : `until ${localTime(row.until)}`;
      call.output.item(
        { ...pathObject({ ...found, ...row }), undo },
        `Frozen ${end}: nothing is tried there, and nothing there loses its place.`,
      );
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};

/** A path may be frozen before anything was ever sent there, when its whole key is written. */
async function knownOrNew(store: SqlStore, call: Call): Promise<PathSummary> {
  const path = toPathKey(call.positionals[0] as string);
  const [exact] = await store.listPaths(path);
  if (exact !== undefined || !/[^>]>[^>]/.test(path)) return exact ?? pathOf(store, call);
  return { path, state: 'open', since: Date.now(), ready: 0, waiting: 0, leased: 0, held: 0 };
}
