/** Release and drop: one decision for all that is in a group, or in all groups of an account. */
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { finish, tell } from '../../core/guard/keeper.ts';
import { OwnerNotices } from '../../core/guard/notices.ts';
import type { HoldGroup } from '../../core/guard/port.ts';
import { groupName } from '../../core/guard/reasons.ts';
import { IdSupply } from '../../core/queue/ids.ts';
import type { SqlStore } from '../../store/store.ts';
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
        doc: 'Why; kept in the trace of each message, and its owner reads it when it is dropped.',
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
    const why =
      what.kind === 'group'
        ? `${groupName(what.group.id)} is ${STATES[what.group.state]}`
        : `nothing of ${what.login} is held`;
    throw new CommandError(EXIT.nothing, `nothing to ${words.decision}: ${why}`);
  }
  if (isGiven(call, 'dry-run')) {
    for (const group of groups)
      call.output.item(objectOf(group, { dryRun: true }), `Would ${words.decision} ${inWords(group)}.`);
    call.output.say(NOT_CHANGED);
    return EXIT.done;
  }
  const reason = neededReason(call);
  for (const group of groups) {
    const notice = await noticeOf(call, store, { group, reason, decision: words.decision });
    const decision = { group: group.id, decision: words.decision, reason, by: operator(), at: Date.now() };
    const decided = await store.decideHold({ ...decision, notice });
    if (decided === undefined) {
      call.output.note(`relais: somebody else has just decided about ${groupName(group.id)}`);
      continue;
    }
    const moved = await finish({ store, clock: systemClock, wake: () => undefined }, group.id);
    call.output.item(objectOf(decided, { moved, reason }), `${words.done} ${inWords(decided)}.`);
  }
  await tellServer(call);
  const { login } = first;
  const isStopped = (await store.account(login))?.lockedReason !== undefined;
  call.output.say(
    isStopped
      ? `${words.after} ${login} is still stopped. Once its password is changed: ${commandLine(call, ['guard', 'unlock', login])}`
      : words.after,
  );
  return EXIT.done;
}

/** For its owner, in the transaction of the decision: nothing is dropped in silence, and nothing released is sent again. */
async function noticeOf(
  { config }: Call,
  store: SqlStore,
  { group, reason, decision }: { group: HoldGroup; reason: string; decision: DecisionWords['decision'] },
): Promise<ReturnType<typeof tell>> {
  const ids = new IdSupply(store);
  await ids.fill();
  const notices = new OwnerNotices(
    { ids, random: systemRandom },
    { hostname: config.hostname, contact: config.notices.contact },
  );
  const language = (await store.accountById(group.account))?.language ?? 'en';
  const kind = decision === 'drop' ? 'dropped' : 'cleared';
  return tell({ notices, clock: systemClock }, kind, { ...group, language, why: reason });
}

function inWords(group: HoldGroup): string {
  const { id, login, messages, recipients, sizeBytes } = group;
  return `${groupName(id)} of ${login}: ${counted(messages, 'message')} to ${counted(recipients, 'recipient')}, ${sizeForPeople(sizeBytes)}`;
}

function objectOf(group: HoldGroup, about: Record<string, unknown>): Record<string, unknown> {
  const { id, login, state, messages, recipients, sizeBytes } = group;
  return { group: groupName(id), account: login, state, messages, recipients, sizeBytes, ...about };
}
