import { SUPPRESSED_FOR_MS } from '../../core/reputation/suppression.ts';
import { commandLine, durationOf, neededReason, toOutsideAddress } from '../arguments.ts';
import { domainOf } from '../../core/delivery/route.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { localTime, rfc3339 } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';

export const suppressionAdd: Command = {
  name: 'suppression add',
  usage: 'ADDRESS --reason REASON [--for 90d]',
  summary: 'Sends nothing to an address any more: what comes for it goes back at once, with a notice.',
  options: {
    reason: { type: 'string', doc: 'Why; kept with it.' },
    for: { type: 'string', doc: 'How long; 90 days unless given.' },
  },
  positionals: [1, 1],
  examples: ["relais suppression add nobody@far.example --reason 'she has moved' --for 30d"],
  async run(call) {
    const address = toOutsideAddress(call.positionals[0] as string).toLowerCase();
    const reason = neededReason(call);
    const at = Date.now();
    const expiresAt = at + (durationOf(call, 'for', { least: '1s', most: '3650d' }) ?? SUPPRESSED_FOR_MS);
    const entry = {
      address,
      reason,
      by: operator(),
      failures: 0,
      firstAt: at,
      lastAt: at,
      since: at,
      expiresAt,
    };
    const before = await withStore(call, async (store) => {
      const domain = domainOf(address);
      if (await store.isLocal(domain))
        throw new CommandError(
          EXIT.usage,
          `${domain} is a domain here: its mail is kept here, and nothing is sent there. An address that is to get none: ${commandLine(call, ['address', 'remove', address])}`,
        );
      return store.suppress(entry);
    });
    await tellServer(call);
    const undo = commandLine(call, ['suppression', 'remove', address]);
    const instead =
      before === undefined
        ? ''
        : ` (Before, until ${localTime(before.expiresAt)}: ${before.reason.replaceAll('\n', ' / ')}. That is replaced.)`;
    const line = `Nothing is sent to ${address} until ${localTime(expiresAt)}.${instead}\nUndo: ${undo}`;
    call.output.item({ address, reason, expiresAt: rfc3339(expiresAt), undo }, line);
    return EXIT.done;
  },
};
