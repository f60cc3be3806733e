import { verbatim } from '../../core/trace/sentences.ts';
import { commandLine } from '../arguments.ts';
import { type Command, EXIT } from '../command.ts';
import { fromNow, localTime } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';
import { freezeInWords, nameOf, pathObject, pathOf } from './of.ts';

/** Its oldest deliveries that are shown. */
const SHOWN = 10;

export const pathShow: Command = {
  name: 'path show',
  usage: 'PATH',
  summary: 'One destination, with its oldest deliveries and what was last said to them.',
  options: {},
  positionals: [1, 1],
  examples: ["relais path show 'mx.far.example>default'", 'relais path show mx.far.example'],
  async run(call) {
    return withStore(call, async (store) => {
      const path = await pathOf(store, call);
      const [oldest, references] = await Promise.all([
        store.listQueue({ filter: { path: path.path }, limit: SHOWN }),
        openReferences(store),
      ]);
      const now = Date.now();
      const lines = [
        `Path      ${nameOf(path)}`,
        `State     ${path.state === 'frozen' ? freezeInWords(path) : 'open'}`,
        `Mail      ${path.ready} ready, ${path.waiting} waiting, ${path.leased} being tried, ${path.held} held`,
        ...(path.oldestAt === undefined
          ? []
          : [`Oldest    accepted ${localTime(path.oldestAt)} (${fromNow(path.oldestAt, now)})`]),
        ...(path.nextDueAt === undefined
          ? []
          : [`Next try  ${localTime(path.nextDueAt)} (${fromNow(path.nextDueAt, now)})`]),
        `Owner     ${path.owner === undefined ? 'none: no worker has it now' : `worker ${path.owner}`}`,
        ...(oldest.length === 0 ? [] : ['', 'Its oldest deliveries:']),
        ...oldest.flatMap(({ message, recipient, state, last }) => [
          `  ${references.of(message)}  ${recipient}  ${state}`,
          ...(last === undefined ? [] : [`    (${verbatim(last).replaceAll('\n', ' / ')})`]),
        ]),
      ];
      const sample = oldest.map(({ message, recipient, state, last }) => ({
        reference: references.of(message),
        recipient,
        state,
        last,
      }));
      call.output.item({ ...pathObject(path), oldest: sample }, lines.join('\n'));
      if (oldest.length === SHOWN)
        call.output.say(`All of them: ${commandLine(call, ['queue', 'list', '--path', nameOf(path)])}`);
      return EXIT.done;
    });
  },
};
