/** Word between servers that share a database: LISTEN and NOTIFY. Word may be lost; the sweep finds what it told of. */
import pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import type { PathKey } from '../../core/envelope.ts';

const CHANNEL = 'relais_path';
const AGAIN_MS = 2_000;
/** PostgreSQL's own limit is 8000 octets. */
const MAX_PAYLOAD = 7_900;

export class Announcer {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #heard = new Set<(path: PathKey) => void>();
  #client: pg.Client | undefined;
  #closed = false;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
  }

  /** Says that a path has something ready. Never rejects. */
  announce(path: PathKey): void {
    if (path.length > MAX_PAYLOAD) return;
    this.#client?.query('SELECT pg_notify($1, $2)', [CHANNEL, path]).catch(() => undefined);
  }

  onAnnounce(heard: (path: PathKey) => void): void {
    this.#heard.add(heard);
    if (this.#client === undefined) void this.#connect();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ payload }) => {
      for (const heard of this.#heard) heard((payload ?? '') as PathKey);
    });
    this.#client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      this.#lost(client);
    }
  }

  #lost(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.#clock.after(AGAIN_MS, () => {
      if (!this.#closed) void this.#connect();
    });
  }
}
