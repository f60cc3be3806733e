/** What a large backlog costs: memory, start-up, and the accept rate beside that of an empty queue. */
import { hash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { DeliveryId, MessageId, PathKey } from '../../src/core/envelope.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { SqlStore } from '../../src/store/store.ts';
import { freePort } from '../server.ts';
import { median, residentBytes } from './measure.ts';
import { startRelais } from './relais.ts';

const MESSAGES = 4000;
const ROUNDS = 5;
const GROUP = 5000;

export async function measureBacklog(deliveries: number): Promise<void> {
  const empty = await state(0);
  const full = await state(deliveries);
  const mib = (bytes: number): string => (bytes / 1048576).toFixed(0);
  process.stdout.write(`
a backlog of ${deliveries} deliveries, path frozen (1 worker)
  resident memory   ${mib(full.resident)} MiB, ${mib(full.resident - empty.resident)} MiB above an empty queue
  start-up          ${full.startSeconds.toFixed(1)} s (empty: ${empty.startSeconds.toFixed(1)} s)
  accept rate       ${full.rate.toFixed(0)} msg/s, ${((100 * full.rate) / empty.rate).toFixed(0)} % of an empty queue's ${empty.rate.toFixed(0)}
`);
}

async function state(deliveries: number): Promise<{ resident: number; startSeconds: number; rate: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-backlog-'));
  const sinkPort = await freePort();
  const path = `127.0.0.1:${sinkPort}>default` as PathKey;
  await fill(join(folder, 'data'), path, deliveries);
  const subject = await startRelais({
    port: await freePort(),
    to: `127.0.0.1:${sinkPort}`,
    workers: 1,
    folder,
    keepFolder: true,
  });
  try {
    await sleep(3000);
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) rates.push(await acceptRate(subject.port));
    return { resident: residentBytes(subject.pid), startSeconds: subject.startSeconds, rate: median(rates) };
  } finally {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function acceptRate(port: number): Promise<number> {
  const began = performance.now();
  await promisify(execFile)('smtp-source', [
    '-d',
    '-s',
    '20',
    '-m',
    String(MESSAGES),
    '-l',
    '4096',
    '-f',
    'sender@bench.example',
    '-t',
    'recipient@far.example',
    `127.0.0.1:${port}`,
  ]);
  return MESSAGES / ((performance.now() - began) / 1000);
}

/** Writes the backlog through the store itself, each message with bytes of its own. */
async function fill(data: string, path: PathKey, deliveries: number): Promise<void> {
  const store = await openSqlite(data);
  const since = Date.now();
  await store.freeze({ scope: `path:${path}`, cause: 'operator', blame: 'local', since, reason: 'bench' });
  for (let done = 0; done < deliveries; done += GROUP)
    await group(store, path, Math.min(GROUP, deliveries - done));
  await store.close();
}

async function group(store: SqlStore, path: PathKey, count: number): Promise<void> {
  const first = await store.reserveIds(2 * count);
  const now = Date.now();
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const bytes = Buffer.from(`Subject: ${first + index}\r\n\r\nA message in the backlog.\r\n`);
      return store.accept({
        message: (first + 2 * index) as MessageId,
        acceptedAt: now,
        envelope: {
          reversePath: 'sender@bench.example',
          bodyType: '7BIT',
          smtpUtf8: false,
          requireTls: false,
        },
        prefix: Buffer.alloc(150, 32),
        content: { kind: 'inline', bytes, hash: hash('sha256', bytes, 'buffer') },
        language: 'en',
        origin: { kind: 'mx', client: '192.0.2.1' },
        expiresAt: now + 432_000_000,
        tellAt: now + 14_400_000,
        customer: `bench.example/${index % 100}`,
        copies: [],
        deliveries: [
          { id: (first + 2 * index + 1) as DeliveryId, path, address: `someone-${index}@far.example` },
        ],
      });
    }),
  );
}
