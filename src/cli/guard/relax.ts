/** Relaxations: each with a scope, a reason, an end and wires; none without a look at what it would let out. */
import {
  type EndOfRelaxation,
  FURTHEST,
  inForce,
  LONGEST_MS,
  type OrderedRelaxation,
  PREVIEW_GOOD_MS,
  relaxationName,
  scopeText,
  type Wire,
  WIRES,
} from '../../core/guard/relaxation.ts';
import type { SqlStore } from '../../store/store.ts';
import {
  type Allowed,
  commandLine,
  durationOf,
  isGiven,
  neededReason,
  readOption,
  toCount,
} from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted, forPeople, type Listed, localTime, rfc3339, sayTable } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { knownHere } from './preview.ts';
import { toRelaxation } from './relaxing.ts';

const ALLOWED: Allowed = {
  least: '1m',
  most: `${LONGEST_MS / 3_600_000}h`,
  further: 'to go on, preview and relax again then',
};

export const guardRelax: Command = {
  name: 'guard relax',
  usage: 'SCOPE=FACTOR --for 2h --reason REASON [--let-out N] [--refused N] [--accounts N]',
  summary:
    'Makes the guard more patient with one account, domain or tenant, or with one signal, for a time; a guard preview of it comes first.',
  options: {
    for: { type: 'string', doc: 'For how long; at most 24h. To go on, preview and relax again.' },
    reason: { type: 'string', doc: 'Why; kept with it.' },
    'let-out': {
      type: 'string',
      doc: `Over at once when mail to this many recipients left because of it; ${WIRES.letOut} unless given.`,
    },
    refused: {
      type: 'string',
      doc: `Over at once when far ends refuse this many messages of the relaxed; ${WIRES.refused} unless given.`,
    },
    accounts: {
      type: 'string',
      doc: `Over at once when this many accounts send the same; ${WIRES.accounts} unless given.`,
    },
  },
  positionals: [1, 1],
  examples: [
    'relais guard relax domain:example.org=1.5 --for 2h --reason "new newsletter tool, ticket 4711"',
  ],
  async run(call) {
    const relaxation = toRelaxation(call.positionals[0] as string);
    const forMs = lengthOf(call);
    const reason = neededReason(call);
    const wires = {
      letOut: readOption(call, 'let-out', wire('letOut')) ?? WIRES.letOut,
      refused: readOption(call, 'refused', wire('refused')) ?? WIRES.refused,
      accounts: readOption(call, 'accounts', wire('accounts')) ?? WIRES.accounts,
    };
    return withStore(call, async (store) => {
      await knownHere(store, relaxation);
      const now = Date.now();
      const scope = scopeText(relaxation);
      const { factor } = relaxation;
      const times = { from: now, to: now + forMs, previewedSince: now - PREVIEW_GOOD_MS };
      const before = (await store.relaxations({ at: now })).find((one) => scopeText(one) === scope);
      const id = await store.relax({ scope, factor, reason, wires, author: operator(), ...times });
      if (id === undefined) throw notPreviewed(call, `${scope}=${factor}`);
      await tellServer(call);
      call.output.item(
        {
          schema: 'relais.guard-relaxation/1',
          relaxation: relaxationName(id),
          scope,
          factor,
          until: rfc3339(times.to),
          wires,
          ...(before === undefined ? {} : { replaces: relaxationName(before.id) }),
        },
        `${relaxationName(id)}: ${scope} is relaxed ${factor} times until ${localTime(times.to)}${before === undefined ? '' : `, in place of ${relaxationName(before.id)}`}; over before that when it lets out mail to ${counted(wires.letOut, 'recipient')}, when ${wires.refused} of its messages are refused, or when ${wires.accounts} accounts send the same.`,
      );
      call.output.say(
        `To end it: ${commandLine(call, ['guard', 'unrelax', relaxationName(id), '--reason', 'WHY'])}`,
      );
      return EXIT.done;
    });
  },
};

function wire(name: Wire): (text: string) => number {
  return (text) => {
    const count = toCount(text);
    if (name === 'accounts' && count < 2)
      throw new CommandError(
        EXIT.usage,
        `"${text}": write 2 or more, because it takes two accounts to send the same`,
      );
    if (count <= FURTHEST[name]) return count;
    throw new CommandError(EXIT.usage, `"${text}": a wire further out than ${FURTHEST[name]} is none`);
  };
}

function notPreviewed(call: Call, what: string): CommandError {
  const first = commandLine(call, ['guard', 'preview', '--relax', what]);
  return new CommandError(
    EXIT.failed,
    `refused: nobody has looked in the last hour what this would let out (a look from before a wire ended the last one does not count). First: ${first}`,
  );
}

function lengthOf(call: Call): number {
  const ms = durationOf(call, 'for', ALLOWED);
  if (ms !== undefined) return ms;
  throw new CommandError(EXIT.usage, 'say for how long, such as --for 2h; at most 24h');
}

export const guardRelaxations: Command = {
  name: 'guard relaxations',
  usage: '[--all]',
  summary: 'What is relaxed, for whom, why and until when, and what it has let out.',
  options: { all: { type: 'boolean', doc: 'Also those that are over, and what ended them.' } },
  positionals: [0, 0],
  run: (call) =>
    withStore(call, async (store) => {
      const now = Date.now();
      const all = isGiven(call, 'all');
      const found = await store.relaxations({ at: now, ...(all ? { all: true } : {}) });
      if (found.length === 0) {
        call.output.say(all ? 'Nothing was ever relaxed.' : 'Nothing is relaxed.');
        return EXIT.done;
      }
      const listed = found.map((one) => listedOf(one, now));
      sayTable(call.output, { head: HEAD, right: [2] }, listed);
      return EXIT.done;
    }),
};

const HEAD = ['', 'Scope', 'Factor', 'State', 'Let out', 'Refused', 'By', 'Why'];

function listedOf(one: OrderedRelaxation, now: number): Listed {
  return {
    cells: [
      relaxationName(one.id),
      scopeText(one),
      String(one.factor),
      stateOf(one, now),
      `${one.letOut} of ${one.wires.letOut}`,
      `${one.refused} of ${one.wires.refused}`,
      one.author,
      one.reason,
    ],
    object: objectOf(one, now),
  };
}

const ENDED: Readonly<Record<Exclude<EndOfRelaxation, 'operator'>, string>> = {
  letOut: 'too much left because of it',
  tenant: 'its tenant has a domain more, which nobody previewed',
  refused: 'far ends refused mail of those it is about',
  accounts: 'several accounts send the same',
  renewed: 'it was renewed',
};

function stateOf(one: OrderedRelaxation, now: number): string {
  if (one.ended !== undefined) return `over since ${localTime(one.ended.at)}: ${endText(one.ended)}`;
  if (inForce([one], now).length === 0) return `over since ${localTime(one.to)}: its time was up`;
  return `until ${localTime(one.to)} (${forPeople(one.to - now)})`;
}

function endText({ why, by, reason }: NonNullable<OrderedRelaxation['ended']>): string {
  return why === 'operator' ? `${by} ended it: ${reason}` : ENDED[why];
}

function objectOf(one: OrderedRelaxation, now: number): Record<string, unknown> {
  const { id, factor, from, to, reason, author, wires, letOut, refused, ended } = one;
  return {
    schema: 'relais.guard-relaxation/1',
    relaxation: relaxationName(id),
    scope: scopeText(one),
    factor,
    reason,
    author,
    wires,
    letOut,
    refused,
    from: rfc3339(from),
    until: rfc3339(to),
    inForce: ended === undefined && inForce([one], now).length > 0,
    ...(ended === undefined
      ? {}
      : {
          endedAt: rfc3339(ended.at),
          endedBy: ended.why,
          ...(ended.by === undefined ? {} : { endedByWhom: ended.by }),
          ...(ended.reason === undefined ? {} : { endReason: ended.reason }),
        }),
  };
}

export const guardUnrelax: Command = {
  name: 'guard unrelax',
  usage: 'RELAXATION --reason REASON',
  summary: 'Ends a relaxation at once; within a second no server is relaxed any more.',
  options: { reason: { type: 'string', doc: 'Why; kept with it.' } },
  positionals: [1, 1],
  examples: ['relais guard unrelax X12 --reason "the newsletter is out"'],
  run: (call) => withStore(call, (store) => unrelax(call, store)),
};

async function unrelax(call: Call, store: SqlStore): Promise<number> {
  const text = call.positionals[0] as string;
  const match = /^x(\d{1,15})$/i.exec(text);
  if (match === null)
    throw new CommandError(EXIT.usage, `"${text}": write its name, such as X12 (relais guard relaxations)`);
  const [id, at] = [Number(match[1]), Date.now()];
  const reason = neededReason(call);
  if (!(await store.endRelaxation({ id, at, why: 'operator', by: operator(), reason }))) {
    const over = (await store.relaxations({ at, all: true })).find((one) => one.id === id);
    const state =
      over === undefined
        ? `there is no ${relaxationName(id)}`
        : `${relaxationName(id)} is ${stateOf(over, at)}`;
    throw new CommandError(EXIT.nothing, `${state} (relais guard relaxations --all)`);
  }
  call.output.item(
    { relaxation: relaxationName(id), endedAt: rfc3339(at) },
    `${relaxationName(id)} is over.`,
  );
  return EXIT.done;
}
