import { systemClock } from '../../base/clock.ts';
import { Committer } from '../committer.ts';
import { createStore, type SqlStore } from '../store.ts';
import { Announcer } from './announcer.ts';
import type { Writes } from '../sql/operations.ts';
import { LOCK_TIMEOUTS, type LockTimeouts, PostgresEngine } from './engine.ts';

/** Transactions under way at once: while some are syncing, others fill. */
const TRANSACTIONS = 4;
/** Of these, those of operations that wait for a lock which somebody holds for long, at most. */
const LOCK_WAITS = 2;
/** Two connections more for reads. */
const CONNECTIONS = TRANSACTIONS + 2;

/**
 * What a worker lives by: its beat, and the ids of what it accepts. Each goes alone, by a connection that is theirs, so that it
 * waits for nothing else.
 */
const VITAL: ReadonlySet<string> = new Set(['heartbeat', 'reserveIds'] satisfies (keyof Writes)[]);

/**
 * Opens the store on PostgreSQL and brings it to the newest version. It takes 8 connections at most (`docs/operating.md`), with that of the
 * announcer. Rejects when the server cannot be reached.
 */
export async function openPostgres(
  url: string,
  { timeouts = LOCK_TIMEOUTS }: { timeouts?: LockTimeouts } = {},
): Promise<SqlStore> {
  const vital = new PostgresEngine(url, { connections: 1, timeouts });
  try {
    // By the connection that it keeps, so that it has one however few there are.
    await vital.migrate();
  } catch (error) {
    await vital.close();
    throw error;
  }
  const engine = new PostgresEngine(url, { connections: CONNECTIONS, timeouts });
  const committers = {
    ordinary: new Committer(engine, {
      maxInFlight: TRANSACTIONS,
      lockWaits: {
        clock: systemClock,
        maxInFlight: LOCK_WAITS,
        turnMs: timeouts.turn.lockMs,
        deadlineMs: timeouts.deadlineMs,
        retry: (call, about) => engine.retry(call, about),
      },
    }),
    vital: new Committer(vital, { maxInFlight: 1, maxOperations: 1 }),
  };
  return createStore(
    {
      read: (call) => engine.read(call),
      space: () => engine.space(),
      close: () => Promise.all([engine.close(), vital.close()]).then(() => undefined),
    },
    {
      run: (name, input) => committers[VITAL.has(name) ? 'vital' : 'ordinary'].run(name, input),
      onChanged: (tell) => committers.ordinary.onChanged(tell),
    },
    new Announcer(url, systemClock),
  );
}
