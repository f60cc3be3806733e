import { commandLine, optionOf } from '../arguments.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { counted, forPeople } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { operator } from '../operator.ts';
import { nameOf, pathObject, pathOf } from './of.ts';

export const pathThaw: Command = {
  name: 'path thaw',
  usage: 'PATH [--reason REASON]',
  summary: 'Lets deliveries to a frozen destination go on, oldest first.',
  options: { reason: { type: 'string', doc: 'Why; shown by path show.' } },
  positionals: [1, 1],
  async run(call) {
    return withStore(call, async (store) => {
      const found = await pathOf(store, call);
      if (found.state === 'open')
        throw new CommandError(EXIT.nothing, `${nameOf(found)} is open already; nothing to do`);
      const reason = optionOf(call, 'reason') ?? 'thawed by hand';
      const at = Date.now();
      const row = await store.setPath({ path: found.path, state: 'open', reason, by: operator(), at });
      await tellServer(call);
      const undo = commandLine(call, ['path', 'freeze', nameOf(found), '--reason', found.reason ?? reason]);
      call.output.item(
        { ...pathObject({ ...found, ...row }), undo },
        `Thawed after ${forPeople(at - found.since)}: ${counted(found.ready + found.waiting, 'delivery')} can go on, oldest first.`,
      );
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};
