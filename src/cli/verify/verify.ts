/** `relais verify`: whether what is kept agrees with itself, row by row and octet by octet. */
import { groupName } from '../../core/guard/reasons.ts';
import { type OctetFault, lookAtOctets } from '../../core/verify/octets.ts';
import type { Fault } from '../../core/verify/port.ts';
import type { SqlStore } from '../../store/store.ts';
import { isGiven } from '../arguments.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { counted, sizeForPeople } from '../output.ts';
import { openReferences, type References, withStore } from '../with-store.ts';

/** Faults of one kind that are told; there are more where so many are. */
const MOST_TOLD = 100;

export const verify: Command = {
  name: 'verify',
  usage: '[--rows]',
  summary:
    'Checks everything that is kept: every count against its rows, every message against its octets. Changes nothing.',
  options: { rows: { type: 'boolean', doc: 'Only counts and rows; reads no messages.' } },
  positionals: [0, 0],
  examples: ['relais verify', 'relais verify --rows --json'],
  async run(call) {
    return withStore(call, async (store) => {
      const { faults } = await verifyStore(call, store);
      return faults === 0 ? EXIT.done : EXIT.failed;
    });
  },
};

/** Looks at all that a store keeps, and tells what came of it; only at counts and rows with `--rows`. */
export async function verifyStore(call: Call, store: SqlStore): Promise<Seen> {
  const references = await openReferences(store);
  const rows = await store.verifyRows({ limit: MOST_TOLD });
  for (const fault of rows) tellRow(call, references, fault);
  const seen = isGiven(call, 'rows') ? NOTHING : await octets(call, store, references);
  const faults = rows.length + seen.faults;
  const more = rows.length >= MOST_TOLD ? ' or more' : '';
  const looked = isGiven(call, 'rows')
    ? 'Counts and rows'
    : `${counted(seen.messages, 'message')}, ${sizeForPeople(seen.octets)}, and all counts`;
  call.output.item(
    { schema: 'relais.verify/1', messages: seen.messages, octets: seen.octets, faults },
    faults === 0 ? `${looked}: everything is right.` : `${looked}: ${counted(faults, 'fault')}${more}.`,
  );
  return { ...seen, faults };
}

export interface Seen {
  readonly messages: number;
  readonly octets: number;
  readonly faults: number;
}

const NOTHING: Seen = { messages: 0, octets: 0, faults: 0 };

async function octets(call: Call, store: SqlStore, references: References): Promise<Seen> {
  let seen = NOTHING;
  for await (const { messages, octets: size, faults } of lookAtOctets(store)) {
    for (const { message, kind } of faults) {
      const reference = references.of(message);
      call.output.item({ fault: kind, message: reference }, `${reference}: ${OCTETS[kind]}`);
    }
    seen = {
      messages: seen.messages + messages,
      octets: seen.octets + size,
      faults: seen.faults + faults.length,
    };
  }
  return seen;
}

const OCTETS: Readonly<Record<OctetFault['kind'], string>> = {
  hash: 'its octets are not those that were received (SHA-256)',
  size: 'it has more or fewer octets than it is said to have',
  structure: 'its parts are not where its structure says',
};

function tellRow({ output }: Call, references: References, fault: Fault): void {
  switch (fault.kind) {
    case 'references': {
      const { kind, counted: said, there } = fault;
      const message = references.of(fault.message);
      output.item(
        { fault: kind, message, counted: said, there },
        `${message}: ${said} hold on to it by its count, ${there} do`,
      );
      return;
    }
    case 'no-content':
    case 'spare-content': {
      const message = references.of(fault.message);
      const words =
        fault.kind === 'no-content'
          ? 'its octets are not there'
          : 'its octets are there, and nobody needs them';
      output.item({ fault: fault.kind, message }, `${message}: ${words}`);
      return;
    }
    case 'no-message': {
      const { kind, of, id, mailbox } = fault;
      const what = of === 'item' ? `UID ${id} of the mailbox ${mailbox}` : `the delivery ${id}`;
      output.item(
        { fault: kind, of, id, ...(mailbox === undefined ? {} : { mailbox }) },
        `${what}: its message is not there`,
      );
      return;
    }
    case 'group': {
      const { group, counted: count, there } = fault;
      output.item(
        { fault: fault.kind, group: groupName(group), counted: count, there },
        `the group ${groupName(group)} of held mail: it counts ${counted(count, 'recipient')}, and ${there} are held in it`,
      );
      return;
    }
    case 'held': {
      const { kind, delivery, group } = fault;
      output.item(
        { fault: kind, delivery, group },
        `the delivery ${delivery}: it is held in group ${group}, which is over or gone`,
      );
      return;
    }
    case 'mailbox': {
      const { kind, mailbox, name, account, wrong } = fault;
      const words = wrong
        .map(({ what, counted: said, there }) => `${what} ${said} instead of ${there}`)
        .join(', ');
      output.item(
        { fault: kind, mailbox, name, account, wrong },
        `mailbox ${name} (${mailbox}) of the account ${account}: ${words}`,
      );
      return;
    }
    default:
      fault satisfies never;
  }
}
