import type { PathKey } from '../../core/envelope.ts';
import type { QueuedDelivery } from '../../core/queue/admin.ts';
import { groupName, heldInWords } from '../../core/guard/reasons.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import { type Freeze, isProviderHold, type Scope } from '../../core/queue/freeze.ts';
import type { DrainEstimate, Failing } from '../../core/queue/port.ts';
import type { ProviderCase } from '../../core/reputation/case.ts';
import { titleOf } from '../../core/reputation/providers.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import { readOption, toCount } from '../arguments.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { counted, fromNow, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { openReferences, type References, withStore } from '../with-store.ts';
import { type Around, loadAround, type PathLike, under } from '../path/standing.ts';
import {
  drainInWords,
  drainObject,
  failingInWords,
  failingObject,
  freezeObject,
  freezesLines,
  isWide,
  together,
} from '../path/words.ts';
import { FILTER_OPTIONS, filterOf } from './filter.ts';
import { pagesOf } from './pages.ts';

/** Open cases that are named. */
const MOST_CASES = 1000;
/** Characters of a reason in the line of a delivery. */
const MOST_OF_REASON = 80;

export const queueList: Command = {
  name: 'queue list',
  usage: '[REFERENCE] [FILTER] [--limit N]',
  summary: 'What is in the queue, oldest first: reads like mailq.',
  options: { ...FILTER_OPTIONS, limit: { type: 'string', doc: 'At most this many deliveries.' } },
  positionals: [0, 1],
  examples: ['relais queue list --state held', 'relais queue list --domain far.example --json'],
  async run(call) {
    return withStore(call, async (store) => {
      const filter = await filterOf(call, store);
      const now = Date.now();
      const [around, open, references] = await Promise.all([
        loadAround(store, { config: call.config, now }),
        store.cases({ since: now, limit: MOST_CASES }),
        openReferences(store),
      ]);
      const cases = new Map(open.map((one) => [one.scope, one]));
      const lister = new Lister(call, { ...around, references, cases });
      const all = Object.keys(filter).length === 0;
      const most = readOption(call, 'limit', toCount);
      let begun = false;
      for await (const page of pagesOf(store, { filter, most })) {
        if (!begun)
          for (const line of standstill(call, around, all ? 'all' : lister.stopping(page)))
            call.output.say(line);
        begun = true;
        for (const delivery of page) lister.take(delivery);
      }
      lister.end();
      if (lister.deliveries === 0) {
        if (all) call.output.say('Mail queue is empty');
        else call.output.note('nothing in the queue matches');
        return all ? EXIT.done : EXIT.nothing;
      }
      const { deliveries, messages } = await store.countQueue(filter);
      tellTotal(call, {
        count: { deliveries, messages },
        sentence: lister.total({ deliveries, messages }),
        drains: drainsOf(around, all ? undefined : lister.paths),
      });
      return EXIT.done;
    });
  },
};

interface PathDrain {
  readonly path: PathKey;
  readonly drain: DrainEstimate;
}

/** Of these paths, or of all. */
function drainsOf({ paths, standing }: Around, only: ReadonlySet<PathKey> | undefined): PathDrain[] {
  return paths.flatMap((path) => {
    const drain = standing.drainOf(path);
    return drain === undefined || only?.has(path.path) === false ? [] : [{ path: path.path, drain }];
  });
}

/** The last line; programs get one too while something drains, which says when all of it ends. */
function tellTotal(
  { output }: Call,
  about: {
    count: { deliveries: number; messages: number };
    sentence: string;
    drains: readonly PathDrain[];
  },
): void {
  const { count, sentence, drains } = about;
  const whole = together(drains.map(({ drain }) => drain));
  if (whole === undefined) return output.say(`${sentence}.`);
  const total = {
    ...count,
    drain: drainObject(whole),
    paths: drains.map(({ path, drain }) => ({ path, drain: drainObject(drain) })),
  };
  output.item(
    { schema: 'relais.queue-total/1', total },
    `${sentence}; draining: ${drainInWords(whole, Date.now())}.`,
  );
}

/** What stands still, when that is wide or all that there is: whoever lists the queue asks why. Of a part of the queue what keeps that back. */
function standstill(call: Call, around: Around, listed: 'all' | ReadonlySet<Freeze>): string[] {
  const { paths, standing } = around;
  const waiting = paths.filter(({ ready, waiting }) => ready + waiting > 0);
  const over = waiting.map((path) => standing.over(path));
  const nothingGoes = listed === 'all' && over.length > 0 && over.every((freezes) => freezes.length > 0);
  const causes = new Set(nothingGoes ? over.flat() : []);
  // A provider that refused us and has nothing waiting keeps nothing from going now.
  const isIdle = (freeze: Freeze): boolean =>
    isProviderHold(freeze) && under(freeze.scope, around).deliveries === 0;
  const told = standing.freezes.filter(
    (freeze) =>
      causes.has(freeze) || (isWide(freeze) && !isIdle(freeze) && (listed === 'all' || listed.has(freeze))),
  );
  if (told.length === 0) return [];
  const head = nothingGoes ? ['Nothing in the queue is being tried: all of it stands still.'] : [];
  return [...head, ...freezesLines(call, told, around), ''];
}

interface Listing extends Around {
  readonly references: References;
  /** Those that are open. */
  readonly cases: ReadonlyMap<Scope, ProviderCase>;
}

/** Groups what comes by message, and writes each group. */
class Lister {
  readonly #call: Call;
  readonly #listing: Listing;
  readonly #known: ReadonlyMap<PathKey, PathLike>;
  readonly paths = new Set<PathKey>();
  #group: QueuedDelivery[] = [];
  #sizeBytes = 0;
  #messages = 0;
  deliveries = 0;

  constructor(call: Call, listing: Listing) {
    this.#call = call;
    this.#listing = listing;
    this.#known = new Map(listing.paths.map((path) => [path.path, path]));
  }

  /** What keeps any of these back. */
  stopping(page: readonly QueuedDelivery[]): ReadonlySet<Freeze> {
    return new Set(page.flatMap((delivery) => this.#freezesOver(delivery)));
  }

  take(delivery: QueuedDelivery): void {
    if (this.#group[0] !== undefined && this.#group[0].message !== delivery.message) this.end();
    this.paths.add(delivery.path);
    this.#group.push(delivery);
  }

  /** Writes the group that is not written yet. */
  end(): void {
    const [first] = this.#group;
    if (first === undefined) return;
    const { references, standing } = this.#listing;
    const { output } = this.#call;
    if (this.#messages === 0)
      output.say('Reference      Size      Accepted             Sender, then recipients');
    const reference = references.of(first.message);
    const recipients = this.#group.map((delivery) => ({
      ...recipientObject(delivery),
      ...this.#standingOf(delivery),
    }));
    const object = {
      reference,
      message: first.message,
      sizeBytes: first.sizeBytes,
      acceptedAt: rfc3339(first.acceptedAt),
      expiresAt: rfc3339(first.expiresAt),
      sender: first.sender,
      recipients,
    };
    const head = `${(reference + markOf(this.#group)).padEnd(14)} ${sizeForPeople(first.sizeBytes).padEnd(8)}  ${localTime(first.acceptedAt)}  ${first.sender === '' ? '<>' : first.sender}`;
    const lines = this.#group.flatMap((delivery) =>
      recipientLines(delivery, {
        frozen: this.#freezesOver(delivery)[0],
        cases: this.#listing.cases,
        failing: this.#failingOf(delivery),
        now: standing.now,
      }),
    );
    output.item(object, [head, ...lines.map((line) => `${' '.repeat(6)}${line}`), ''].join('\n'));
    this.#messages++;
    this.deliveries += this.#group.length;
    this.#sizeBytes += first.sizeBytes;
    this.#group = [];
  }

  /** A frozen path keeps what is on it where it is, without a word in the row of each. */
  #freezesOver({ state, path, customer }: QueuedDelivery): readonly Freeze[] {
    if (state !== 'ready' && state !== 'waiting') return [];
    return this.#listing.standing.over(this.#known.get(path) ?? { path }, domainOfCustomer(customer));
  }

  /** Only of what its path would try now. */
  #failingOf({ state, path }: QueuedDelivery): Failing | undefined {
    return state === 'ready'
      ? this.#listing.standing.failingOf(this.#known.get(path) ?? { path })
      : undefined;
  }

  #standingOf(delivery: QueuedDelivery): Record<string, unknown> {
    const freezes = this.#freezesOver(delivery);
    if (freezes.length > 0) return { state: 'frozen', freezes: freezes.map(freezeObject) };
    const { path, state } = delivery;
    const failing = this.#failingOf(delivery);
    if (failing !== undefined) return { state, failing: failingObject(failing) };
    const drain = this.#listing.standing.drainOf(this.#known.get(path) ?? { path });
    return drain === undefined ? { state } : { state, drain: drainObject(drain) };
  }

  total(all: { deliveries: number; messages: number }): string {
    const shown = all.deliveries > this.deliveries ? `Shown ${this.deliveries} of ` : '';
    const size = shown === '' ? `, ${sizeForPeople(this.#sizeBytes)}` : '';
    return `-- ${shown}${counted(all.messages, 'message')}, ${counted(all.deliveries, 'recipient')}${size}`;
  }
}

function recipientObject(delivery: QueuedDelivery): Record<string, unknown> {
  const { id, recipient, path, lane, attempts, dueAt, holdReason, holdGroup, last } = delivery;
  return {
    delivery: id,
    address: recipient,
    path,
    lane,
    attempts,
    ...(delivery.state === 'waiting' ? { nextTryAt: rfc3339(dueAt) } : {}),
    ...(holdReason === undefined ? {} : { holdReason }),
    ...(holdGroup === undefined ? {} : { group: groupName(holdGroup) }),
    ...(last === undefined ? {} : { last: { ...last, at: rfc3339(last.at) } }),
  };
}

/** As mailq marks them: `*` being tried, `!` held. */
function markOf(group: readonly QueuedDelivery[]): string {
  if (group.some(({ state }) => state === 'leased')) return '*';
  return group.some(({ state }) => state === 'held') ? '!' : '';
}

function recipientLines(
  delivery: QueuedDelivery,
  about: {
    frozen: Freeze | undefined;
    cases: Listing['cases'];
    failing: Failing | undefined;
    now: number;
  },
): string[] {
  const { recipient, state, dueAt, last } = delivery;
  const { frozen, cases, failing, now } = about;
  const waits =
    state === 'waiting' ? `waiting, next try ${dueAt > now ? fromNow(dueAt, now) : 'now'}` : state;
  const next = failing === undefined ? waits : failingInWords(failing, now);
  // What it was told itself is what it stands still for: said once, and in full by `queue show`.
  const isSaid = last === undefined || (frozen !== undefined && last.blame === frozen.blame);
  const reason = state === 'held' ? heldInWords(delivery) : isSaid ? '' : inOneLine(last);
  return [
    `${recipient}  ${frozen === undefined ? next : `frozen: ${inShort(frozen, cases.get(frozen.scope))}`}`,
    ...(reason === '' ? [] : [`  (${reason})`]),
  ];
}

/** `Yahoo refuses our address (case 5)`, or the reason in a few words. */
function inShort({ cause, reason }: Freeze, open: ProviderCase | undefined): string {
  if (cause === 'automatic' && open !== undefined) {
    const whose = open.customer === undefined ? 'our address' : `mail of ${open.customer}`;
    return `${titleOf(open.provider)} refuses ${whose} (case ${open.id})`;
  }
  const line = reason.replaceAll('\n', ' / ');
  return line.length > MOST_OF_REASON ? `${line.slice(0, MOST_OF_REASON)}…` : line;
}
