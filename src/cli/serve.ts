/**
 * `relais serve`: starts the workers of this machine, restarts one that dies, and passes word between them. It holds no
 * mail: whatever it knows can be lost at any moment.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog, type Log } from '../base/log.ts';
import { formatSnapshots, type MeterSnapshot } from '../base/meter.ts';
import type { Config } from '../core/config/options.ts';
import { startControl } from '../net/control.ts';
import { expectFree } from '../net/listener.ts';
import { servePage } from '../net/page.ts';
import type { WorkerId } from '../core/envelope.ts';
import { type Call, type Command, CommandError, EXIT } from './command.ts';
import { StoreClosed } from './store-closed.ts';
import { markNode, nodeName } from './node-name.ts';
import { type FromWorker, type ToWorker, workerCount } from './worker.ts';

/** A worker that dies soon after its start is started again after this long, doubled each time, ms. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const STABLE_AFTER_MS = 30_000;
/** Attempts under way when the server stops may take this long, ms. */
const GRACE_MS = 10_000;
/** How long a worker may take to say what it counted, ms. */
const MEASURE_MS = 2_000;
/** Workers of a server that was killed have let go of its addresses by then, ms. */
const LET_GO_MS = 5_000;
const LET_GO_LOOK_MS = 200;

const HANG_UP =
  'SIGHUP changes nothing: the configuration and the certificates are read at the start; restart to have new ones';

export const serve: Command = {
  name: 'serve',
  usage: '[--config relais.toml] [--data DIR]',
  summary: 'Runs the mail server.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    const supervisor = await Supervisor.start(call);
    const end = await new Promise<'told' | 'failed'>((done) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('told'));
      supervisor.onFailure(() => done('failed'));
    });
    await supervisor.stop();
    return end === 'told' ? EXIT.done : EXIT.failed;
  },
};

interface Running {
  child: ChildProcess;
  startedAt: number;
  /** The number under which the store knows it, once it said so. */
  id?: WorkerId;
}

class Supervisor {
  readonly #call: Call;
  readonly #log: Log;
  readonly #running = new Map<number, Running>();
  readonly #failures = new Map<number, number>();
  readonly #measured = new Map<number, (snapshot: MeterSnapshot) => void>();
  readonly #pages: { close(): Promise<void> }[] = [];
  #nextMeasure = 1;
  #control: { close(): Promise<void> } | undefined;
  #stopping = false;
  /** A worker has listened since the server started. */
  #wasReady = false;
  #hasFailed = false;
  #failed: () => void = () => undefined;

  private constructor(call: Call, log: Log) {
    this.#call = call;
    this.#log = log;
  }

  static async start(call: Call): Promise<Supervisor> {
    const { config, context } = call;
    const log = createLog({ level: config.log.level });
    // Of a terminal that closed, or of somebody who wants new certificates.
    process.on('SIGHUP', () => log.warn({}, HANG_UP));
    const supervisor = new Supervisor(call, log);
    try {
      mkdirSync(config.data, { recursive: true, mode: 0o700 });
      // The socket is also the lock: it shows that no other server runs on this folder.
      supervisor.#control = await startControl(config.data, () => supervisor.#tellAll({ kind: 'nudge' }));
      markNode(config.data);
    } catch (error) {
      throw new CommandError(EXIT.failed, whyNoFolder(error as NodeJS.ErrnoException, config.data));
    }
    const store = await context.openStore(config, 'command').catch((error: unknown) => {
      throw new StoreClosed(error, config);
    });
    await store.retireWorkers({ node: nodeName(config.data), now: Date.now() });
    await store.close();
    try {
      await expectAddresses(config);
      await supervisor.#serveMetrics(config);
    } catch (error) {
      await supervisor.stop();
      throw new CommandError(EXIT.failed, (error as Error).message);
    }
    // A worker keeps two cores busy: its event loop and its store.
    const count = workerCount(config);
    for (let index = 0; index < count; index++) supervisor.#spawn(index);
    return supervisor;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#log.info({}, 'stopping');
    const ends = [...this.#running.values()].map(
      ({ child }) => new Promise((done) => child.once('exit', done)),
    );
    this.#tellAll({ kind: 'stop', graceMs: GRACE_MS });
    const timer = setTimeout(() => {
      for (const { child } of this.#running.values()) child.kill('SIGKILL');
    }, GRACE_MS + 5_000);
    await Promise.all(ends);
    clearTimeout(timer);
    for (const page of this.#pages) await page.close();
    await this.#control?.close();
  }

  #spawn(index: number, successorOf?: WorkerId): void {
    const { config } = this.#call;
    const successor = successorOf === undefined ? [] : ['--successor', String(successorOf)];
    const args = ['worker', '--index', String(index), ...successor, ...passedOn(this.#call)];
    const child = fork(process.argv[1] as string, args, {
      execArgv: process.execArgv,
      serialization: 'advanced',
    });
    const running: Running = { child, startedAt: Date.now() };
    this.#running.set(index, running);
    child.on('message', (message: FromWorker) => this.#heard(index, message));
    child.on('error', (error) =>
      this.#log.error({ worker: index, error: String(error) }, 'a worker could not be started'),
    );
    child.on('exit', (code, signal) => {
      this.#running.delete(index);
      if (this.#stopping) return;
      // Who ends by itself before any was ready cannot start, and another could not either; who was killed can.
      if (!this.#wasReady && signal === null) return this.#fail();
      this.#log.error({ worker: index, code, signal }, 'a worker ended; starting another');
      this.#again(index, running);
    });
    this.#log.info({ worker: index, pid: child.pid, workers: config.workers }, 'worker started');
  }

  #again(index: number, ended: Running): void {
    const failures = Date.now() - ended.startedAt > STABLE_AFTER_MS ? 0 : (this.#failures.get(index) ?? 0);
    this.#failures.set(index, failures + 1);
    setTimeout(
      () => {
        if (!this.#stopping) this.#spawn(index, ended.id);
      },
      Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS),
    );
  }

  #heard(index: number, message: FromWorker): void {
    switch (message.kind) {
      case 'announce':
        return this.#tellOthers(index, { kind: 'wake', path: message.path });
      case 'changed':
        return this.#tellOthers(index, message);
      case 'ready': {
        const running = this.#running.get(index);
        if (running !== undefined) running.id = message.id;
        this.#wasReady = true;
        this.#log.info({ worker: index, listening: message.listening }, 'worker ready');
        return;
      }
      case 'measured':
        this.#measured.get(message.id)?.(message.snapshot);
        return;
      default:
        message satisfies never;
    }
  }

  /** The metrics of all workers as one page. A worker that does not answer in time is left out. */
  async #metrics(): Promise<string> {
    const snapshots: MeterSnapshot[] = [];
    const id = this.#nextMeasure++;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MEASURE_MS);
      this.#measured.set(id, (snapshot) => {
        snapshots.push(snapshot);
        if (snapshots.length < this.#running.size) return;
        clearTimeout(timer);
        resolve();
      });
      this.#tellAll({ kind: 'measure', id });
    });
    this.#measured.delete(id);
    return formatSnapshots(snapshots);
  }

  async #serveMetrics(config: Config): Promise<void> {
    for (const { kind, address } of config.listen) {
      if (kind !== 'metrics') continue;
      this.#pages.push(
        await servePage({ host: address.host, port: address.port, path: '/metrics' }, () => this.#metrics()),
      );
      this.#log.info({ kind, address: address.host, port: address.port }, 'listening');
    }
  }

  /** Calls back when no worker could start at all: another try would end the same way. */
  onFailure(failed: () => void): void {
    this.#failed = failed;
    if (this.#hasFailed) failed();
  }

  #fail(): void {
    this.#hasFailed = true;
    this.#failed();
  }

  #tellOthers(index: number, message: ToWorker): void {
    for (const [other, { child }] of this.#running) if (other !== index) tell(child, message);
  }

  #tellAll(message: ToWorker): void {
    for (const { child } of this.#running.values()) tell(child, message);
  }
}

/** Rejects when somebody has an address that the workers are to share among themselves. */
async function expectAddresses({ listen }: Config): Promise<void> {
  const until = Date.now() + LET_GO_MS;
  for (const { address } of listen) while (!(await isFree(address, until))) await sleep(LET_GO_LOOK_MS);
}

/** Rejects where it will not be free by waiting, or was not until then (ms since the epoch). */
async function isFree(address: Parameters<typeof expectFree>[0], until: number): Promise<boolean> {
  try {
    await expectFree(address);
    return true;
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code !== 'EADDRINUSE' || Date.now() >= until) throw error;
    return false;
  }
}

function whyNoFolder(error: NodeJS.ErrnoException, folder: string): string {
  if (error.code !== 'EACCES' && error.code !== 'EPERM' && error.code !== 'EROFS') return error.message;
  return `the data folder ${folder} cannot be written by this user: give it to them, or name another with data = "…" or --data`;
}

function tell(child: ChildProcess, message: ToWorker): void {
  // A worker that just died misses it: its successor reads the store anyway.
  if (child.connected) child.send(message, () => undefined);
}

function passedOn({ options }: Call): string[] {
  return ['config', 'data'].flatMap((name) => {
    const value = options[name];
    return typeof value === 'string' ? [`--${name}`, value] : [];
  });
}
