/** What must be tidied now and then: mail of a clock that was ahead, bodies staged and never accepted, expunged mail, stories and stoppages past their time. */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { MessageId } from '../envelope.ts';
import { type MailboxStore, UNDELETE_FOR_MS } from '../mailbox/port.ts';
import { MOST_EVERY_MS, type VacationStore } from '../mailbox/vacation.ts';
import type { AcceptedAt, TraceStore } from '../trace/port.ts';
import type { FreezeStore } from './freeze.ts';
import type { CaseStore } from '../reputation/case.ts';
import type { SuppressionStore } from '../reputation/port.ts';
import { utcDay } from '../../base/calendar.ts';
import { WARM_UP_FOR_MS, type WarmUpStore } from '../reputation/warm-up.ts';
import { REMEMBER_MS } from './freezer.ts';
import type { QueueStore } from './port.ts';

const EVERY_MS = 60_000;
/** A session that stages a body ends long before. */
const STAGED_FOR_MS = 2 * 3_600_000;
/** Trace retention. */
const TRACED_FOR_MS = 30 * 86_400_000;
/** Whether what was kept when it became old is needed no more is looked at this often. */
const FROM_THE_BEGINNING_MS = 86_400_000;
/** How a block was lifted last year is worth knowing at the next. */
const CASES_FOR_MS = 365 * 86_400_000;
/** Looked at, or forgotten, in one transaction. */
const BATCH = 500;

export function keepHouse(ports: {
  store: Pick<QueueStore, 'bringForward'> &
    Pick<TraceStore, 'forgetMessages' | 'forgetPaths'> &
    Pick<FreezeStore, 'forgetStoppages'> &
    Pick<CaseStore, 'forgetCases'> &
    Pick<WarmUpStore, 'forgetWarmUps'> &
    Pick<MailboxStore, 'forgetExpunged'> &
    Pick<VacationStore, 'forgetAnswered'> &
    Pick<SuppressionStore, 'forgetSuppressions'> & { sweepStages(before: number): Promise<number> };
  clock: Clock;
  log: Log;
}): Timer {
  const { store, clock, log } = ports;
  let stopped = false;
  let fromTheBeginningAt = 0;
  /** What was accepted before was looked at, ms. */
  let lookedUntil = 0;
  const timer = repeat(clock, {
    everyMs: EVERY_MS,
    run: sweep,
    failed: (error) => log.warn({ error: String(error) }, 'housekeeping did not finish'),
  });

  /** Most of what is old is in mailboxes, and stays: it is gone through once a day, and what has become old since each time. */
  async function forgetMessages(before: number): Promise<void> {
    if (clock.monotonic() >= fromTheBeginningAt) {
      fromTheBeginningAt = clock.monotonic() + FROM_THE_BEGINNING_MS;
      lookedUntil = 0;
    }
    let after: AcceptedAt | undefined = { at: lookedUntil, message: 0 as MessageId };
    while (after !== undefined && !stopped)
      after = await store.forgetMessages({ after, before, limit: BATCH });
    if (!stopped) lookedUntil = before;
  }

  async function sweep(): Promise<void> {
    const ahead = { now: clock.now(), limit: BATCH };
    while ((await store.bringForward(ahead)) === BATCH && !stopped);
    await store.sweepStages(clock.now() - STAGED_FOR_MS);
    await store.forgetStoppages(clock.now() - REMEMBER_MS);
    await store.forgetCases(clock.now() - CASES_FOR_MS);
    await store.forgetSuppressions(clock.now());
    await store.forgetAnswered(clock.now() - MOST_EVERY_MS);
    await store.forgetWarmUps(utcDay(clock.now() - WARM_UP_FOR_MS));
    const expunged = { before: clock.now() - UNDELETE_FOR_MS, limit: BATCH };
    while ((await store.forgetExpunged(expunged)) === BATCH && !stopped);
    await forgetMessages(clock.now() - TRACED_FOR_MS);
    await store.forgetPaths(clock.now() - TRACED_FOR_MS);
  }

  return {
    cancel() {
      stopped = true;
      timer.cancel();
    },
  };
}
