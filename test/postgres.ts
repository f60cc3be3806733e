/**
 * A PostgreSQL of the tests' own: a private cluster in a temporary folder, reached through a Unix socket only, with
 * fsync on, since durability is what the tests are about. It ends with the process that started it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { hasEnded, untilEnded } from './children.ts';
import { type Peer, requirePeer } from './peers.ts';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
/** Who is to wait for a lock does so within this. */
const WAITING_MS = 20_000;

export interface Postgres {
  /** The cluster's own database, as a connection URL. */
  readonly url: string;
  /** Creates an empty database and gives its URL. */
  database(): Promise<string>;
  /** Ends it at once, as a crash would; `restart` recovers. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

let shared: Promise<Postgres> | undefined;

/** The one instance of this process, started at first use. Without PostgreSQL: see `requirePeer`. */
export async function postgres(t: TestContext): Promise<Postgres | undefined> {
  const peer = requirePeer(t, 'postgres');
  if (peer === undefined) return undefined;
  shared ??= startPostgres(peer);
  return shared;
}

/** Starts an instance of its own, for tests that crash it. */
export async function startPostgres(peer: Peer): Promise<Postgres> {
  const user = runAs();
  const folder = mkdtempSync(join(tmpdir(), 'relais-pg-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const init = ['-D', data, '-U', 'relais', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(join(peer.folder, 'initdb'), init, { ...user, cwd: folder });
  const cluster = new Cluster(peer, folder, user);
  await cluster.restart();
  return cluster;
}

/** The rows of the last of these statements, by a connection of their own. */
export async function ask(url: string, ...texts: readonly string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const text of texts) ({ rows } = await client.query(text));
    return rows;
  } finally {
    await client.end();
  }
}

/** A transaction of somebody else, in which this is done; ended with the test at the latest. */
export async function somebodyElse(
  t: TestContext,
  url: string,
  text: string,
): Promise<{ query(text: string): Promise<unknown>; commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  let ending: Promise<void> | undefined;
  const commit = (): Promise<void> => {
    ending ??= client.query('COMMIT').then(() => client.end());
    return ending;
  };
  t.after(commit);
  await client.query('BEGIN');
  await client.query(text);
  return { query: (next) => client.query(next), commit };
}

/** Until so many wait for a lock; fails when that takes long. */
export async function untilWaiting(url: string, count = 1): Promise<void> {
  const text = `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE NOT l.granted AND a.datname = current_database()`;
  for (let waitedMs = 0; waitedMs < WAITING_MS; waitedMs += POLL_MS) {
    if ((await ask(url, text)).length >= count) return;
    await sleep(POLL_MS);
  }
  throw new Error(`fewer than ${count} wait for a lock`);
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: there, its own user takes over, or else `nobody`. */
function runAs(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line =
    users.find((user) => user.startsWith('postgres:')) ?? users.find((user) => user.startsWith('nobody:'));
  const [, , uid, gid] = (line ?? '').split(':');
  if (uid === undefined)
    throw new Error('Neither the user postgres nor the user nobody exists: PostgreSQL needs one.');
  return { uid: Number(uid), gid: Number(gid) };
}

class Cluster implements Postgres {
  readonly url: string;
  readonly #peer: Peer;
  readonly #folder: string;
  readonly #user: User | undefined;
  #server: ChildProcess | undefined;
  #databases = 0;

  constructor(peer: Peer, folder: string, user: User | undefined) {
    this.#peer = peer;
    this.#folder = folder;
    this.#user = user;
    this.url = this.#urlOf('postgres');
    process.once('exit', () => this.#abandon());
  }

  async database(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await ask(this.url, `create database ${name}`);
    return this.#urlOf(name);
  }

  crash(): Promise<void> {
    return this.#end('SIGQUIT');
  }

  async restart(): Promise<void> {
    const data = join(this.#folder, 'data');
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${this.#folder}`,
      'fsync=on',
      'max_connections=100',
    ];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    const log = openSync(join(this.#folder, 'log'), 'a');
    const options = { ...this.#user, cwd: this.#folder, stdio: ['ignore', log, log] as const };
    const [program, ...first] = [...dieWithUs(), this.#peer.program];
    const server = spawn(program as string, [...first, ...args], { ...options, stdio: [...options.stdio] });
    closeSync(log);
    server.unref();
    this.#server = server;
    await this.#untilReady(server);
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #urlOf(database: string): string {
    return `postgres://relais@localhost/${database}?host=${encodeURIComponent(this.#folder)}`;
  }

  async #untilReady(server: ChildProcess): Promise<void> {
    for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
      if (hasEnded(server)) break;
      const ready = await ask(this.url, 'select 1').then(
        () => true,
        () => false,
      );
      if (ready) return;
      await sleep(POLL_MS);
    }
    throw new Error(`PostgreSQL does not start:\n${readFileSync(join(this.#folder, 'log'), 'utf8')}`);
  }

  async #end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.ref();
    server.kill(signal);
    await untilEnded(server);
  }

  /** The process ends without having stopped it. */
  #abandon(): void {
    this.#server?.kill('SIGQUIT');
    // Nothing asynchronous runs any more: wait here until the server has taken its pid file away.
    const pidFile = join(this.#folder, 'data', 'postmaster.pid');
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < 40 && existsSync(pidFile); tries++) Atomics.wait(pause, 0, 0, POLL_MS);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Lets the kernel end the server with us, even when we are killed. */
function dieWithUs(): string[] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'QUIT', '--'] : [];
}
