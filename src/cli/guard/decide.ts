/** Release and drop: one decision for all that is in a group, or in all groups of an account. */
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { finish, MOST_TOLD, tell } from '../../core/guard/keeper.ts';
import { OwnerNotices } from '../../core/guard/notices.ts';
import type { HoldGroup } from '../../core/guard/port.ts';
import { groupName } from '../../core/guard/reasons.ts';
import { IdSupply } from '../../core/queue/ids.ts';
import type { SqlStore } from '../../store/store.ts';
import { accountOf } from '../account/of.ts';
import { commandLine, isGiven, neededReason } from '../arguments.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted, sizeForPeople } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { named, STATES } from './words.ts';

export interface DecisionWords {
  readonly decision: 'release' | 'drop';
  readonly summary: string;
  readonly reasonDoc: string;
  /** `Released`. */
  readonly done: string;
  readonly examples: readonly string[];
  /** What there is to say after it. */
  readonly after: string;
}

export function decisionCommand(words: DecisionWords): Command {
  return {
    name: `guard ${words.decision}`,
    usage: 'GROUP|ACCOUNT --reason REASON [--dry-run]',
    summary: words.summary,
    options: {
      reason: {
        type: 'string',
        doc: words.reasonDoc,
      },
      'dry-run': { type: 'boolean', doc: 'Only say what it would be about.' },
    },
    positionals: [1, 1],
    examples: words.examples,
    run: (call) => withStore(call, (store) => decide(call, store, words)),
  };
}

async function decide(call: Call, store: SqlStore, words: DecisionWords): Promise<number> {
  const what = await named(store, call.positionals[0] as string);
  const groups = (what.kind === 'group' ? [what.group] : what.groups).filter(({ state }) => state === 'open');
  const [first] = groups;
  if (first === undefined) {
    if (what.kind === 'account' && what.groups.length === 0) await accountOf(store, call, what.login);
    const why =
      what.kind === 'group'
        ? `${groupName(what.group.id)} is ${STATES[what.group.state]}`
        : `nothing of ${what.login} is held`;
    throw new CommandError(EXIT.nothing, `nothing to ${words.decision}: ${why}`);
  }
  if (isGiven(call, 'dry-run')) {
    for (const group of groups) {
      const { deliveries } = await waitedIn(store, group);
      const toLose = words.decision === 'drop' ? deliveries : 0;
      const lines = [`Would ${words.decision} ${inWords(group)}.`, ...waitedLines(call, group, toLose)];
      const object = objectOf(group, { dryRun: true, ...(toLose === 0 ? {} : { waited: toLose }) });
      call.output.item(object, lines.join('\n'));
    }
    call.output.say(NOT_CHANGED);
    return EXIT.done;
  }
  const reason = neededReason(call);
  for (const group of groups) {
    const waiting = await waitedIn(store, group);
    const notice = await noticeOf(call, store, { group, reason, waiting, decision: words.decision });
    const decision = { group: group.id, decision: words.decision, reason, by: operator(), at: Date.now() };
    const { deliveries: waited } = waiting;
    const decided = await store.decideHold({ ...decision, notice });
    if (decided === undefined) {
      call.output.note(`relais: somebody else has just decided about ${groupName(group.id)}`);
      continue;
    }
    const moved = await finish({ store, clock: systemClock, wake: () => undefined }, group.id);
    const besides =
      waited === 0
        ? ''
        : `; ${waited} of these only waited when its account was stopped${words.decision === 'drop' ? ', and its owner is told to whom' : ''}`;
    call.output.item(
      objectOf(decided, { moved, waited, reason }),
      `${words.done} ${inWords(decided)}${besides}.`,
    );
  }
  const heard = await tellServer(call);
  const { login } = first;
  const isStopped = (await store.account(login))?.lockedReason !== undefined;
  const goes =
    words.decision === 'drop' || heard ? '' : ' No server runs here now: it goes on when one does.';
  const after = `${words.after}${goes}`;
  call.output.say(
    isStopped
      ? `${after} ${login} is still stopped. To let it send again, with a new password if that was stolen: ${commandLine(call, ['guard', 'unlock', login])}`
      : after,
  );
  return EXIT.done;
}

/** For its owner, in the transaction of the decision: nothing is dropped in silence, and nothing released is sent again. */
async function noticeOf(
  { config }: Call,
  store: SqlStore,
  about: { group: HoldGroup; reason: string; waiting: Waited; decision: DecisionWords['decision'] },
): Promise<ReturnType<typeof tell>> {
  const { group, reason, waiting, decision } = about;
  const ids = new IdSupply(store);
  await ids.fill();
  const notices = new OwnerNotices(
    { ids, random: systemRandom },
    { hostname: config.hostname, contact: config.notices.contact },
  );
  const account = await store.accountById(group.account);
  const told = { ...group, language: account?.language ?? 'en', why: reason };
  const ports = { notices, clock: systemClock };
  return decision === 'drop'
    ? tell(ports, 'dropped', { ...told, waited: waiting })
    : tell(ports, 'cleared', { ...told, isStopped: account?.lockedReason !== undefined });
}

type Waited = Awaited<ReturnType<SqlStore['waitedIn']>>;

/** What nobody judged of it, with as many recipients as its owner is told. */
function waitedIn(store: SqlStore, { id }: HoldGroup): Promise<Waited> {
  return store.waitedIn({ group: id, limit: MOST_TOLD });
}

/** Of a group that is to be dropped: what nobody judged, and how to let that go first. */
function waitedLines(call: Call, { id }: HoldGroup, deliveries: number): string[] {
  if (deliveries === 0) return [];
  const only = ['--group', groupName(id), '--waited'];
  const waits = deliveries === 1 ? 'one of these recipients is' : `${deliveries} of these recipients are`;
  return [
    `  But ${waits} of mail that only waited when its account was stopped: its owner may have written it.`,
    `  To see it: ${commandLine(call, ['queue', 'list', ...only])}`,
    `  To let it go first: ${commandLine(call, ['queue', 'release', ...only, '--reason', 'WHY'])}`,
  ];
}

function inWords(group: HoldGroup): string {
  const { id, login, messages, recipients, sizeBytes } = group;
  return `${groupName(id)} of ${login}: ${counted(messages, 'message')} to ${counted(recipients, 'recipient')}, ${sizeForPeople(sizeBytes)}`;
}

function objectOf(group: HoldGroup, about: Record<string, unknown>): Record<string, unknown> {
  const { id, login, state, messages, recipients, sizeBytes } = group;
  return { group: groupName(id), account: login, state, messages, recipients, sizeBytes, ...about };
}
