/**
 * Sees to held mail: carries out decisions that a crash or a closed terminal left undone, tells owners a day before
 * a group is dropped, drops it with a notice, and stops an account of which too much is held. Every worker does all of it;
 * each step is one transaction that only one of them makes.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { PathKey } from '../envelope.ts';
import { customerOf } from '../queue/customer.ts';
import type { Notices } from '../delivery/outcome.ts';
import type { Acceptance } from '../queue/port.ts';
import { readDecided } from './log-data.ts';
import { LOOKED_BACK_MS, type OwnerNotice, type OwnerNoticeAbout, type OwnerNotices } from './notices.ts';
import type { HoldGroup } from './port.ts';
import { holdReason, ONLY_WAITED } from './reasons.ts';
import type { SeenTime } from './seen-time.ts';
import type { GuardStore } from './store.ts';

const EVERY_MS = 10_000;
/** Recipients of dropped mail that an owner is told. */
export const MOST_TOLD = 5;
/** Groups looked at in one sweep. */
const GROUPS = 100;
/** Deliveries moved in one transaction: short enough not to keep mail waiting. */
const STEP = 200;
const WARN_BEFORE_MS = 86_400_000;
/** What is seen of a time is known so much later, and less, ms. */
const SEEN_LATE_MS = 600_000;
/** Lines of the traffic log forgotten in one transaction. */
const FORGOTTEN = 2_000;
/** And in one sweep so many times. */
const ROUNDS = 20;
/** The traffic log is kept for so long, ms. */
export const LOG_KEPT_MS = 30 * 86_400_000;
/** Notices of success written in one sweep. */
const SUCCESSES = 200;

export interface KeeperPorts {
  readonly store: GuardStore;
  readonly notices: OwnerNotices;
  /** Who asked to hear of success is told by these. */
  readonly success: Notices;
  readonly seen: Pick<SeenTime, 'ms'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Something is ready there. */
  wake(path: PathKey): void;
}

export interface KeeperOptions {
  /** Octets held of one account, at most. */
  readonly heldBytes: number;
}

type Due = Awaited<ReturnType<GuardStore['dueHolds']>>[number];

/** Begins. Cancelled, it begins nothing more. */
export function keepHolds(ports: KeeperPorts, options: KeeperOptions): Timer {
  const { clock, log } = ports;
  return repeat(clock, {
    everyMs: EVERY_MS,
    run: () => sweepHolds(ports, options),
    failed: (error) => log.warn({ error: String(error) }, 'held mail was not looked after'),
  });
}

/** Once. Rejects when the store is down. */
export async function sweepHolds(ports: KeeperPorts, { heldBytes }: KeeperOptions): Promise<void> {
  const { store, clock, log } = ports;
  const now = clock.now();
  const seenMs = await ports.seen.ms();
  const due = await store.dueHolds({ endBefore: now, warnBefore: now + WARN_BEFORE_MS, limit: GROUPS });
  for (const group of due)
    await see(ports, group, { now, seenMs }).catch((error: unknown) =>
      // One that fails stands in nobody else's way.
      log.warn({ group: group.id, error: String(error) }, 'a group of held mail was not looked after'),
    );
  for (const full of await store.overfullHolds({ bytes: heldBytes, limit: GROUPS }))
    await stopFull(ports, full, now).catch((error: unknown) =>
      log.warn({ account: full.login, error: String(error) }, 'a full account could not be stopped yet'),
    );
  await recallAll(ports);
  await tellSuccesses(ports);
  for (let round = 0; round < ROUNDS; round++)
    if ((await store.forgetGuardLog({ before: now - LOG_KEPT_MS, limit: FORGOTTEN })) < FORGOTTEN) break;
}

type Full = Awaited<ReturnType<GuardStore['overfullHolds']>>[number];

async function stopFull(
  ports: KeeperPorts,
  { account, login, language, groups }: Full,
  now: number,
): Promise<void> {
  const { store, log } = ports;
  const [first] = groups;
  if (first === undefined) return;
  const left = await store.countPassed({ account: login, since: now - LOOKED_BACK_MS });
  const notice = tell(ports, 'full', { ...first, language, left, ids: groups.map(({ id }) => id) });
  const reason = 'too much of its mail is held by the guard';
  const recalled = {
    group: first.id,
    customer: customerOf({ account: { id: account, address: login }, reversePath: '' }),
  };
  if (await store.stopAccount({ account, reason, at: now, notice, recalled }))
    log.warn({ account: login }, 'an account is stopped: too much of its mail is held');
}

async function see(
  ports: KeeperPorts,
  group: Due,
  { now, seenMs }: { now: number; seenMs: number },
): Promise<void> {
  const { store, log } = ports;
  if (group.state !== 'open') {
    await finish(ports, group.id);
    return;
  }
  if (group.expiresAt >= now || !group.warned) {
    // Nobody was here to tell the owner in time: it is kept for as long as the warning promises.
    const until = group.expiresAt >= now ? group.expiresAt : now + WARN_BEFORE_MS;
    const notice = tell(ports, 'expiring', { ...group, expiresAt: until });
    await store.warnHold({ group: group.id, until, seenMs, notice });
    return;
  }
  // The clock says that the day is over; what is dropped cannot be had back, so somebody has to have seen it pass.
  const leftMs = WARN_BEFORE_MS - SEEN_LATE_MS - (seenMs - (group.warnedSeenMs ?? 0));
  if (leftMs > 0) {
    await store.postponeHold({ group: group.id, until: now + leftMs });
    return;
  }
  const why = WHY[group.language];
  const waited = await store.waitedIn({ group: group.id, limit: MOST_TOLD });
  const notice = tell(ports, 'dropped', { ...group, why, waited });
  const decided = await store.decideHold({
    group: group.id,
    decision: 'drop',
    at: now,
    by: 'relais',
    reason: WHY.en,
    notice,
  });
  if (decided === undefined) return;
  log.warn(
    { group: group.id, account: group.login, messages: group.messages },
    'held mail was dropped: nobody asked for it',
  );
  await finish(ports, group.id);
}

const WHY = {
  en: 'nobody asked in time',
  fr: 'personne n’en a rien demandé à temps',
} as const;

/** Copies that were held first and whose sender asked to hear of success (RFC 3461 section 5.2). */
async function tellSuccesses({ store, success, clock, log }: KeeperPorts): Promise<void> {
  for (const delivery of await store.successDue(SUCCESSES)) {
    try {
      const notice = await success.compose('delivered', { delivery, at: clock.now() });
      await store.tellSuccess({ delivery: delivery.id, ...(notice === undefined ? {} : { notice }) });
    } catch (error) {
      log.warn({ delivery: delivery.id, error: String(error) }, 'a success could not be told yet');
    }
  }
}

/** What stopped accounts have in the queue: it waits for the decision as well. One that fails stands in nobody else's way. */
async function recallAll({ store, clock, log }: KeeperPorts): Promise<void> {
  for (const group of await store.dueRecalls({ at: clock.now(), limit: GROUPS })) {
    let moved = 0;
    try {
      for (let more = true; more; ) {
        const step = await store.stepRecall({ group, limit: STEP, at: clock.now() });
        moved += step.moved;
        more = step.more;
      }
    } catch (error) {
      log.warn({ group, error: String(error) }, 'mail of a stopped account could not be taken back yet');
    }
    if (moved > 0)
      log.warn(
        { group, deliveries: moved },
        'mail of a stopped account was taken out of the queue and is held',
      );
  }
}

/** In steps; what is left undone is done by the next sweep, of any worker. */
export async function finish(
  { store, clock, wake }: Pick<KeeperPorts, 'store' | 'clock' | 'wake'>,
  group: number,
): Promise<number> {
  let moved = 0;
  for (;;) {
    const step = await store.stepHold({ group, limit: STEP, at: clock.now() });
    moved += step.moved;
    for (const path of step.paths) wake(path);
    if (step.done) return moved;
  }
}

/** What its owner reads about a group. */
export function tell(
  { notices, clock }: Pick<KeeperPorts, 'notices' | 'clock'>,
  kind: OwnerNotice,
  group: HoldGroup & { language: Due['language']; ids?: readonly number[] } & Pick<
      OwnerNoticeAbout,
      'why' | 'left' | 'waited' | 'isStopped'
    >,
): Acceptance {
  const { why, left, waited, isStopped } = group;
  const decided = readDecided(group.sample);
  return notices.compose(kind, {
    account: { id: group.account, address: group.login, language: group.language },
    at: clock.now(),
    groups: group.ids ?? [group.id],
    subject: group.subject,
    reason: decided === undefined ? ONLY_WAITED : holdReason(decided.terms),
    messages: group.messages,
    since: group.firstAt,
    until: group.expiresAt,
    ...(why === undefined ? {} : { why }),
    ...(left === undefined ? {} : { left }),
    ...(waited === undefined ? {} : { waited }),
    ...(isStopped === undefined ? {} : { isStopped }),
  });
}
