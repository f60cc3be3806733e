import { type Command, EXIT } from '../command.ts';
import { columns } from '../output.ts';
import { withStore } from '../with-store.ts';
import { ago, freezeInWords, nameOf, pathObject } from './of.ts';

const HEAD = ['Path', 'State', 'Ready', 'Waiting', 'Trying', 'Held', 'Oldest', 'Next try', 'Owner'];

export const pathList: Command = {
  name: 'path list',
  usage: '',
  summary: 'Every destination: its state, what waits for it, the oldest of it, and which worker has it.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    const { output } = call;
    const now = Date.now();
    const paths = await withStore(call, (store) => store.listPaths(undefined));
    const rows = paths.map((path) => [
      nameOf(path),
      path.state,
      ...[path.ready, path.waiting, path.leased, path.held].map(String),
      ago(path.oldestAt, now),
      ago(path.nextDueAt, now),
      path.owner === undefined ? '' : String(path.owner),
    ]);
    const [head, ...lines] = columns([HEAD, ...rows], [2, 3, 4, 5]);
    output.say(paths.length === 0 ? 'No path yet: nothing was sent anywhere.' : (head as string));
    paths.forEach((path, index) => {
      const why = path.state === 'frozen' ? `\n  ${freezeInWords(path)}` : '';
      output.item(pathObject(path), `${lines[index]}${why}`);
    });
    return EXIT.done;
  },
};
