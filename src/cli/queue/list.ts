import type { PathKey } from '../../core/envelope.ts';
import type { QueuedDelivery } from '../../core/queue/admin.ts';
import type { PathRow } from '../../core/queue/port.ts';
import { verbatim } from '../../core/trace/sentences.ts';
import type { SqlStore } from '../../store/store.ts';
import { optionOf, toCount } from '../arguments.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { counted, fromNow, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { openReferences, type References, withStore } from '../with-store.ts';
import { FILTER_OPTIONS, filterOf } from './filter.ts';

/** Deliveries read from the store at once. */
const PAGE = 1000;

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
      const lister = new Lister(call, { store, references: await openReferences(store), now: Date.now() });
      let left = toCount(optionOf(call, 'limit')) ?? Number.POSITIVE_INFINITY;
      let cursor: QueuedDelivery['id'] | undefined;
      while (left > 0) {
        const limit = Math.min(PAGE, left);
        const page = await store.listQueue({ filter, limit, ...(cursor === undefined ? {} : { cursor }) });
        for (const delivery of page) await lister.take(delivery);
        if (page.length < limit) break;
        cursor = page.at(-1)?.id;
        left -= page.length;
      }
      await lister.end();
      if (lister.deliveries === 0) {
        if (Object.keys(filter).length === 0) call.output.say('Mail queue is empty');
        else call.output.note('nothing in the queue matches');
        return Object.keys(filter).length === 0 ? EXIT.done : EXIT.nothing;
      }
      const { deliveries, messages } = await store.countQueue(filter);
      call.output.say(lister.total({ deliveries, messages }));
      return EXIT.done;
    });
  },
};

interface Around {
  readonly store: SqlStore;
  readonly references: References;
  readonly now: number;
}

/** Groups what comes by message, and writes each group. */
class Lister {
  readonly #call: Call;
  readonly #around: Around;
  readonly #paths = new Map<PathKey, PathRow | undefined>();
  #group: QueuedDelivery[] = [];
  #sizeBytes = 0;
  #messages = 0;
  deliveries = 0;

  constructor(call: Call, around: Around) {
    this.#call = call;
    this.#around = around;
  }

  async take(delivery: QueuedDelivery): Promise<void> {
    if (this.#group[0] !== undefined && this.#group[0].message !== delivery.message) await this.end();
    this.#group.push(delivery);
  }

  /** Writes the group that is not written yet. */
  async end(): Promise<void> {
    const [first] = this.#group;
    if (first === undefined) return;
    const { references, now } = this.#around;
    const { output } = this.#call;
    if (this.#messages === 0)
      output.say('Reference      Size      Accepted             Sender, then recipients');
    for (const { path } of this.#group) {
      if (!this.#paths.has(path)) this.#paths.set(path, await this.#around.store.path(path));
    }
    const reference = references.of(first.message);
    const recipients = this.#group.map((delivery) => ({
      ...recipientObject(delivery),
      state: this.#stateOf(delivery),
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
      recipientLines(delivery, { state: this.#stateOf(delivery), now }),
    );
    output.item(object, [head, ...lines.map((line) => `${' '.repeat(6)}${line}`), ''].join('\n'));
    this.#messages++;
    this.deliveries += this.#group.length;
    this.#sizeBytes += first.sizeBytes;
    this.#group = [];
  }

  /** A frozen path keeps what is on it where it is, without a word in the row of each. */
  #stateOf({ state, path }: QueuedDelivery): string {
    const frozen = this.#paths.get(path)?.state === 'frozen' && (state === 'ready' || state === 'waiting');
    return frozen ? 'frozen' : state;
  }

  total(all: { deliveries: number; messages: number }): string {
    const shown = all.deliveries > this.deliveries ? `Shown ${this.deliveries} of ` : '';
    const size = shown === '' ? `, ${sizeForPeople(this.#sizeBytes)}` : '';
    return `-- ${shown}${counted(all.messages, 'message')}, ${counted(all.deliveries, 'recipient')}${size}.`;
  }
}

function recipientObject(delivery: QueuedDelivery): Record<string, unknown> {
  const { id, recipient, path, lane, attempts, dueAt, holdReason, last } = delivery;
  return {
    delivery: id,
    address: recipient,
    path,
    lane,
    attempts,
    ...(delivery.state === 'waiting' ? { nextTryAt: rfc3339(dueAt) } : {}),
    ...(holdReason === undefined ? {} : { holdReason }),
    ...(last === undefined ? {} : { last: { ...last, at: rfc3339(last.at) } }),
  };
}

/** As mailq marks them: `*` being tried, `!` held. */
function markOf(group: readonly QueuedDelivery[]): string {
  if (group.some(({ state }) => state === 'leased')) return '*';
  return group.some(({ state }) => state === 'held') ? '!' : '';
}

function recipientLines(delivery: QueuedDelivery, { state, now }: { state: string; now: number }): string[] {
  const { recipient, dueAt, last, holdReason } = delivery;
  const next = state === 'waiting' ? `, next try ${dueAt > now ? fromNow(dueAt, now) : 'now'}` : '';
  const reason =
    state === 'held' ? (holdReason ?? '') : last === undefined ? '' : verbatim(last).replaceAll('\n', ' / ');
  return [`${recipient}  ${state}${next}`, ...(reason === '' ? [] : [`  (${reason})`])];
}
