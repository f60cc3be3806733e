/** A server under load while something that it stands on fails and comes back: for the scenarios of promise 1. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FarEnd, startFarEnd } from '../src/lab/far-end.ts';
import type { SqlStore } from '../src/store/store.ts';
import { Load, loadNumber } from './load.ts';
import { freePort, RelaisServer, relaying } from './server.ts';

const PATIENCE_MS = 60_000;
const POLL_MS = 50;
const CLIENTS = 8;

export interface OutageOptions {
  /** The folder for data and configuration; a new one unless given. */
  readonly folder?: string;
  readonly storeLine?: string;
  readonly bodyBytes?: number;
  /** Opens the server's store. */
  readonly open: (server: RelaisServer) => Promise<SqlStore>;
}

export class Outage {
  readonly server: RelaisServer;
  readonly farEnd: FarEnd;
  readonly load: Load;
  readonly port: number;
  readonly #arrived: Map<number, number>;
  readonly #open: OutageOptions['open'];

  private constructor(
    about: Pick<Outage, 'server' | 'farEnd' | 'load' | 'port'>,
    arrived: Map<number, number>,
    open: OutageOptions['open'],
  ) {
    this.server = about.server;
    this.farEnd = about.farEnd;
    this.load = about.load;
    this.port = about.port;
    this.#arrived = arrived;
    this.#open = open;
  }

  /** Everything runs, and the load as well. `undo`: what is to be done when all has ended. */
  static async begin(
    t: TestContext,
    options: OutageOptions,
    undo = async (): Promise<void> => {},
  ): Promise<Outage> {
    const arrived = new Map<number, number>();
    const farEnd = await startFarEnd({
      port: 0,
      keep: 0,
      onMessage({ bytes }) {
        const n = loadNumber(bytes);
        arrived.set(n, (arrived.get(n) ?? 0) + 1);
      },
    });
    const port = await freePort();
    const { folder, bodyBytes } = options;
    const server = new RelaisServer({
      workers: 2,
      toml: configuration(port, farEnd.port, options.storeLine ?? ''),
      ...(folder === undefined ? {} : { folder }),
    });
    const load = new Load({
      port,
      clients: CLIENTS,
      recipients: () => ['someone@far.example'],
      ...(bodyBytes === undefined ? {} : { bodyBytes }),
    });
    t.after(async () => {
      await load.stop();
      await server.remove();
      await farEnd.close();
      await undo();
    });
    await server.start();
    load.start();
    const outage = new Outage({ server, farEnd, load, port }, arrived, options.open);
    await outage.keeps(50);
    return outage;
  }

  /** Refusals so far, of all codes. */
  get refused(): number {
    return [...this.load.refused.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Until so many more messages got 250. */
  async keeps(more: number): Promise<void> {
    const before = this.load.kept.size;
    await this.until(() => this.load.kept.size >= before + more, `${more} more messages kept`);
  }

  /** Until so many more messages were refused. */
  async refuses(more: number): Promise<void> {
    const before = this.refused;
    await this.until(() => this.refused >= before + more, `${more} more messages refused`);
  }

  async until(reached: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let waitedMs = 0; !(await reached()); waitedMs += POLL_MS) {
      const last = this.server.log.slice(-5).map((line) => JSON.stringify(line));
      assert.ok(waitedMs < PATIENCE_MS, `not in time: ${what}; the server's last words:\n${last.join('\n')}`);
      await sleep(POLL_MS);
    }
  }

  /** Ends the load: every refusal was temporary, and everything that got 250 reaches the far end. */
  async losesNothing(t: TestContext): Promise<void> {
    await this.load.stop();
    const codes = [...this.load.refused.keys()];
    assert.deepEqual(
      codes.filter((code) => code < 400 || code > 499),
      [],
      'every refusal is temporary',
    );
    const store = await this.#open(this.server);
    try {
      await this.until(async () => (await store.countQueue({})).deliveries === 0, 'an empty queue');
    } finally {
      await store.close();
    }
    const lost = [...this.load.kept].filter((n) => !this.#arrived.has(n));
    assert.deepEqual(lost, [], `${lost.length} of ${this.load.kept.size} messages were lost`);
    const twice = [...this.#arrived.values()].reduce((sum, count) => sum + count - 1, 0);
    t.diagnostic(
      `${this.load.kept.size} kept, ${this.refused} refused with ${codes}, ${twice} arrived twice`,
    );
  }
}

function configuration(port: number, farPort: number, storeLine: string): string {
  return `${storeLine}
hostname = "relais.test"
${relaying(port, { '*': `127.0.0.1:${farPort}` })}`;
}
