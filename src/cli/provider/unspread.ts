import { isGiven, neededReason } from '../arguments.ts';
import { DRY_RUN, NOT_CHANGED } from '../changes.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { tellServer, withStore } from '../with-store.ts';
import { blockedBy, loadDesk, spreadsOf } from './desk.ts';
import { blockMeant } from './spreading.ts';
import { nameInWords } from './words.ts';

export const providerUnspread: Command = {
  name: 'provider unspread',
  usage: 'PROVIDER|CASE --reason REASON [--dry-run]',
  summary: 'Ends `provider spread`: what is blocked stays with its own egress again.',
  options: { reason: { type: 'string', doc: 'Why; told in the case.' }, ...DRY_RUN },
  positionals: [1, 1],
  examples: ["relais provider unspread yahoo --reason 'they block the other one too'"],
  async run(call) {
    const dryRun = isGiven(call, 'dry-run');
    const reason = dryRun ? '' : neededReason(call);
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const { scope, standing } = await blockMeant(call, store, desk);
      const isWhole = /^provider:[^>]+$/.test(scope);
      // Of a whole provider also what was asked for one of its cases.
      const ended = spreadsOf(desk, standing).filter((spread) => isWhole || spread.scope === scope);
      const name = nameInWords(standing.name);
      if (ended.length === 0) throw new CommandError(EXIT.nothing, `${name}: nothing of its mail is spread`);
      const scopes = ended.map((spread) => spread.scope);
      if (dryRun) {
        const line = `${name}: what is blocked would stay with its own egress again; what had left for another would go back before it is tried. ${NOT_CHANGED}`;
        call.output.item({ provider: standing.name, ended: scopes, dryRun }, line);
        return EXIT.done;
      }
      const at = Date.now();
      for (const spread of ended)
        await store.unspread({
          scope: spread.scope,
          at,
          by: operator(),
          reason,
          cases: blockedBy(desk, spread.scope),
        });
      await tellServer(call);
      call.output.item(
        { provider: standing.name, ended: scopes },
        `${name}: what is blocked stays with its own egress again; what had left for another goes back before it is tried.`,
      );
      return EXIT.done;
    });
  },
};
