import { type Allowed, commandLine, durationOf, isGiven, neededReason } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted, localTime } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { blockedBy, loadDesk } from './desk.ts';
import { blockMeant, spreadObject, WARNING } from './spreading.ts';
import { nameInWords } from './words.ts';

/** A block that lasts longer needs somebody who looks again. */
const ALLOWED: Allowed = { least: '1s', most: '24h', further: 'look again then' };

export const providerSpread: Command = {
  name: 'provider spread',
  usage: 'PROVIDER|CASE --reason REASON --for 2h [--dry-run]',
  summary:
    'Lets mail that waits because a provider refuses one address of ours leave by another; it may spread the block.',
  options: {
    reason: { type: 'string', doc: 'Why; told in the case, and by provider show.' },
    for: { type: 'string', doc: 'Ends by itself after this long; 24 hours at most.' },
    'dry-run': { type: 'boolean', doc: 'Only say what would leave by another egress.' },
  },
  positionals: [1, 1],
  examples: [
    "relais provider spread yahoo --reason 'listed by mistake, ticket 4711' --for 2h",
    "relais provider spread 12 --reason 'their list names one address only' --for 30m",
  ],
  async run(call) {
    const dryRun = isGiven(call, 'dry-run');
    const reason = dryRun ? '' : neededReason(call);
    const lastsMs = dryRun ? 0 : lastsFor(call);
    const others = egressesOf(call);
    if (others < 2)
      throw new CommandError(
        EXIT.failed,
        'there is no other egress: write two [[egress]] at least, besides that of guard.pool',
      );
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const { scope, standing, words } = await blockMeant(call, store, desk);
      const blocks = blockedBy(desk, scope);
      const name = nameInWords(standing.name);
      if (blocks.length === 0)
        throw new CommandError(
          EXIT.nothing,
          `${name}: no address of ours is blocked there, nothing is to be spread`,
        );
      call.output.say(WARNING);
      const since = Date.now();
      const order = { scope, reason, by: operator(), since, until: since + lastsMs };
      const object = { provider: standing.name, blocks, dryRun };
      const what = `${name}: what waits for ${counted(blocks.length, 'block')}`;
      if (dryRun) {
        call.output.item(object, `${what} would leave by another egress. Nothing was changed (--dry-run).`);
        return EXIT.done;
      }
      await store.spread({ ...order, cases: blocks });
      await tellServer(call);
      const undo = commandLine(call, ['provider', 'unspread', words, '--reason', 'REASON']);
      call.output.item(
        { ...object, ...spreadObject(order), undo },
        `${what} leaves by another egress, until ${localTime(order.until)}. What is refused to a customer, or for what it says, stays.`,
      );
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};

function lastsFor(call: Call): number {
  const lastsMs = durationOf(call, 'for', ALLOWED);
  if (lastsMs !== undefined) return lastsMs;
  throw new CommandError(EXIT.usage, 'say for how long, with --for 2h; at most 24h');
}

function egressesOf({ config }: Call): number {
  return config.egress.filter(({ name }) => name !== config.guard.pool).length;
}
