/** `relais guard learn`: the past of accounts that moved here, from recorded traffic of where they were. */
import { readFileSync } from 'node:fs';
import { systemRandom } from '../../base/random.ts';
import type { SendEvent } from '../../core/guard/event.ts';
import { type LearntAccount, MOST_LEARNT, Past } from '../../core/guard/past.ts';
import { learntState, NOBODY } from '../../core/guard/port.ts';
import { Submissions } from '../../core/guard/submission.ts';
import { Whereabouts } from '../../core/guard/whereabouts.ts';
import { normalise } from '../../core/intake/recipient.ts';
import type { SqlStore } from '../../store/store.ts';
import { isGiven } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, rfc3339 } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { fileFault } from '../file-fault.ts';
import { Doubts, isInSeconds } from './doubts.ts';
import { anyLines, traffic } from './traffic-file.ts';

/** Lines that cannot be read, and names of nobody here, that are told one by one. */
const MOST_TOLD = 20;
const MOST_NAMED = 5;
/** Accounts written in one transaction. */
const AT_ONCE = 200;
/** Names that are remembered as known here or not. */
const MOST_NAMES = 1_000_000;

export const guardLearn: Command = {
  name: 'guard learn',
  usage: 'FILE... [--dry-run]',
  summary:
    'Gives accounts that moved here their past, from recorded traffic or a Postfix log, so that none is new to the guard.',
  options: { 'dry-run': { type: 'boolean', doc: 'Only say what would be learnt, and of whom nothing.' } },
  positionals: [1, 100],
  examples: [
    'relais guard learn traffic.jsonl.gz',
    'relais guard learn /var/log/mail.log.2.gz /var/log/mail.log',
  ],
  run: (call) => withStore(call, (store) => learn(call, store)),
};

interface Read {
  readonly past: Past;
  events: number;
  /** Of accounts that are not here: how many, and of whom. */
  strange: number;
  readonly strangers: Set<string>;
  /** Of a time that is most likely in seconds. */
  early: number;
  later: number;
  tooMany: number;
  bad: number;
}

async function learn(call: Call, store: SqlStore): Promise<number> {
  const now = Date.now();
  const read = await readAll(call, store, now);
  const { past, events, strange, early, later, tooMany, bad } = read;
  const dryRun = isGiven(call, 'dry-run');
  const written = await write(store, past, { now, dryRun });
  if (written.learnt > 0 && !dryRun) await tellServer(call);
  call.output.item(
    {
      schema: 'relais.guard-learn/1',
      events,
      accounts: past.size,
      ...written,
      at: rfc3339(now),
      dryRun,
      refused: {
        unknownAccounts: read.strangers.size,
        ofUnknownAccounts: strange,
        before1973: early,
        laterThanNow: later,
        tooMany,
      },
      badLines: bad,
    },
    `${dryRun ? 'Would learn' : 'Learnt'} the past of ${counted(written.learnt, 'account')} from ${counted(events, 'message')}${written.known === 0 ? '' : `; of ${counted(written.known, 'account')} the same was learnt before`}.`,
  );
  tellRefused(call, read);
  if (bad + early > 0) return EXIT.failed;
  return events === 0 ? EXIT.nothing : EXIT.done;
}

async function readAll(call: Call, store: SqlStore, now: number): Promise<Read> {
  const { output, positionals } = call;
  const read: Read = {
    past: new Past(),
    events: 0,
    strange: 0,
    early: 0,
    later: 0,
    tooMany: 0,
    bad: 0,
    strangers: new Set(),
  };
  const submissions = new Submissions(
    whereaboutsOf(call),
    await secretOf(store),
    call.config.addresses.separator,
  );
  const isHere = knownBy(store);
  const bad = (why: string): void => {
    if (++read.bad <= MOST_TOLD) output.note(`relais: ${why}`);
  };
  const doubts = new Doubts();
  for await (const { event } of traffic(positionals, bad, () => anyLines(now, doubts))) {
    const account = normalise(event.account);
    if (isInSeconds(event.at)) read.early++;
    else if (event.at > now) read.later++;
    else if (!(await isHere(account))) {
      read.strange++;
      if (read.strangers.size < MOST_NAMES) read.strangers.add(account);
    } else take(read, submissions.recorded({ ...event, account }));
  }
  doubts.tell(output);
  return read;
}

function take(read: Read, event: SendEvent): void {
  if (read.past.learn(event)) read.events++;
  else read.tooMany++;
}

/** What was not learnt before; how many, and of how many it was. */
async function write(
  store: SqlStore,
  past: Past,
  { now, dryRun }: { now: number; dryRun: boolean },
): Promise<{ learnt: number; known: number }> {
  const before = await learntBefore(store);
  const isNew = ({ account, digest }: LearntAccount): boolean => before.get(account)?.equals(digest) !== true;
  let [learnt, known] = [0, 0];
  let batch: LearntAccount[] = [];
  for (const one of past.accounts()) {
    if (!isNew(one)) {
      known++;
      continue;
    }
    learnt++;
    batch.push(one);
    if (batch.length < AT_ONCE) continue;
    if (!dryRun) await writeSome(store, batch, now);
    batch = [];
  }
  if (!dryRun) await writeSome(store, batch, now);
  return { learnt, known };
}

/** The lines first: were the rest lost, it would be learnt once more, which changes nothing. */
async function writeSome(store: SqlStore, batch: readonly LearntAccount[], at: number): Promise<void> {
  if (batch.length === 0) return;
  await store.noteGuard(
    batch.map(({ account, profile }) => ({
      at,
      worker: NOBODY,
      account,
      kind: 'learnt' as const,
      data: JSON.stringify({ profile: Buffer.from(profile).toString('base64') }),
    })),
  );
  const states = batch.map(({ account, digest }) => ({ name: learntState(account), upTo: 0, bytes: digest }));
  await store.keepGuardStates({ states, at, unlessSince: at + 1 });
}

async function learntBefore(store: SqlStore): Promise<Map<string, Buffer>> {
  const prefix = learntState('');
  const found = new Map<string, Buffer>();
  for (let after = prefix; ; ) {
    const states = await store.guardStates({ after, limit: AT_ONCE });
    for (const { name, bytes } of states) {
      if (!name.startsWith(prefix)) return found;
      found.set(name.slice(prefix.length), Buffer.from(bytes));
    }
    const last = states.at(-1);
    if (last === undefined || states.length < AT_ONCE) return found;
    after = last.name;
  }
}

function knownBy(store: SqlStore): (account: string) => Promise<boolean> {
  const known = new Map<string, boolean>();
  return async (account) => {
    const before = known.get(account);
    if (before !== undefined) return before;
    if (known.size >= MOST_NAMES) known.clear();
    const here = (await store.account(account)) !== undefined;
    known.set(account, here);
    return here;
  };
}

function tellRefused(
  { output }: Call,
  { strangers, strange, early, later, tooMany, bad, events }: Read,
): void {
  if (strange > 0) {
    const names = [...strangers].slice(0, MOST_NAMED).join(', ');
    const more = strangers.size > MOST_NAMED ? ', …' : '';
    output.note(
      `relais: ${counted(strange, 'message')} of ${counted(strangers.size, 'account')} that ${strangers.size === 1 ? 'is' : 'are'} not here: ${names}${more}`,
    );
  }
  if (early > 0) output.note(`relais: nothing was learnt of ${counted(early, 'message')} from before 1973`);
  if (events + strange + early + later + tooMany + bad === 0)
    output.note(
      'relais: no line tells of a message that somebody logged in to send: of a Postfix log those with sasl_username are read',
    );
  if (later > 0) output.note(`relais: ${counted(later, 'message')} of a time that has not come yet`);
  if (tooMany > 0)
    output.note(
      `relais: ${counted(tooMany, 'message')} of accounts beyond ${MOST_LEARNT}: learn those from a file of their own`,
    );
  if (bad > 0)
    output.note(`relais: ${counted(bad, 'line')} could not be read as events; docs/guard.md has the formats`);
}

/** The operator's list of networks, as servers read it. */
function whereaboutsOf({ config }: Call): Whereabouts {
  const { networks } = config.guard;
  if (networks === undefined) return new Whereabouts();
  try {
    return new Whereabouts(readFileSync(networks, 'utf8'));
  } catch (error) {
    throw new CommandError(EXIT.failed, `guard.networks = "${networks}" cannot be read: ${fileFault(error)}`);
  }
}

/** Recipients are kept as hashes that every worker makes alike. */
async function secretOf(store: SqlStore): Promise<Uint8Array> {
  const value = Buffer.from(systemRandom.bytes(32)).toString('base64');
  return Buffer.from(await store.keepSetting({ name: 'guard-secret', value, ifAbsent: true }), 'base64');
}
