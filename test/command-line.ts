/** Commands as an operator types them, in process: a data folder of their own, a real store, what they wrote. */
import { claimDue } from './claim.ts';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { DeliveryId, MessageId, PathKey, WorkerId } from '../src/core/envelope.ts';
import type { Acceptance, ClaimedDelivery, PathPace, Settlement } from '../src/core/queue/port.ts';
import { openReferences } from '../src/cli/with-store.ts';
import type { CommandContext, Streams } from '../src/cli/command.ts';
import { runCommand } from '../src/cli/run.ts';
import { context } from '../src/main.ts';
import type { SqlStore } from '../src/store/store.ts';
import { openPostgres } from '../src/store/postgres/open.ts';
import { openSqlite } from '../src/store/sqlite/open.ts';
import { postgres } from './postgres.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was written with `--json`, line by line. */
  readonly objects: readonly Record<string, unknown>[];
  /** Standard output as it is. */
  readonly bytes: Buffer;
}

export class CommandLine {
  readonly folder: string;
  readonly data: string;
  /** A store on the same folder, beside the commands. */
  readonly store: SqlStore;
  readonly config: string;

  private constructor(about: { folder: string; data: string; store: SqlStore }) {
    this.folder = about.folder;
    this.data = about.data;
    this.config = join(about.folder, 'relais.toml');
    this.store = about.store;
  }

  /** For one test. `toml`: more lines of the configuration. */
  static open(t: TestContext, toml = ''): Promise<CommandLine> {
    return CommandLine.#on(t, { toml, open: openSqlite });
  }

  /** The same on a PostgreSQL; undefined where there is none. */
  static async onPostgres(t: TestContext): Promise<CommandLine | undefined> {
    const server = await postgres(t);
    if (server === undefined) return undefined;
    const url = await server.database();
    return CommandLine.#on(t, { toml: `store = "${url}"\n`, open: () => openPostgres(url) });
  }

  /** On a data folder that is there, and that somebody else takes away. */
  static at(t: TestContext, data: string): Promise<CommandLine> {
    return CommandLine.#on(t, { toml: '', data, open: openSqlite });
  }

  static async #on(
    t: TestContext,
    { toml, open, ...about }: { toml: string; data?: string; open: (data: string) => Promise<SqlStore> },
  ): Promise<CommandLine> {
    const folder = mkdtempSync(join(tmpdir(), 'relais-command-'));
    const { data = join(folder, 'data') } = about;
    const line = new CommandLine({ folder, data, store: await open(data) });
    writeFileSync(line.config, `hostname = "mail.here.example"\ndata = "${line.data}"\n${toml}`);
    t.after(async () => {
      await line.store.close();
      rmSync(folder, { recursive: true });
    });
    return line;
  }

  /** Runs `relais …` with this folder's configuration. */
  run(...words: readonly string[]): Promise<Ran> {
    return this.feed('', ...words);
  }

  /** Runs it with something on standard input. */
  feed(input: string | Uint8Array, ...words: readonly string[]): Promise<Ran> {
    const named =
      words[0] === 'sendmail'
        ? ['sendmail', '--config', this.config, ...words.slice(1)]
        : [...words, '--config', this.config];
    return runWith(named, Readable.from([Buffer.from(input)]));
  }
}

/** Commands on each store, for tests that are the same on both. */
export const COMMAND_LINES = {
  SQLite: (t: TestContext): Promise<CommandLine | undefined> => CommandLine.open(t),
  PostgreSQL: (t: TestContext) => CommandLine.onPostgres(t),
} as const;

export const FAR = 'mx.far.example>default' as PathKey;

/** Puts a message into the queue, as a server would; its reference. */
export async function accepted(
  { store }: CommandLine,
  about: {
    recipients: readonly string[];
    sender?: string;
    at?: number;
    path?: PathKey;
    via?: string;
    customer?: string;
  },
): Promise<{ acceptance: Acceptance; reference: string }> {
  const first = await store.reserveIds(1 + about.recipients.length);
  const bytes = Buffer.from(`Subject: ${first}\r\n\r\nhello\r\n`);
  const at = about.at ?? Date.now();
  const acceptance: Acceptance = {
    message: first as MessageId,
    acceptedAt: at,
    envelope: {
      reversePath: about.sender ?? 'ana@here.example',
      bodyType: '7BIT',
      smtpUtf8: false,
      requireTls: false,
    },
    prefix: Buffer.from('Received: by mail.here.example\r\n'),
    content: { kind: 'inline', bytes, hash: hash('sha256', bytes, 'buffer') },
    language: 'en',
    messageIdField: `<${first}@here.example>`,
    origin: { kind: 'submission', client: '192.0.2.7', login: about.sender ?? 'ana@here.example' },
    expiresAt: at + 432_000_000,
    tellAt: at + 14_400_000,
    customer: about.customer ?? 'here.example/-',
    copies: [],
    deliveries: about.recipients.map((address, index) => ({
      id: (first + 1 + index) as DeliveryId,
      path: about.path ?? FAR,
      address,
      ...(about.via === undefined ? {} : { forward: { via: about.via } }),
    })),
  };
  await store.accept(acceptance);
  return { acceptance, reference: (await openReferences(store)).of(acceptance.message) };
}

/** Tries everything that is due on a path, once, with one outcome for each. */
export async function tried(
  { store }: CommandLine,
  outcome: (delivery: ClaimedDelivery) => Pick<Settlement, 'next' | 'reply' | 'blame' | 'suppressed'>,
  path = FAR,
): Promise<void> {
  const worker = (await store.reserveIds(1)) as WorkerId;
  const now = Date.now();
  await store.heartbeat({ worker, node: 'test', first: true });
  await store.acquirePaths({ worker, now, limit: 1, only: path });
  for (const delivery of await claimDue(store, { worker, path, now, limit: 100 })) {
    await store.settle({
      delivery: delivery.id,
      message: delivery.message.id,
      worker,
      at: now,
      attempted: true,
      ...outcome(delivery),
    });
  }
  await store.retireWorkers({ worker, now });
}

/** A worker of `node` has a path, and keeps what it learnt of it. */
export async function learnt(
  { store }: CommandLine,
  about: { path: PathKey; provider?: string; pace: PathPace; node?: string },
): Promise<WorkerId> {
  const { path, provider, pace, node = 'test' } = about;
  const worker = (await store.reserveIds(1)) as WorkerId;
  const now = Date.now();
  await store.heartbeat({ worker, node, first: true });
  await store.acquirePaths({ worker, now, limit: 1, only: path });
  await store.keepPace({
    worker,
    path,
    pace,
    at: Date.now(),
    ...(provider === undefined ? {} : { provider }),
  });
  return worker;
}

/** Runs a command exactly as given. */
export async function runWith(
  words: readonly string[],
  input: Streams['in'] = Readable.from([]),
): Promise<Ran> {
  const out = collect();
  const err = collect();
  const streams: Streams = { in: input, out: out.stream, err: err.stream };
  const withStreams: CommandContext = { ...context, streams };
  const code = await runCommand(words, withStreams);
  const bytes = out.bytes();
  const text = bytes.toString();
  return {
    code,
    bytes,
    out: text,
    err: err.bytes().toString(),
    get objects() {
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

function collect(): { stream: PassThrough; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, bytes: () => Buffer.concat(chunks) };
}
