/** Hold, release, cancel, retry: one shape, so that none of them can touch much by a slip of the hand. */
import type { DeliveryId, PathKey } from '../../core/envelope.ts';
import type { QueueAction, QueueCount, QueueFilter } from '../../core/queue/admin.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven, neededReason } from '../arguments.ts';
import { groupName, ONLY_WAITED } from '../../core/guard/reasons.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, localTime, rfc3339 } from '../output.ts';
import { loadStanding } from '../path/standing.ts';
import { tellServer, withStore } from '../with-store.ts';
import { FILTER_OPTIONS, filterOf, filterWords, pathForPeople } from './filter.ts';
import { pagesOf } from './pages.ts';

/** Deliveries changed in one transaction: short enough not to keep mail waiting. */
const BATCH = 500;
/** Paths, and groups of held mail, named to a person. */
const PATHS_SHOWN = 20;
const GROUPS_SHOWN = 5;

export interface ChangeWords {
  readonly kind: QueueAction['kind'];
  readonly summary: string;
  /** `Would hold`, `Held`. */
  readonly would: string;
  readonly done: string;
  /** Of which the action is possible. */
  readonly possible: string;
  readonly examples: readonly string[];
  /** The words of the command that undoes it, or why there is none. */
  undo(call: Call, reason: string): readonly string[] | string;
}

export function changeCommand(words: ChangeWords): Command {
  return {
    name: `queue ${words.kind}`,
    usage: '[REFERENCE] [FILTER] --reason REASON [--dry-run]',
    summary: words.summary,
    options: {
      ...FILTER_OPTIONS,
      all: { type: 'boolean', doc: 'Everything: needed when there is no filter.' },
      reason: { type: 'string', doc: 'Why; kept in the trace of each message.' },
      'dry-run': { type: 'boolean', doc: 'Only say what would be changed.' },
    },
    positionals: [0, 1],
    examples: words.examples,
    run: (call) => withStore(call, (store) => change(call, store, words)),
  };
}

async function change(call: Call, store: SqlStore, words: ChangeWords): Promise<number> {
  const filter = await filterOf(call, store);
  if (Object.keys(filter).length === 0 && !isGiven(call, 'all')) {
    throw new CommandError(
      EXIT.usage,
      `say which deliveries, by a filter such as --domain far.example; for every one of them, --all`,
    );
  }
  const dryRun = isGiven(call, 'dry-run');
  const reason = dryRun ? '' : neededReason(call);
  const count = await store.countChange({ kind: words.kind, filter });
  if (count.deliveries === 0) {
    throw new CommandError(EXIT.nothing, `nothing to ${words.kind}: no ${words.possible} delivery matches`);
  }
  call.output.say(`${words.would} ${inWords(count)}.`);
  if (words.kind === 'release')
    for (const line of doubtsOf(call, await doubtedByGroup(store, filter))) call.output.say(line);
  if (dryRun) {
    call.output.item({ action: words.kind, dryRun: true, ...countObject(count) }, NOT_CHANGED);
    return EXIT.done;
  }
  const woken = words.kind === 'retry' ? await waitingByPath(call, store, filter) : undefined;
  const changed = await inBatches(store, { kind: words.kind, filter, reason, at: Date.now(), limit: BATCH });
  await tellServer(call);
  const undo = words.undo(call, reason);
  const command = typeof undo === 'string' ? undefined : commandLine(call, undo);
  const object = {
    action: words.kind,
    changed,
    reason,
    ...countObject(count),
    ...(woken === undefined ? {} : { paths: woken }),
    ...(command === undefined ? {} : { undo: command }),
  };
  const lines = woken === undefined ? [] : pathLines(woken);
  call.output.item(object, [`${words.done} ${counted(changed, 'delivery')}.`, ...lines].join('\n'));
  await mentionBusy(call, store, filter);
  const which = words.kind === 'release' ? ', of what has not left yet' : '';
  call.output.say(command === undefined ? String(undo) : `Undo${which}: ${command}`);
  return EXIT.done;
}

/** How much of each group a release would let go that the guard judged: what only waited is not counted. */
async function doubtedByGroup(store: SqlStore, filter: QueueFilter): Promise<Map<number, number>> {
  const groups = new Map<number, number>();
  for await (const page of pagesOf(store, { filter: { ...filter, state: 'held' } }))
    for (const { holdGroup, holdReason } of page)
      if (holdGroup !== undefined && holdReason !== ONLY_WAITED)
        groups.set(holdGroup, (groups.get(holdGroup) ?? 0) + 1);
  return groups;
}

function doubtsOf(call: Call, groups: ReadonlyMap<number, number>): string[] {
  const all = [...groups].sort(([, one], [, other]) => other - one);
  const lines = all
    .slice(0, GROUPS_SHOWN)
    .map(
      ([group, deliveries]) =>
        `  ${deliveries} of these the guard doubts: ${commandLine(call, ['guard', 'show', groupName(group)])}`,
    );
  return all.length <= GROUPS_SHOWN
    ? lines
    : [...lines, `  and some of ${all.length - GROUPS_SHOWN} more groups`];
}

interface PathCount {
  readonly path: string;
  readonly deliveries: number;
  /** So many stand still, with their path or for their customer: of those nothing but canaries is tried until that ends. */
  readonly frozen: number;
}

/** What a retry is about to wake, the most first. */
async function waitingByPath(call: Call, store: SqlStore, filter: QueueFilter): Promise<PathCount[]> {
  const counts = new Map<PathKey, Map<string, number>>();
  for await (const page of pagesOf(store, { filter }))
    for (const { path, state, customer } of page) {
      if (state !== 'ready' && state !== 'waiting') continue;
      const domain = domainOfCustomer(customer);
      const ofPath = counts.get(path) ?? new Map<string, number>();
      counts.set(path, ofPath.set(domain, (ofPath.get(domain) ?? 0) + 1));
    }
  const standing = await loadStanding(store, { config: call.config, now: Date.now() });
  const paths = [...counts].map(async ([path, domains]) => {
    const row = (await store.path(path)) ?? { path };
    let [deliveries, frozen] = [0, 0];
    for (const [domain, count] of domains) {
      deliveries += count;
      if (standing.over(row, domain).length > 0) frozen += count;
    }
    return { path: pathForPeople(path), deliveries, frozen };
  });
  return (await Promise.all(paths)).sort((a, b) => b.deliveries - a.deliveries);
}

function pathLines(paths: readonly PathCount[]): string[] {
  const shown = paths.slice(0, PATHS_SHOWN);
  const lines = shown.map((one) => `  ${one.deliveries} on ${one.path}${frozenInWords(one)}`);
  const more = paths.length - shown.length;
  return more === 0 ? lines : [...lines, `  and ${counted(more, 'path')} more; --json names all`];
}

function frozenInWords({ path, deliveries, frozen }: PathCount): string {
  if (frozen === 0) return '';
  const show = `(relais path show '${path}')`;
  if (frozen === deliveries) return `, which is frozen: it goes when that ends ${show}`;
  return `, of which ${frozen} stand still for their customer, and go when that ends ${show}`;
}

async function inBatches(store: SqlStore, action: QueueAction): Promise<number> {
  let changed = 0;
  let after: DeliveryId | undefined;
  for (;;) {
    const batch = await store.changeQueue({ ...action, ...(after === undefined ? {} : { after }) });
    changed += batch.changed;
    if (batch.last === undefined) return changed;
    after = batch.last;
  }
}

/** What is being tried cannot be changed: its outcome comes first. */
async function mentionBusy({ output }: Call, store: SqlStore, filter: QueueFilter): Promise<void> {
  if (filter.state !== undefined) return;
  const { deliveries } = await store.countQueue({ ...filter, state: 'leased' });
  if (deliveries > 0)
    output.say(
      `${counted(deliveries, 'delivery')} being tried right now ${deliveries === 1 ? 'was' : 'were'} left alone; repeat the command for what comes back.`,
    );
}

function inWords({ deliveries, messages, senders, oldestAt }: QueueCount): string {
  const oldest = oldestAt === undefined ? '' : `, the oldest accepted ${localTime(oldestAt)}`;
  return `${counted(deliveries, 'delivery')} of ${counted(messages, 'message')} from ${counted(senders, 'sender')}${oldest}`;
}

function countObject({ oldestAt, ...count }: QueueCount): Record<string, unknown> {
  return { ...count, ...(oldestAt === undefined ? {} : { oldestAt: rfc3339(oldestAt) }) };
}

/** What names a state, with its value: after a change that state is another. */
const OF_A_STATE = ['--state', '--hold-reason'];

/** The filter of this call without what names a state; empty when nothing else was said. */
export function sameFilter(call: Call): string[] {
  const words = filterWords(call);
  return words.filter(
    (word, index) =>
      word !== '--waited' && !OF_A_STATE.includes(word) && !OF_A_STATE.includes(words[index - 1] ?? ''),
  );
}
