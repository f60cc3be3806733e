/**
 * The guard in the way of live mail. Each submission of an account is judged at the end of its content, from memory alone:
 * nothing is asked of anybody, and nothing stands aside. What is decided is committed with the message, so that every
 * other worker hears of it, and a restart forgets nothing.
 */
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import type { Random } from '../../base/random.ts';
import type { Header } from '../../wire/mime/header.ts';
import type { Account } from '../directory/port.ts';
import type { WorkerId } from '../envelope.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { Acceptance } from '../queue/port.ts';
import { type SendEvent, writeEvent } from './event.ts';
import type { Decision, Guard } from './guard.ts';
import type { LogData } from './log-data.ts';
import { LOOKED_BACK_MS, type OwnerNotice, type OwnerNotices } from './notices.ts';
import { type Hold, isHeld, type Judged, OTHER } from './port.ts';
import type { GuardMemory } from './memory.ts';
import { relaxationName } from './relaxation.ts';
import type { Relaxations } from './relaxations.ts';
import { addressOf, hashOfToken } from './owner-desk.ts';
import { holdReason, reasonInWords } from './reasons.ts';
import type { GuardStore } from './store.ts';
import { type Submissions, subjectOf } from './submission.ts';

export interface DeskPorts {
  readonly guard: Guard;
  readonly submissions: Submissions;
  readonly notices: OwnerNotices;
  /** Asked only when an account is stopped, for what its owner is told. */
  readonly store: Pick<GuardStore, 'countPassed'>;
  /** Hears which accounts there is something new of. */
  readonly memory: Pick<GuardMemory, 'judged'>;
  /** Looks whether a relaxation goes too far. */
  readonly relaxations: Pick<Relaxations, 'decided'>;
  readonly ids: IdSupply;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

export interface DeskOptions {
  /** Held mail is kept for so long, ms. */
  readonly holdForMs: number;
  /** At whose name owners answer. */
  readonly hostname: string;
}

export interface Submitted {
  readonly at: number;
  readonly account: Account;
  readonly client: string;
  readonly recipients: readonly string[];
  readonly header: Header;
  readonly head: Buffer;
  readonly sizeBytes: number;
}

/** With how much of its account left before, where that is to be told. */
type Told = Submitted & { readonly left: number | undefined };

/** What belongs into the transaction of the message. */
export type Verdict = Required<Pick<Acceptance, 'judged'>> & Pick<Acceptance, 'holdNotices'>;

const DAY_MS = 86_400_000;
/** Characters of what names a group. */
const MAX_CAMPAIGN = 255;
/** Of a token: nobody guesses 160 bits. */
const TOKEN_BYTES = 20;
/** Messages that were judged and could not be kept, remembered until they come again. */
const MOST_UNKEPT = 10_000;

interface Looked {
  readonly event: SendEvent;
  readonly decision: Decision;
}

/** What was made of one submission. */
export interface Judgement extends Looked {
  readonly verdict: Verdict;
}

export class GuardDesk {
  readonly #worker: WorkerId;
  readonly #ports: DeskPorts;
  readonly #options: DeskOptions;
  readonly #unkept = new Map<string, Decision>();
  readonly #decisions: ReturnType<Meter['counter']>;
  readonly #time: ReturnType<Meter['timer']>;

  constructor(worker: WorkerId, ports: DeskPorts, options: DeskOptions) {
    this.#worker = worker;
    this.#ports = ports;
    this.#options = options;
    this.#decisions = ports.meter.counter({
      name: 'relais_guard_decisions_total',
      help: 'Submissions of accounts that the guard judged, by outcome.',
      labels: ['outcome'],
    });
    this.#time = ports.meter.timer({
      name: 'relais_guard_seconds',
      help: 'What looking at a submission and deciding about it took.',
    });
  }

  /**
   * Decides and learns, before it returns; later only where an account is stopped. `monotonic`: for the time it took. Throws, or
   * rejects, when the store gives no ids for what is to be held.
   */
  judge(submitted: Submitted, monotonic: () => number): Judgement | Promise<Judgement> {
    const begun = monotonic();
    const { guard, submissions } = this.#ports;
    const event = submissions.eventOf({ ...submitted, account: submitted.account.address });
    const decision = this.#again(event) ?? guard.decide(event);
    this.#ports.memory.judged(event.account);
    this.#time.observe((monotonic() - begun) / 1000);
    this.#decisions.add({ outcome: decision.outcome });
    const relaxed = this.#ports.relaxations.decided(event, decision);
    if (relaxed !== undefined)
      this.#ports.log.warn(
        { account: event.account, relaxation: relaxationName(relaxed.id), recipients: relaxed.recipients },
        'a message leaves only because of a relaxation',
      );
    const judged: Judged = {
      at: event.at,
      worker: this.#worker,
      account: event.account,
      kind: decision.outcome,
      data: JSON.stringify(dataOf(event, decision, relaxed)),
      ...(relaxed === undefined ? {} : { relaxed }),
    };
    if (!isHeld(decision.outcome)) return { event, decision, verdict: { judged } };
    const looked = { event, decision };
    const held = (left?: number): Judgement => ({
      ...looked,
      verdict: this.#held({ ...submitted, left }, judged, looked),
    });
    return decision.outcome === 'stop' ? this.#left(event).then(held) : held();
  }

  /** The message could not be kept: its client comes again with it, and it counts once. */
  notKept({ event, decision }: Judgement): void {
    if (this.#unkept.size >= MOST_UNKEPT) this.#unkept.clear();
    this.#unkept.set(keyOf(event), decision);
  }

  /** What was decided when it came before. */
  #again(event: SendEvent): Decision | undefined {
    if (this.#unkept.size === 0) return undefined;
    const key = keyOf(event);
    const decision = this.#unkept.get(key);
    this.#unkept.delete(key);
    return decision;
  }

  /** How many left before; the message is held whether or not the store can say. */
  async #left({ account, at }: SendEvent): Promise<number | undefined> {
    try {
      return await this.#ports.store.countPassed({ account, since: at - LOOKED_BACK_MS });
    } catch {
      return undefined;
    }
  }

  #held(submitted: Told, judged: Judged, looked: Looked): Verdict {
    const hold = this.#hold(submitted, looked);
    return { judged: { ...judged, hold }, holdNotices: this.#notices(submitted, hold) };
  }

  #hold({ account, header }: Submitted, { event, decision }: Looked): Hold {
    const group = this.#ports.ids.take<number>();
    if (group === undefined) throw new Error('the store gives no ids');
    const reason = holdReason(decision.terms);
    this.#ports.log.warn(
      { account: account.address, reason, score: Math.round(decision.score * 10) / 10 },
      decision.outcome === 'stop' ? 'a message is held: the account is stopped' : 'a message is held',
    );
    const stop = `mail sent from it looks like a thief's (${reasonInWords(reason, 'en')})`;
    return {
      group,
      campaign: campaignOf(event),
      reason,
      subject: subjectOf(header),
      expiresAt: event.at + this.#options.holdForMs,
      ...(decision.outcome === 'stop' ? { stop } : {}),
      ...(decision.owners === undefined ? {} : { owners: true }),
    };
  }

  #notices({ account, at, left }: Told, hold: Hold): NonNullable<Verdict['holdNotices']> {
    const compose = (kind: OwnerNotice, replyTo?: string): Acceptance =>
      this.#ports.notices.compose(kind, {
        ...(replyTo === undefined ? {} : { replyTo }),
        account,
        at,
        groups: [],
        subject: hold.subject,
        reason: hold.reason,
        messages: 1,
        ...(left === undefined ? {} : { left }),
        since: at,
        until: hold.expiresAt,
      });
    const key = `guard-held ${account.id} ${Math.floor(at / DAY_MS)}`;
    if (hold.owners === true) {
      const token = Buffer.from(this.#ports.random.bytes(TOKEN_BYTES)).toString('hex');
      const replyTo = addressOf(token, this.#options.hostname);
      return {
        held: {
          // Each group has an answer of its own.
          key: `${key} ${hold.campaign}`,
          notice: compose('answerable', replyTo),
          token: { hash: hashOfToken(token), expiresAt: hold.expiresAt },
        },
      };
    }
    return {
      held: { key, notice: compose('held') },
      ...(hold.stop === undefined ? {} : { stopped: compose('stopped') }),
    };
  }
}

/** What is held together; never longer than a host may be (RFC 1035 2.3.4), which an index of PostgreSQL has room for. */
function campaignOf({ linkDomains, fingerprint }: SendEvent): string {
  return (linkDomains?.[0] ?? fingerprint ?? OTHER).slice(0, MAX_CAMPAIGN);
}

/** One message, however often it comes. */
function keyOf({ account, subject, fingerprint, sizeBytes, to }: SendEvent): string {
  return [account, subject, fingerprint, sizeBytes, ...to].join(' ');
}

function dataOf(
  event: SendEvent,
  { outcome, score, limit, terms }: Decision,
  relaxed: Judged['relaxed'],
): LogData {
  return {
    ...writeEvent(event),
    score: rounded(score),
    limit: isHeld(outcome) ? limit : undefined,
    terms: terms.map(({ signal, weight, count, atLeast }) => {
      if (count === undefined) return [signal, rounded(weight)];
      return atLeast === undefined
        ? [signal, rounded(weight), count]
        : [signal, rounded(weight), count, atLeast];
    }),
    relaxed: relaxed?.id,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
