import { toOutsideAddress } from '../arguments.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { tellServer, withStore } from '../with-store.ts';

export const suppressionRemove: Command = {
  name: 'suppression remove',
  usage: 'ADDRESS',
  summary: 'Sends to an address again; what was known of it is forgotten.',
  options: {},
  positionals: [1, 1],
  async run(call) {
    const address = toOutsideAddress(call.positionals[0] as string).toLowerCase();
    const was = await withStore(call, (store) => store.unsuppress(address));
    if (!was) throw new CommandError(EXIT.nothing, `nothing is known against ${address}`);
    await tellServer(call);
    call.output.item({ address }, `Mail to ${address} goes out again.`);
    return EXIT.done;
  },
};
