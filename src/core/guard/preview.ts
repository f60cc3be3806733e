/**
 * What a relaxation would have moved: the traffic log decided twice by the same code as live mail, as it was and as if it had
 * been relaxed, with what people decided about what was held.
 */
import type { MessageId } from '../envelope.ts';
import type { SendEvent } from './event.ts';
import { Guard } from './guard.ts';
import { heedLine } from './log-line.ts';
import { type HoldGroup, isHeld, type LogEntry, NOBODYS } from './port.ts';
import { covers, type Relaxation } from './relaxation.ts';
import type { GuardStore } from './store.ts';

/** What became of a message that was held. */
export type Fate = 'legitimate' | 'spam' | 'undecided' | 'left';

export interface Moved {
  readonly account: string;
  readonly at: number;
  readonly recipients: number;
  readonly fate: Fate;
  /** How long it was held until it was released. */
  readonly waitedMs?: number;
}

export interface PreviewResult {
  /** Of all accounts, since then. */
  readonly allMessages: number;
  /** Of those that the relaxations are about. */
  readonly messages: number;
  /** Of these, held by the guard as it is, and as if relaxed. */
  readonly held: number;
  readonly heldRelaxed: number;
  /** That would not have been held, whoever's they are. */
  readonly moved: readonly Moved[];
}

const LINES = 2_000;

export interface PreviewAsked {
  readonly relaxations: readonly Relaxation[];
  /** ms since the epoch. */
  readonly since: number;
}

/** Rejects when the store is down. Reads the whole log, because the guard of a day knows the days before. */
export async function preview(
  store: Pick<GuardStore, 'tailGuard' | 'endOfGuardLog' | 'holdGroup' | 'groupOfMessage'>,
  { relaxations, since }: PreviewAsked,
): Promise<PreviewResult> {
  const two = new Two(relaxations, since);
  const end = await store.endOfGuardLog();
  for (let after = 0; after < end; ) {
    const { lines } = await store.tailGuard({ after, worker: NOBODYS, limit: LINES });
    for (const line of lines) two.take(line);
    const last = lines.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  const groups = new Map<number, HoldGroup | undefined>();
  for (const one of two.moved) {
    // What passed may have been taken out of the queue when its account was stopped.
    if (one.group === undefined && one.message !== undefined)
      one.group = await store.groupOfMessage(one.message);
    const { group } = one;
    if (group !== undefined && !groups.has(group)) groups.set(group, await store.holdGroup(group));
  }
  return {
    allMessages: two.allMessages,
    messages: two.messages,
    held: two.held,
    heldRelaxed: two.heldRelaxed,
    moved: two.moved.map(({ group, message, ...about }) => ({
      ...about,
      ...fateOf(about.at, group === undefined ? undefined : groups.get(group)),
    })),
  };
}

/** A `Moved` of which is not known yet what became of it. */
interface MovedThen extends Pick<Moved, 'account' | 'at' | 'recipients'> {
  readonly message: MessageId | undefined;
  group: number | undefined;
}

/** The guard as it is, and as if relaxed. */
class Two {
  allMessages = 0;
  messages = 0;
  held = 0;
  heldRelaxed = 0;
  readonly moved: MovedThen[] = [];
  readonly #strict = new Guard();
  readonly #relaxed: Guard;
  readonly #relaxations: readonly Relaxation[];
  readonly #since: number;

  constructor(relaxations: readonly Relaxation[], since: number) {
    this.#since = since;
    this.#relaxations = relaxations;
    this.#relaxed = new Guard({
      relaxations: relaxations.map(({ scope, factor }) => ({ scope, factor, from: since })),
    });
  }

  take(line: LogEntry): void {
    heedLine(line, [this.#strict, this.#relaxed], (event) => this.#decide(event, line));
  }

  #decide(event: SendEvent, { message, group }: LogEntry): void {
    const [strict, relaxed] = [this.#strict, this.#relaxed].map((guard) =>
      isHeld(guard.decide(event).outcome),
    );
    const { account, at, to } = event;
    if (at < this.#since) return;
    this.allMessages++;
    if (this.#relaxations.some((relaxation) => covers(relaxation, account))) {
      this.messages++;
      if (strict === true) this.held++;
      if (relaxed === true) this.heldRelaxed++;
    }
    if (strict === true && relaxed === false)
      this.moved.push({ account, at, recipients: to.length, message, group });
  }
}

function fateOf(at: number, group: HoldGroup | undefined): Pick<Moved, 'fate' | 'waitedMs'> {
  // It was not held at the time, or is forgotten.
  if (group === undefined) return { fate: 'left' };
  switch (group.state) {
    case 'released':
    case 'releasing':
      return { fate: 'legitimate', waitedMs: Math.max(0, (group.decidedAt ?? at) - at) };
    case 'dropped':
    case 'dropping':
      return { fate: 'spam' };
    case 'open':
      return { fate: 'undecided' };
    default:
      return group.state satisfies never;
  }
}
