import { isProviderHold } from '../../core/queue/freeze.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { freezeObject } from '../path/words.ts';
import { tellServer, withStore } from '../with-store.ts';
import { commandLine, isGiven } from '../arguments.ts';
import { loadDesk, providerMeant, waitingIn } from './desk.ts';
import { nameInWords, waitingInWords } from './words.ts';

export const providerRetry: Command = {
  name: 'provider retry',
  usage: 'PROVIDER [--dry-run]',
  summary:
    'They unblocked us: one message tries at once; when it is taken the rest follows, slowly at first.',
  options: { 'dry-run': { type: 'boolean', doc: 'Only say what would be tried.' } },
  positionals: [1, 1],
  examples: ['relais provider retry yahoo'],
  async run(call) {
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const one = providerMeant(call, desk, call.positionals[0] as string);
      const held = one.freezes.filter((freeze) => isProviderHold(freeze) && freeze.canary !== undefined);
      const name = nameInWords(one.name);
      if (held.length === 0) {
        const why = one.state === 'returning' ? 'its mail goes again already' : 'nothing of its mail is held';
        throw new CommandError(EXIT.nothing, `${name}: ${why}`);
      }
      const dryRun = isGiven(call, 'dry-run');
      const at = Date.now();
      for (const freeze of held) {
        const { canary } = freeze;
        if (dryRun || canary === undefined) continue;
        // A try that nobody waited for makes the next pause no longer: taking the turn doubles it. One that is due already is
        // the same try.
        const everyMs = canary.at <= at ? canary.everyMs : Math.ceil(canary.everyMs / 2);
        await store.freeze({ ...freeze, canary: { at, everyMs } });
        await store.noteCase({
          scope: freeze.scope,
          event: { at, kind: 'retry', detail: { by: operator() } },
        });
      }
      const heard = !dryRun && (await tellServer(call));
      const open = one.cases.filter(({ state }) => state === 'held');
      const waits = await Promise.all(open.map((found) => waitingIn(store, desk, found)));
      const follow = commandLine(call, ['provider', 'show', one.name]);
      const lines = [
        `${name}: ${dryRun ? 'nothing was changed (--dry-run).' : triesInWords(held.length, { heard })}`,
        ...waits.map((waiting, index) => `  Case ${open[index]?.id} keeps ${waitingInWords(waiting, at)}.`),
        `Should they refuse it, the next tries after the pause as before. To follow it: ${follow}`,
      ];
      const object = { provider: one.name, tried: held.map(freezeObject), dryRun };
      call.output.item(object, lines.join('\n'));
      return EXIT.done;
    });
  },
};

/** Of several cases each has a try of its own: what is taken for one says nothing of the next. */
function triesInWords(cases: number, { heard }: { heard: boolean }): string {
  const when = heard ? 'tries now' : 'tries as soon as a server looks; none runs here now';
  return cases === 1 ? `one message ${when}.` : `one message of each of its ${cases} cases ${when}.`;
}
