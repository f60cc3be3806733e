/** Relais as an operator runs it: `relais serve` on SQLite, every commit synced. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { untilEnded } from '../children.ts';
import type { Subject } from './subject.ts';

const RELAIS = fileURLToPath(new URL('../../bin/relais', import.meta.url));

export interface RelaisSubject extends Subject {
  readonly folder: string;
  /** Seconds from the start of the process until it listened. */
  readonly startSeconds: number;
  command(...args: string[]): Promise<string>;
}

export interface RelaisOptions {
  port: number;
  /** Where everything goes, `host:port`; or where each domain goes. */
  to: string | Readonly<Record<string, string>>;
  workers: number;
  /** A data folder of an earlier run. */
  folder?: string;
  keepFolder?: true;
  /** More of the configuration, as a file would have it. */
  toml?: string;
  /** The program, when it is not Relais as it is, and what its environment has beside ours. */
  program?: string;
  environment?: Readonly<Record<string, string>>;
}

export async function startRelais(options: RelaisOptions): Promise<RelaisSubject> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'relais-bench-'));
  const config = join(folder, 'relais.toml');
  writeFileSync(config, toml(folder, options));
  const began = performance.now();
  const [program, ...before] = options.program === undefined ? [RELAIS] : [process.execPath, options.program];
  const child = spawn(program as string, [...before, 'serve', '--config', config], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...options.environment },
  });
  await ready(child, options.workers);
  const startSeconds = (performance.now() - began) / 1000;
  const db = new DatabaseSync(join(folder, 'data/relais.db'), { readOnly: true });
  const open = db.prepare(
    `SELECT EXISTS (SELECT 1 FROM delivery WHERE state IN ('ready', 'waiting') AND path >= '' LIMIT 1)
       OR EXISTS (SELECT 1 FROM delivery WHERE state = 'leased' AND leased_by > 0 LIMIT 1) AS some`,
  );
  const command = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(program as string, [...before, ...args, '--config', config])).stdout;
  let mode: 'relay' | 'hold' = 'relay';
  return {
    name: `Relais, ${options.workers} worker${options.workers === 1 ? '' : 's'}`,
    port: options.port,
    pid: child.pid as number,
    folder,
    startSeconds,
    command,
    isDrained: () => open.get()?.some === 0,
    async setMode(wanted) {
      if (wanted === mode) return;
      mode = wanted;
      const path = `${options.to as string}>default`;
      await command('path', mode === 'hold' ? 'freeze' : 'thaw', path, '--reason', 'bench');
    },
    async stop() {
      db.close();
      child.kill('SIGTERM');
      await untilEnded(child);
      if (options.keepFolder !== true) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess, workers: number): Promise<void> {
  let left = workers;
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`relais serve ended with ${code}`)));
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.includes('"worker ready"') && --left === 0) resolve();
      if (line.includes('"level":"error"') || !line.startsWith('{')) process.stderr.write(`${line}\n`);
    });
  });
}

function toml(folder: string, options: Pick<RelaisOptions, 'port' | 'to' | 'workers' | 'toml'>): string {
  const routes = Object.entries(typeof options.to === 'string' ? { '*': options.to } : options.to);
  return `hostname = "relais.bench.example"
data = "${folder}/data"
workers = ${options.workers}
[[listen]]
kind = "mx"
address = "127.0.0.1:${options.port}"
tls = "none"
relay = ["127.0.0.0/8"]
${routes.map(([domain, to]) => `[[route]]\ndomain = "${domain}"\nto = "${to}"\n`).join('')}${options.toml ?? ''}`;
}
