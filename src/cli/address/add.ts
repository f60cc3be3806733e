import { domainOf } from '../../core/delivery/route.ts';
import { isCatchAll } from '../../core/directory/address.ts';
import { MAX_ADDRESS_DEPTH, MAX_ADDRESS_TARGETS } from '../../core/directory/port.ts';
import { normalise } from '../../core/intake/recipient.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven, toAddress, toOutsideAddress } from '../arguments.ts';
import { DRY_RUN, makeOrTry, NOT_CHANGED, refusal, type Refusals } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { tellServer, withStore } from '../with-store.ts';

export const addressAdd: Command = {
  name: 'address add',
  usage: 'ADDRESS --to TARGET [--to TARGET …] [--keep] [--dry-run]',
  summary:
    'Makes an address whose mail goes to other addresses, here or elsewhere; *@DOMAIN is for whatever else is sent there.',
  options: {
    to: { type: 'string', multiple: true, doc: 'Where its mail goes; may be given several times.' },
    keep: {
      type: 'boolean',
      doc: 'The address is an account: its mail goes there, and its mailbox keeps a copy.',
    },
    ...DRY_RUN,
  },
  positionals: [1, 1],
  examples: [
    'relais address add sales@example.org --to ana@example.org --to bob@elsewhere.example',
    'relais address add ana@example.org --to ana@elsewhere.example --keep',
    "relais address add '*@example.org' --to ana@example.org",
  ],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const written = (call.options['to'] ?? []) as readonly string[];
    if (written.length === 0)
      throw new CommandError(EXIT.usage, 'say where its mail goes, with --to ADDRESS');
    const entry = {
      address,
      separator: call.config.addresses.separator,
      ...(isGiven(call, 'keep') ? { keep: true } : {}),
    };
    const outside = written.map(toOutsideAddress);
    return withStore(call, async (store) => {
      let code: number = EXIT.done;
      for (const one of outside) {
        const target = (await store.isLocal(domainOf(one))) ? normalise(one) : one;
        if (!(await addOne(store, call, { ...entry, target }))) code = EXIT.failed;
      }
      if (!isGiven(call, 'dry-run')) await tellServer(call);
      return code;
    });
  },
};

type Entry = Parameters<SqlStore['addAddress']>[0];

async function addOne(store: SqlStore, call: Call, entry: Entry): Promise<boolean> {
  const { address, target } = entry;
  const change = await makeOrTry(call, store, { change: 'addAddress', request: entry });
  const why = refusal(change, refusals(call, entry));
  if (why !== undefined) {
    call.output.note(`relais: ${why}`);
    return false;
  }
  const also = entry.keep === true ? 'also ' : '';
  if (isGiven(call, 'dry-run')) {
    const line = `${mailFor(address)} would ${also}go to ${target}. ${NOT_CHANGED}`;
    call.output.item({ address, target, dryRun: true }, line);
    return true;
  }
  const undo = commandLine(call, ['address', 'remove', address, '--to', target]);
  call.output.item(
    { address, target, result: 'added', undo },
    `${mailFor(address)} now ${also}goes to ${target}.`,
  );
  call.output.say(`Undo: ${undo}`);
  return true;
}

/** Of a catch-all, for what it is. */
export function mailFor(address: string): string {
  return isCatchAll(address) ? `Whatever else is sent to ${domainOf(address)}` : `Mail for ${address}`;
}

function refusals(call: Call, { address, target }: Entry): Refusals {
  const domain = domainOf(address);
  const list = commandLine(call, ['address', 'list', domain]);
  return {
    'no-domain': `${domain} is not a domain here. To add it: ${commandLine(call, ['domain', 'add', domain])}`,
    exists: `${address} goes to ${target} already; nothing to do`,
    'is-account':
      `${address} is an account, and its mail stays in its mailbox. To send it on as well: ` +
      commandLine(call, ['address', 'add', address, '--to', target, '--keep']),
    'not-account': `${address} is no account, so it has no mailbox that could keep a copy: leave --keep out`,
    reserved: `${address} looks like the return addresses that forwards get (SRS), which only this server makes: choose another address`,
    'catch-all': `${target} stands for whatever else is sent to ${domainOf(target)}, and cannot be a target: name an address that there is`,
    'has-target':
      `${address} goes somewhere already, and a catch-all goes to one address: make a group with relais address add, ` +
      `and let it go there. See ${list}`,
    'too-many': `${address}, or an address that leads to it, would stand for more than ${MAX_ADDRESS_TARGETS} addresses. See ${list}`,
    'too-deep': `${address}, or an address that leads to it, would lead on more than ${MAX_ADDRESS_DEPTH} times. See ${list}`,
    missing: `there is no ${target} here to send to. To make it an account: ${commandLine(call, ['account', 'add', target])}`,
    circle:
      `${target} leads back to ${address}, so mail would go round and round. ` +
      `See who leads where with ${list}`,
  };
}
