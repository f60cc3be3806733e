/** A whole worker in this process: its store in a temporary folder, its listeners on free ports, and a far end to write to. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/base/log.ts';
import { silentMeter } from '../src/base/meter.ts';
import { systemRandom } from '../src/base/random.ts';
import type { NamedConfig, WorkerHandle } from '../src/cli/command.ts';
import { parseConfig } from '../src/core/config/parse.ts';
import { formatScramKeys, makeCredentials } from '../src/core/directory/password.ts';
import { type FarEnd, type FarEndOptions, startFarEnd } from '../src/lab/far-end.ts';
import { context } from '../src/main.ts';
import type { SqlStore } from '../src/store/store.ts';
import { makeSelfSigned } from '../src/wire/x509/self-signed.ts';
import { Dialogue } from './dialogue.ts';

/** Who lives in every world. */
export const ALICE = 'alice@x.example';
export const BOB = 'bob@x.example';
export const PASSWORD = 'correct horse';

export interface WorldOptions {
  /** More of the configuration, as a file would have it. */
  readonly toml?: string;
  /** Limits as the code sees them, also below what a file may say. */
  readonly limits?: Partial<NamedConfig['limits']>;
  readonly login?: Partial<NamedConfig['login']>;
  readonly farEnd?: Omit<FarEndOptions, 'port'>;
  readonly imap?: Partial<NamedConfig['imap']>;
  readonly pop3?: Partial<NamedConfig['pop3']>;
  /** URL of a PostgreSQL; a file unless given. */
  readonly store?: string;
}

export interface World {
  /** The ports of the listeners. */
  readonly mx: number;
  readonly submission: number;
  readonly imap: number;
  readonly lmtp: number;
  readonly pop3: number;
  /** The data folder, for commands: `--data`. */
  readonly data: string;
  readonly store: SqlStore;
  readonly farEnd: FarEnd;
  /** A client's connection, its greeting not read yet. */
  dialogue(port: number, options?: { from?: string; patienceMs?: number }): Promise<Dialogue>;
  /** Messages in the INBOX of an account, all in all. */
  inbox(address: string): Promise<number>;
  /** The worker looks at what commands changed, as it would by itself a moment later. */
  nudge(): Promise<void>;
  stop(): Promise<void>;
}

const TOML = `
hostname = "mail.x.example"
[delivery]
tls = "none"
[[listen]]
kind = "mx"
address = "127.0.0.1:0"
[[listen]]
kind = "submission"
address = "127.0.0.1:0"
[[listen]]
kind = "lmtp"
address = "127.0.0.1:0"
[[listen]]
kind = "imap"
address = "127.0.0.1:0"
[[listen]]
kind = "pop3"
address = "127.0.0.1:0"
`;

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-world-'));
  const farEnd = await startFarEnd({ port: 0, ...options.farEnd });
  const config = await configure(folder, farEnd.port, options);
  await populate(config);
  const worker = await context.startWorker({
    config,
    log: silentLog,
    meter: silentMeter,
    node: 'test',
    index: 0,
    shared: false,
    announce: () => undefined,
    changed: () => undefined,
    lost() {
      throw new Error('the worker was taken for dead');
    },
  });
  const open = new Set<Dialogue>();
  const port = (kind: string): number => worker.listening.find((one) => one.kind === kind)?.port ?? 0;
  return {
    mx: port('mx'),
    submission: port('submission'),
    imap: port('imap'),
    lmtp: port('lmtp'),
    pop3: port('pop3'),
    data: config.data,
    store: worker.store,
    farEnd,
    async dialogue(to, about = {}) {
      const dialogue = await Dialogue.open({ port: to, ...about });
      open.add(dialogue);
      return dialogue;
    },
    nudge: () => worker.nudge(),
    inbox: (address) => inboxSize(worker.store, address),
    async stop() {
      for (const dialogue of open) dialogue.close();
      await end(worker, farEnd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function configure(folder: string, farEndPort: number, options: WorldOptions): Promise<NamedConfig> {
  const { cert, key } = makeSelfSigned({
    hostname: 'mail.x.example',
    nowMs: Date.now(),
    days: 2,
    serial: systemRandom.bytes(8),
  });
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const toml = `data = ${JSON.stringify(join(folder, 'data'))}
store = ${JSON.stringify(options.store ?? 'sqlite')}${TOML}
[tls]
cert = ${JSON.stringify(certFile)}
key = ${JSON.stringify(keyFile)}
[[route]]
domain = "*"
to = "127.0.0.1:${farEndPort}"
${options.toml ?? ''}`;
  const parsed = parseConfig(toml);
  if ('errors' in parsed) throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
  const { config } = parsed;
  return {
    ...config,
    hostname: config.hostname ?? 'mail.x.example',
    // Tests speak as soon as they are greeted, and are greeted at once.
    limits: { ...config.limits, greetingDelayMs: 0, ...options.limits },
    login: { ...config.login, ...options.login },
    imap: { ...config.imap, ...options.imap },
    pop3: { ...config.pop3, ...options.pop3 },
  };
}

async function populate(config: NamedConfig): Promise<void> {
  mkdirSync(config.data, { recursive: true });
  const store = await context.openStore(config, 'command');
  const at = Date.now();
  await store.addDomain({ name: 'x.example', language: 'en', createdAt: at, keys: [] });
  const { password, scram } = await credentials();
  for (const address of [ALICE, BOB])
    await store.addAccount({ address, language: 'en', password, scram, at });
  await store.addAddress({ address: 'postmaster@x.example', target: ALICE, separator: '+' });
  await store.close();
}

/** Slow by design, so made once. */
let made: ReturnType<typeof makeCredentials> | undefined;

async function credentials(): Promise<{ password: string; scram: string }> {
  made ??= makeCredentials(PASSWORD, systemRandom);
  const { hash, scram } = await made;
  return { password: hash, scram: formatScramKeys(scram) };
}

async function inboxSize(store: SqlStore, address: string): Promise<number> {
  const account = await store.account(address);
  if (account === undefined) throw new Error(`nobody is ${address}`);
  return (await store.mailboxNamed({ account: account.id, name: 'INBOX' }))?.messages ?? 0;
}

async function end(worker: WorkerHandle, farEnd: FarEnd): Promise<void> {
  await worker.stop(5_000);
  await farEnd.close();
}
