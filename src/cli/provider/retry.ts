import { type Freeze, isProviderHold } from '../../core/queue/freeze.ts';
import { isNothing, type Waiting } from '../../core/queue/admin.ts';
import { type Candidate, chooseCanary } from '../../core/reputation/canary.ts';
import type { ProviderCase } from '../../core/reputation/case.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { freezeObject } from '../path/words.ts';
import type { SqlStore } from '../../store/store.ts';
import { tellServer, withStore } from '../with-store.ts';
import { commandLine, isGiven } from '../arguments.ts';
import { caseMeant } from './case.ts';
import { type Desk, loadDesk, pathsIn, providerIn, providerMeant, type Standing, waitingIn } from './desk.ts';
import { nameInWords, waitingInWords } from './words.ts';

/** Paths that are asked for a message. */
const MOST_ASKED = 100;

export const providerRetry: Command = {
  name: 'provider retry',
  usage: 'PROVIDER|CASE [--dry-run]',
  summary:
    'They unblocked us: one message tries at once; when it is taken the rest follows, slowly at first.',
  options: { 'dry-run': { type: 'boolean', doc: 'Only say what would be tried.' } },
  positionals: [1, 1],
  examples: ['relais provider retry yahoo', 'relais provider retry 12'],
  async run(call) {
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const { one, only } = await meant(call, store, desk);
      const held = one.freezes.filter(
        (freeze) =>
          isProviderHold(freeze) &&
          freeze.canary !== undefined &&
          (only === undefined || freeze.scope === only.scope),
      );
      const name = nameInWords(one.name);
      if (held.length === 0) throw new CommandError(EXIT.nothing, `${name}: ${whyNot(one, only)}`);
      const dryRun = isGiven(call, 'dry-run');
      const at = Date.now();
      const scopes = new Set(held.map(({ scope }) => scope));
      const open = one.cases.filter(({ state, scope }) => state === 'held' && scopes.has(scope));
      if (!dryRun) {
        for (const found of open) await makeOneDue(store, { desk, found, at });
        for (const freeze of held) await askFor(store, freeze, at);
      }
      const heard = !dryRun && (await tellServer(call));
      const waits = await Promise.all(open.map((found) => waitingIn(store, desk, found)));
      const empty = waits.filter(isNothing).length;
      const follow = commandLine(call, ['provider', 'show', one.name]);
      const lines = [
        `${name}: ${dryRun ? 'nothing was changed (--dry-run).' : triesInWords(held.length - empty, { heard, cases: held.length })}`,
        ...waits.map((waiting, index) => `  ${keepsInWords(open[index] as ProviderCase, waiting, at)}`),
        ...(empty === held.length
          ? []
          : [`Should they refuse it, the next tries after the pause as before. To follow it: ${follow}`]),
      ];
      const object = { provider: one.name, tried: held.map(freezeObject), dryRun };
      call.output.item(object, lines.join('\n'));
      return EXIT.done;
    });
  },
};

/** A provider, or one of its cases. Throws when there is none. */
async function meant(
  call: Call,
  store: SqlStore,
  desk: Desk,
): Promise<{ one: Standing; only: ProviderCase | undefined }> {
  const text = call.positionals[0] as string;
  if (!/^\d{1,15}$/.test(text)) return { one: providerMeant(call, desk, text), only: undefined };
  const only = await caseMeant(call, store, desk);
  return { one: providerIn(desk, only.provider), only };
}

function whyNot(one: Standing, only: ProviderCase | undefined): string {
  const state = only?.state ?? one.state;
  if (state === 'returning') return 'its mail goes again already';
  return only === undefined ? 'nothing of its mail is held' : `nothing is held by case ${only.id}`;
}

async function askFor(store: SqlStore, freeze: Freeze, at: number): Promise<void> {
  const { canary } = freeze;
  if (canary === undefined) return;
  // A try that nobody waited for makes the next pause no longer: taking the turn doubles it. One that is due already is
  // the same try.
  const everyMs = canary.at <= at ? canary.everyMs : Math.ceil(canary.everyMs / 2);
  await store.freeze({ ...freeze, canary: { at, everyMs } });
  await store.noteCase({ scope: freeze.scope, event: { at, kind: 'retry', detail: { by: operator() } } });
}

/** A try has a message whose time it is: where all of them wait for their own next try, the best of them waits no longer. */
async function makeOneDue(
  store: SqlStore,
  { desk, found, at }: { desk: Desk; found: ProviderCase; at: number },
): Promise<void> {
  const paths = pathsIn(desk, found).slice(0, MOST_ASKED);
  const only = found.customer === undefined ? {} : { only: found.customer };
  const among = (now: number): Promise<Candidate[][]> =>
    Promise.all(paths.map((path) => store.canaryCandidates({ path, now, avoid: [], ...only })));
  if ((await among(at)).some((candidates) => candidates.length > 0)) return;
  const chosen = chooseCanary((await among(Number.MAX_SAFE_INTEGER)).flat(), new Set());
  if (chosen === undefined) return;
  const reason = `provider retry, case ${found.id}`;
  await store.changeQueue({ kind: 'retry', filter: { delivery: chosen.delivery }, reason, at, limit: 1 });
}

function keepsInWords({ id }: ProviderCase, waiting: Waiting, at: number): string {
  return isNothing(waiting)
    ? `Case ${id} keeps nothing: the next message for it tries.`
    : `Case ${id} keeps ${waitingInWords(waiting, at)}.`;
}

/** Of several cases each has a try of its own: what is taken for one says nothing of the next. */
function triesInWords(tries: number, { heard, cases }: { heard: boolean; cases: number }): string {
  if (tries === 0) return 'nothing waits that could try.';
  const when = heard ? 'tries now' : 'tries as soon as a server looks; none runs here now';
  if (cases === 1) return `one message ${when}.`;
  return tries === cases
    ? `one message of each of its ${cases} cases ${when}.`
    : `one message of each of ${tries} of its ${cases} cases ${when}.`;
}
