import { type Allowed, commandLine, durationOf, isGiven, neededReason } from '../arguments.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import type { Scope } from '../../core/queue/freeze.ts';
import { counted, localTime } from '../output.ts';
import { apartOn, sumOf, under } from '../path/standing.ts';
import { tellServer, withStore } from '../with-store.ts';
import { type Desk, loadDesk, type Standing } from './desk.ts';
import { blockInWords, customersHeld, shutInWords, type Ways, waysOf } from './detour.ts';
import { blockMeant, type Meant, spreadObject, WARNING, wayInWords } from './spreading.ts';
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
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const { scope, standing, words } = await blockMeant(call, store, desk);
      const ways = waysMeant(call, desk, { scope, standing });
      const name = nameInWords(standing.name);
      const since = Date.now();
      const order = { scope, reason, by: operator(), since, until: since + lastsMs };
      const blocks = ways.map(({ block }) => block);
      const object = {
        provider: standing.name,
        blocks,
        ways: ways.map(({ block, open }) => ({ block, leavesBy: open, deliveries: waitingFor(desk, block) })),
        stays: customersHeld(standing),
        dryRun,
      };
      const told = (leaves: 'leaves' | 'would leave'): string =>
        ways
          .map((way) => {
            const count = counted(waitingFor(desk, way.block), 'delivery');
            return `${name}: what waits for ${wayInWords(way, leaves)} (${count} now).`;
          })
          .join('\n');
      call.output.say(WARNING);
      if (dryRun) {
        const lines = [told('would leave'), staysInWords(standing), NOT_CHANGED];
        call.output.item(object, lines.join('\n'));
        return EXIT.done;
      }
      await store.spread({ ...order, cases: blocks });
      await tellServer(call);
      const undo = commandLine(call, ['provider', 'unspread', words, '--reason', 'REASON']);
      const lines = [told('leaves'), `It ends at ${localTime(order.until)}.`, staysInWords(standing)];
      call.output.item({ ...object, ...spreadObject(order), undo }, lines.join('\n'));
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};

/** What of a block would leave: not what stands still for its customer. */
function waitingFor(desk: Desk, block: Scope): number {
  const { deliveries, paths } = under(block, desk);
  return deliveries - sumOf(paths.map((path) => apartOn(path, desk)));
}

/** The blocks, and what there is beside each. Throws where nothing could come of a spread, and says why. */
function waysMeant(call: Call, desk: Desk, { scope, standing }: Pick<Meant, 'scope' | 'standing'>): Ways[] {
  const name = nameInWords(standing.name);
  const ways = waysOf(call.config, desk, scope);
  const customers = customersHeld(standing);
  if (ways.length === 0) {
    const only =
      customers.length === 0
        ? ', nothing is to be spread'
        : `: so far only mail of ${customers.join(', ')} was refused, and only that is held; a spread is for what others send as well`;
    throw new CommandError(EXIT.nothing, `${name}: no address of ours is blocked there${only}`);
  }
  if (call.config.egress.filter((one) => one.name !== call.config.guard.pool).length < 2)
    throw new CommandError(
      EXIT.failed,
      'there is no other egress: write two [[egress]] at least, besides that of guard.pool',
    );
  if (ways.some(({ open }) => open.length > 0)) return ways;
  const why = ways.map((way) => `for ${blockInWords(way)}, ${shutInWords(way)}`).join('; ');
  throw new CommandError(
    EXIT.failed,
    `${name}: nothing can leave by another egress: ${why}. What they have against us, and whom to ask: ${commandLine(call, ['provider', 'case', standing.name])}`,
  );
}

function staysInWords(standing: Standing): string {
  const customers = customersHeld(standing);
  if (customers.length === 0) return 'What is refused to a customer, or for what it says, stays.';
  return `Mail of ${customers.join(', ')} stays: only that was refused, so it may be for its own sake.`;
}

function lastsFor(call: Call): number {
  const lastsMs = durationOf(call, 'for', ALLOWED);
  if (lastsMs !== undefined) return lastsMs;
  throw new CommandError(EXIT.usage, 'say for how long, with --for 2h; at most 24h');
}
