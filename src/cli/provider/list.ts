import { type Command, EXIT } from '../command.ts';
import { counted, type Listed, sayTable } from '../output.ts';
import { ago } from '../path/of.ts';
import { sumOf } from '../path/standing.ts';
import { withStore } from '../with-store.ts';
import { isForgotten, loadDesk, providersOf, type Standing } from './desk.ts';
import { detourOf } from './detour.ts';
import { caseInWords, caseObject, isOfCustomer, stateInWords } from './words.ts';

const HEAD = ['Provider', 'State', 'Waiting', 'Trying', 'Oldest', 'Paths', 'Case'];

export const providerList: Command = {
  name: 'provider list',
  usage: '',
  summary: 'Every provider that has mail or refused some: what is held, what waits, and the case.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const { now } = desk.standing;
      const all = providersOf(desk);
      if (all.length === 0) {
        call.output.say('No provider yet: nothing was sent to any.');
        return EXIT.done;
      }
      const listed = all.map((one): Listed => {
        const open = openOf(one);
        return {
          cells: [
            one.name,
            stateOf(one),
            String(waiting(one)),
            String(trying(one)),
            ago(oldestOf(one), now),
            String(one.paths.length),
            open.map(({ id }) => id).join(' '),
          ],
          object: {
            schema: 'relais.provider/1',
            provider: one.name,
            state: one.state,
            waiting: waiting(one),
            trying: trying(one),
            paths: one.paths.length,
            cases: open.map(caseObject),
          },
          below: open.map((found) => {
            const detour = detourOf(call.config, desk, found);
            const about = { freezes: one.freezes, detour, now, isForgotten: isForgotten(desk, found) };
            return `  ${caseInWords(found)}: ${stateInWords(found, about)}`;
          }),
        };
      });
      sayTable(call.output, { head: HEAD, right: [2, 3, 5] }, listed);
      return EXIT.done;
    });
  },
};

function openOf({ cases }: Standing): Standing['cases'] {
  return cases.filter(({ state }) => state !== 'closed');
}

function stateOf({ state, freezes }: Standing): string {
  const held = freezes.filter(({ cause }) => cause === 'automatic');
  return state === 'held' && held.every(isOfCustomer)
    ? `held for ${counted(held.length, 'customer')}`
    : state;
}

/** As `path list` counts it: ready or waiting. */
function waiting({ paths }: Standing): number {
  return sumOf(paths.map((path) => path.ready + path.waiting));
}

function trying({ paths }: Standing): number {
  return sumOf(paths.map(({ leased }) => leased));
}

function oldestOf({ paths }: Standing): number | undefined {
  const times = paths.flatMap(({ oldestAt }) => oldestAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
