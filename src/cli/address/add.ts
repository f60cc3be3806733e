import { domainOf } from '../../core/delivery/route.ts';
import { normalise } from '../../core/intake/recipient.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven, toAddress, toOutsideAddress } from '../arguments.ts';
import { DRY_RUN, makeOrTry, NOT_CHANGED, refusal, type Refusals } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { tellServer, withStore } from '../with-store.ts';

export const addressAdd: Command = {
  name: 'address add',
  usage: 'ADDRESS --to TARGET [--to TARGET …] [--dry-run]',
  summary: 'Makes an address whose mail goes to other addresses, here or elsewhere.',
  options: {
    to: { type: 'string', multiple: true, doc: 'Where its mail goes; may be given several times.' },
    ...DRY_RUN,
  },
  positionals: [1, 1],
  examples: ['relais address add sales@example.org --to ana@example.org --to bob@elsewhere.example'],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const written = (call.options['to'] ?? []) as readonly string[];
    if (written.length === 0)
      throw new CommandError(EXIT.usage, 'say where its mail goes, with --to ADDRESS');
    const outside = written.map(toOutsideAddress);
    return withStore(call, async (store) => {
      let code: number = EXIT.done;
      for (const one of outside) {
        const target = (await store.isLocal(domainOf(one))) ? normalise(one) : one;
        if (!(await addOne(store, call, { address, target }))) code = EXIT.failed;
      }
      if (!isGiven(call, 'dry-run')) await tellServer(call);
      return code;
    });
  },
};

interface Entry {
  readonly address: string;
  readonly target: string;
}

async function addOne(store: SqlStore, call: Call, entry: Entry): Promise<boolean> {
  const { address, target } = entry;
  const change = await makeOrTry(call, store, { change: 'addAddress', request: entry });
  const why = refusal(change, refusals(call, entry));
  if (why !== undefined) {
    call.output.note(`relais: ${why}`);
    return false;
  }
  if (isGiven(call, 'dry-run')) {
    const line = `Mail for ${address} would go to ${target}. ${NOT_CHANGED}`;
    call.output.item({ address, target, dryRun: true }, line);
    return true;
  }
  const undo = commandLine(call, ['address', 'remove', address, '--to', target]);
  call.output.item({ address, target, result: 'added', undo }, `Mail for ${address} now goes to ${target}.`);
  call.output.say(`Undo: ${undo}`);
  return true;
}

function refusals(call: Call, { address, target }: Entry): Refusals {
  const domain = domainOf(address);
  return {
    'no-domain': `${domain} is not a domain here. To add it: ${commandLine(call, ['domain', 'add', domain])}`,
    exists: `${address} goes to ${target} already; nothing to do`,
    'is-account': `${address} is an account, and its mail stays in its mailbox: choose another address`,
    missing: `there is no ${target} here to send to. To make it an account: ${commandLine(call, ['account', 'add', target])}`,
    circle:
      `${target} leads back to ${address}, so mail would go round and round. ` +
      `See who leads where with ${commandLine(call, ['address', 'list', domain])}`,
  };
}
