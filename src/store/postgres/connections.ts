/** The connections of one engine: some of those that the server has, each for one transaction or read at a time. */
import pg from 'pg';
import type { Clock } from '../../base/clock.ts';

/** BIGINT columns hold ids and milliseconds, all below 2^53. */
const INT8 = 20;
const CONNECT_TIMEOUT_MS = 5_000;
/** The server ends a statement that takes so long, ms: past it nobody waits for the answer, and its locks would stay. */
export const STATEMENT_TIMEOUT_MS = 25_000;
/** A server that does not answer for so long, ms, is given up. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Of a query that may take however long it takes: some three weeks, as 0 would leave it at what the pool has. */
export const NO_ANSWER_TIMEOUT = { query_timeout: 2_000_000_000 };
/** The server ends a transaction of which it hears nothing for so long, ms: its process stands still, or is cut off. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** After the server had no connection to give, no more than there were are asked for during so long, ms. */
const FEWER_MS = 10_000;
/** too_many_connections */
const TOO_MANY = '53300';

/** There is no connection, or the one there was does not answer: trying each operation alone would only take longer. */
export class ServerAwayError extends Error {}

export class Connections {
  readonly #url: string;
  readonly #pool: pg.Pool;
  readonly #most: number;
  readonly #clock: Clock;
  /** Until then the server is not asked for more than it gave, monotonic ms. */
  #fewerUntil = 0;

  /** `url`: `postgres://user@host/database`. `most`: connections at once. */
  constructor(url: string, { most, clock }: { most: number; clock: Clock }) {
    this.#most = most;
    this.#clock = clock;
    this.#url = url;
    this.#pool = new pg.Pool({
      ...settings(url),
      max: most,
      // Where connections are scarce, the last one is not let go for others to take.
      min: 1,
      query_timeout: ANSWER_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    });
    // An idle connection that breaks is replaced; the operations that meet the fault report it.
    this.#pool.on('error', () => undefined);
    // One that breaks while it is in use says so twice: to the operations, and by an event that would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * One that is free, or a new one, or the next that gets free, for which it waits for 5 s at most. When the server has no more to
   * give, one of those that there are. Rejects with ServerAwayError.
   */
  async take(): Promise<pg.PoolClient> {
    const { options } = this.#pool;
    const begun = this.#clock.monotonic();
    for (;;) {
      if (this.#clock.monotonic() >= this.#fewerUntil) options.max = this.#most;
      try {
        return await this.#pool.connect();
      } catch (error) {
        const now = this.#clock.monotonic();
        const have = this.#pool.totalCount;
        const mayWait = have > 0 && now - begun < CONNECT_TIMEOUT_MS;
        if (!isTooMany(error) || !mayWait)
          throw new ServerAwayError((error as Error).message, { cause: error });
        options.max = have;
        this.#fewerUntil = now + FEWER_MS;
      }
    }
  }

  /** One besides these, without any of their timeouts, here or on the server; who asked for it ends it. */
  async openForLong(): Promise<pg.Client> {
    const client = new pg.Client(settings(this.#url));
    // As above: the operations say so.
    client.on('error', () => undefined);
    await client.connect();
    // What the database may have as its own.
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
    return client;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

function settings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    pipeline: true,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  } as pg.ClientConfig; // `pipeline` is newer than the types
}

function isTooMany(error: unknown): boolean {
  return (error as { code?: string }).code === TOO_MANY;
}
