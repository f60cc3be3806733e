import { systemClock } from '../../base/clock.ts';
import { Committer } from '../committer.ts';
import { createStore, type SqlStore } from '../store.ts';
import { Announcer } from './announcer.ts';
import { PostgresEngine } from './engine.ts';

/** Transactions under way at once: while some are syncing, others fill. */
const TRANSACTIONS = 4;
/** One connection more for reads. */
const CONNECTIONS = TRANSACTIONS + 2;

/** Opens the store on PostgreSQL and brings it to the newest version. Rejects when the server cannot be reached. */
export async function openPostgres(url: string): Promise<SqlStore> {
  const engine = new PostgresEngine(url, CONNECTIONS);
  try {
    await engine.migrate();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return createStore(engine, new Committer(engine, TRANSACTIONS), new Announcer(url, systemClock));
}
