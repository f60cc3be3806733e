/**
 * Owners release some of their held mail alone, by answering the notice about it. An answer counts when it is submitted
 * by the account itself, from a network that it has used for long, while the group is kept and is still of a kind by which a
 * thief would gain nothing. Whatever else comes is told why not, in the owner's mailbox, and whom to ask.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Log } from '../../base/log.ts';
import type { Account } from '../directory/port.ts';
import type { AccountId, MessageId } from '../envelope.ts';
import type { QueueStore } from '../queue/port.ts';
import type { Guard } from './guard.ts';
import { readDecided } from './log-data.ts';
import type { OwnerNotices, WhyNot } from './notices.ts';
import { MOST_BY_OWNER } from './own-mail.ts';
import type { HoldGroup, HoldToken } from './port.ts';
import { groupName, holdReason } from './reasons.ts';
import type { GuardStore, OwnersRelease } from './store.ts';

const DAY_MS = 86_400_000;
/** Answers of one account in a day that are looked at by one worker: each is answered in turn. */
const MOST_ANSWERS = 20;
/** Accounts whose answers are counted at a time. */
const MOST_COUNTED = 10_000;

/** `release+` and forty hexadecimal digits, at this server's own name. */
const ADDRESS = /^release\+([\da-f]{40})$/i;

/** The token in the local part of an address of ours; undefined when it is none. */
export function tokenIn(local: string): string | undefined {
  return ADDRESS.exec(local)?.[1]?.toLowerCase();
}

export function addressOf(token: string, hostname: string): string {
  return `release+${token}@${hostname}`;
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Who releases, as the record names them. */
export function ownerName(address: string): string {
  return `owner ${address}`;
}

export interface OwnerDeskPorts {
  readonly guard: Pick<Guard, 'hasUsedForLong' | 'isShared'>;
  readonly store: Pick<GuardStore, 'holdTokens' | 'holdGroup' | 'releaseByOwner'> &
    Pick<QueueStore, 'accept'>;
  readonly notices: OwnerNotices;
  readonly log: Log;
  /** Carries a decision out; what it leaves undone is done later. */
  finish(group: number): Promise<unknown>;
}

export interface OwnersAnswer {
  readonly account: Account;
  /** The address that it was submitted from. */
  readonly client: string;
  readonly token: string;
  /** ms since the epoch. */
  readonly at: number;
}

export class OwnerDesk {
  readonly #ports: OwnerDeskPorts;
  readonly #asked = new Map<AccountId, number>();
  #today = 0;

  constructor(ports: OwnerDeskPorts) {
    this.#ports = ports;
  }

  /**
   * Does what an owner asks for, or says why not; the message that tells them of it. Undefined when the account has asked
   * too often today. Rejects when the store is down: nothing was done then.
   */
  async answered(answer: OwnersAnswer): Promise<MessageId | undefined> {
    if (!this.#counts(answer)) return undefined;
    const { account, at } = answer;
    const found = matching(await this.#ports.store.holdTokens(account.id), answer.token);
    const group = found === undefined ? undefined : await this.#ports.store.holdGroup(found.group);
    const why = this.#objection(answer, found, group);
    if (why !== undefined || group === undefined) return this.#refuse(answer, why ?? 'unknown', group);
    const notice = this.#ports.notices.compose('released', aboutGroup(answer, group));
    const released = await this.#ports.store.releaseByOwner({
      account: account.id,
      group: group.id,
      at,
      notice,
      by: ownerName(account.address),
      reason: 'answered the notice about it',
      most: MOST_BY_OWNER,
      since: at - DAY_MS,
    });
    if (typeof released === 'string') return this.#refuse(answer, WHY_NOT[released], group);
    const { log, finish } = this.#ports;
    log.info({ account: account.address, group: groupName(group.id) }, 'held mail was released by its owner');
    await finish(group.id).catch((error: unknown) =>
      log.warn({ group: group.id, error: String(error) }, 'a release is carried out later'),
    );
    return notice.message;
  }

  #objection(
    { account, client, at }: OwnersAnswer,
    found: HoldToken | undefined,
    group: HoldGroup | undefined,
  ): WhyNot | undefined {
    const { guard } = this.#ports;
    if (found === undefined || group === undefined || group.account !== account.id) return 'unknown';
    if (at >= found.expiresAt) return 'late';
    if (!guard.hasUsedForLong(account.address, client, at)) return 'network';
    const sample = readDecided(group.sample);
    return sample === undefined || guard.isShared(sample.event) ? 'kind' : undefined;
  }

  async #refuse(answer: OwnersAnswer, whyNot: WhyNot, group: HoldGroup | undefined): Promise<MessageId> {
    const { store, notices, log } = this.#ports;
    const about = group?.account === answer.account.id ? aboutGroup(answer, group) : aboutNothing(answer);
    const notice = notices.compose('unreleased', { ...about, whyNot });
    await store.accept(notice);
    log.warn({ account: answer.account.address, why: whyNot }, 'an owner could not release held mail');
    return notice.message;
  }

  #counts({ account, at }: OwnersAnswer): boolean {
    const today = Math.floor(at / DAY_MS);
    if (today !== this.#today || this.#asked.size >= MOST_COUNTED) this.#asked.clear();
    this.#today = today;
    const before = this.#asked.get(account.id) ?? 0;
    this.#asked.set(account.id, before + 1);
    return before < MOST_ANSWERS;
  }
}

const WHY_NOT = {
  decided: 'decided',
  'not the owner’s': 'kind',
  'too many': 'many',
  stopped: 'stopped',
} as const satisfies Record<Exclude<OwnersRelease, HoldGroup>, WhyNot>;

/** In a time that says nothing of how far they agree. */
function matching(tokens: readonly HoldToken[], token: string): HoldToken | undefined {
  const given = Buffer.from(hashOfToken(token));
  let found: HoldToken | undefined;
  for (const one of tokens) {
    const kept = Buffer.from(one.hash);
    if (kept.length === given.length && timingSafeEqual(kept, given)) found = one;
  }
  return found;
}

function aboutGroup({ account, at }: OwnersAnswer, group: HoldGroup): Parameters<OwnerNotices['compose']>[1] {
  return {
    account,
    at,
    groups: [group.id],
    subject: group.subject,
    messages: group.messages,
    reason: holdReason(readDecided(group.sample)?.terms ?? []),
    since: group.firstAt,
    until: group.expiresAt,
  };
}

function aboutNothing({ account, at }: OwnersAnswer): Parameters<OwnerNotices['compose']>[1] {
  return { account, at, groups: [], subject: '', reason: '', messages: 0, since: at, until: at };
}
