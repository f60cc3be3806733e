/** `relais serve` as its own processes, the way an operator runs it: for tests that kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'node:net';
import { kill, untilEnded } from './children.ts';

const RELAIS = fileURLToPath(new URL('../bin/relais', import.meta.url));
const START_TIMEOUT_MS = 30_000;

export interface ServerOptions {
  readonly toml: string;
  readonly workers: number;
  /** The folder for data and configuration; a new one unless given. */
  readonly folder?: string;
}

interface LogLine {
  readonly msg: string;
  readonly worker?: number;
  readonly pid?: number;
  readonly level: string;
}

export class RelaisServer {
  readonly folder: string;
  readonly #config: string;
  readonly #workers: number;
  #process: ChildProcess | undefined;
  readonly #pids = new Map<number, number>();
  readonly log: LogLine[] = [];
  /** A worker says that it listens. */
  #ready: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'relais-server-'));
    this.#workers = options.workers;
    this.#config = join(this.folder, 'relais.toml');
    writeFileSync(
      this.#config,
      `data = "${join(this.folder, 'data')}"\nworkers = ${options.workers}\n${options.toml}`,
    );
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** The processes of its workers. */
  get workers(): readonly number[] {
    return [...this.#pids.values()];
  }

  /** Starts it and waits until every worker listens. */
  async start(): Promise<void> {
    this.#pids.clear();
    const child = spawn(RELAIS, ['serve', '--config', this.#config], {
      stdio: ['ignore', 'inherit', 'pipe'],
      detached: true,
    });
    this.#process = child;
    const ready = this.#untilReady(child);
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => this.#heard(line));
    await ready;
  }

  /** Kills one worker at once; its supervisor starts another. */
  killWorker(index: number): void {
    const pid = this.#pids.get(index);
    if (pid !== undefined) kill(pid);
  }

  /** Kills the supervisor alone: its workers are left without. */
  async killSupervisor(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    kill(child.pid);
    await untilEnded(child);
    this.#process = undefined;
  }

  /** Kills everything at once, as a power cut would, and waits until it is gone. */
  async killAll(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    kill(-child.pid);
    await untilEnded(child);
    this.#process = undefined;
  }

  /** SIGHUP to all of its processes, as a terminal does that closes. */
  hangUp(): void {
    const pid = this.#process?.pid;
    if (pid !== undefined) process.kill(-pid, 'SIGHUP');
  }

  /** Ends it politely. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    child.kill('SIGTERM');
    await untilEnded(child);
    this.#process = undefined;
  }

  /** Stops it and removes its folder. */
  async remove(): Promise<void> {
    await this.killAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Rejects when it ends before, or takes too long. */
  #untilReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        const last = this.log.slice(-20).map((line) => JSON.stringify(line));
        reject(new Error(`the server ${why}:\n${last.join('\n')}`));
      };
      const timer = setTimeout(() => fail('did not start'), START_TIMEOUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        fail('ended while it started');
      });
      let left = this.#workers;
      this.#ready = () => {
        if (--left > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #heard(text: string): void {
    const line = parse(text);
    this.log.push(line);
    if (line.msg === 'worker started' && line.pid !== undefined) this.#pids.set(line.worker ?? 0, line.pid);
    if (line.msg === 'worker ready') this.#ready?.();
  }
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text, level: 'error' };
  }
}

/** Tables of a configuration: a listener that relays for this machine, and where each domain goes (`*` for all). */
export function relaying(port: number, routes: Readonly<Record<string, string>>): string {
  const tables = Object.entries(routes).map(
    ([domain, to]) => `[[route]]\ndomain = "${domain}"\nto = "${to}"\n`,
  );
  return `[[listen]]
kind = "mx"
address = "127.0.0.1:${port}"
tls = "none"
relay = ["127.0.0.0/8"]
${tables.join('')}`;
}

/** `count` domains, each at an address of its own on this machine: as many sites. */
export function domainsAt(count: number, farPort: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`d${index}.example`, `127.0.0.${index + 1}:${farPort}`]),
  );
}

/**
 * A port that was free a moment ago, below those that the system gives to connections: one of those may be a connection's own
 * end before the server that it is for listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** Linux gives connections what is from 32768 on (`ip_local_port_range`). */
const PORTS = { first: 15_000, last: 32_700 };
const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
