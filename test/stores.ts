/** The three stores that the contract suite runs on, and what it puts into them. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe } from 'node:test';
import pg from 'pg';
import type { Account } from '../src/core/directory/port.ts';
import type { AccountId, DeliveryId, Language, MessageId, PathKey, WorkerId } from '../src/core/envelope.ts';
import { NO_FLAGS } from '../src/core/mailbox/flags.ts';
import type { NewItem } from '../src/core/mailbox/port.ts';
import type { Acceptance, ClaimedDelivery, Settlement } from '../src/core/queue/port.ts';
import { openPostgres } from '../src/store/postgres/open.ts';
import { databaseFile, openSqlite, openSqliteThreaded } from '../src/store/sqlite/open.ts';
import type { SqlStore } from '../src/store/store.ts';
import { claimDue } from './claim.ts';
import { findPeer, inCi } from './peers.ts';
import { startPostgres } from './postgres.ts';

export const NOW = 1_520_841_600_000; // Monday 12 March 2018, 08:00 UTC
export const PATH = 'mx.far.example>a' as PathKey;

/** Opens one store of its own; `close` removes it. */
interface Opener {
  readonly name: string;
  /** Why it cannot run here; absent where it can, and in CI, where a missing peer is a failure. */
  readonly skip?: string;
  open(): Promise<Opened>;
}

interface Opened {
  readonly store: SqlStore;
  /** What a query gives, past the store: to check what is kept. */
  rows(text: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

const noPostgres = findPeer('postgres') === undefined && !inCi;

export const openers: readonly Opener[] = [
  { name: 'SQLite in place', open: () => onDisk(openSqlite) },
  { name: 'SQLite in its thread', open: () => onDisk(openSqliteThreaded) },
  { name: 'PostgreSQL', open: onPostgres, ...(noPostgres ? { skip: 'install the package postgresql' } : {}) },
];

/** A suite of tests on every store. `open` is for its `before`; what it opened is closed after the last test. */
export function onEveryStore(what: string, suite: (open: () => Promise<Opened>) => void): void {
  for (const { name, skip, open } of openers)
    describe(`${what} on ${name}`, skip === undefined ? {} : { skip }, () => {
      const opened: Opened[] = [];
      suite(async () => {
        const one = await open();
        opened.push(one);
        return one;
      });
      after(async () => {
        for (const one of opened) await one.close();
      });
    });
}

async function onDisk(open: (directory: string) => Promise<SqlStore>): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'relais-store-'));
  const store = await open(directory);
  return {
    store,
    async rows(text) {
      const db = new DatabaseSync(databaseFile(directory), { readOnly: true });
      try {
        return db.prepare(text).all();
      } finally {
        db.close();
      }
    },
    async close() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

async function onPostgres(): Promise<Opened> {
  const peer = findPeer('postgres');
  assert.ok(peer !== undefined, 'there is no PostgreSQL: install the package postgresql');
  const server = await startPostgres(peer);
  const url = await server.database();
  const store = await openPostgres(url);
  return {
    store,
    async rows(text) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      await store.close();
      await server.stop();
    },
  };
}

export async function newWorker(store: SqlStore, node = 'test'): Promise<WorkerId> {
  const worker = (await store.reserveIds(1)) as WorkerId;
  await store.heartbeat({ worker, node, first: true });
  return worker;
}

export async function anAcceptance(
  store: SqlStore,
  about: { recipients: readonly string[]; bytes?: Uint8Array; path?: PathKey; customer?: string },
): Promise<Acceptance> {
  const first = await store.reserveIds(1 + about.recipients.length);
  const bytes = about.bytes ?? randomBytes(100);
  return {
    message: first as MessageId,
    acceptedAt: NOW,
    envelope: {
      reversePath: 's@here.example',
      bodyType: '8BITMIME',
      smtpUtf8: false,
      requireTls: false,
      envid: 'é"1',
    },
    prefix: Buffer.from('Received: from é\r\n'),
    content: { kind: 'inline', bytes, hash: hash('sha256', bytes, 'buffer') },
    language: 'fr',
    origin: { kind: 'mx', client: '192.0.2.1' },
    expiresAt: NOW + 86_400_000,
    tellAt: NOW + 14_400_000,
    customer: about.customer ?? 'here.example/-',
    copies: [],
    deliveries: about.recipients.map((address, index) => ({
      id: (first + 1 + index) as DeliveryId,
      path: about.path ?? PATH,
      address,
      notify: ['SUCCESS', 'DELAY'],
    })),
  };
}

export async function staged(store: SqlStore, pieces: readonly Buffer[]): Promise<Acceptance> {
  const stage = await store.reserveIds(1);
  await Promise.all(pieces.map((bytes, seq) => store.stage({ stage, seq, bytes, at: NOW })));
  const whole = Buffer.concat(pieces);
  const acceptance = await anAcceptance(store, { recipients: ['a@far.example'] });
  return {
    ...acceptance,
    content: { kind: 'staged', stage, sizeBytes: whole.length, hash: hash('sha256', whole, 'buffer') },
  };
}

export function claimAll(store: SqlStore, worker: WorkerId, now = NOW): Promise<ClaimedDelivery[]> {
  return claimDue(store, { worker, path: PATH, now, limit: 5000 });
}

export function done(delivery: ClaimedDelivery, worker: WorkerId): Settlement {
  return {
    delivery: delivery.id,
    message: delivery.message.id,
    worker,
    at: NOW,
    attempted: true,
    next: { state: 'delivered' },
    reply: { stage: 'end-of-data', code: 250, text: 'Ok', afterMs: 3 },
  };
}

/** An account of its own, with the mailboxes that every account has. */
export async function anAccount(store: SqlStore, language: Language = 'en'): Promise<Account> {
  await store.addDomain({ name: 'here.example', language: 'en', createdAt: NOW, keys: [] });
  const address = `a${await store.reserveIds(1)}@here.example`;
  await store.addAccount({ address, language, password: '', scram: '', at: NOW });
  return (await store.account(address)) as Account;
}

/** A message to be appended. */
export async function anItem(
  store: SqlStore,
  about: Partial<NewItem> & { bytes?: Uint8Array } = {},
): Promise<NewItem> {
  const { bytes = randomBytes(100), ...rest } = about;
  return {
    message: (await store.reserveIds(1)) as MessageId,
    content: { kind: 'inline', bytes, hash: hash('sha256', bytes, 'buffer') },
    flags: NO_FLAGS,
    internalAt: NOW,
    ...rest,
  };
}

/** A message delivered to the INBOX of an account. */
export async function delivered(store: SqlStore, account: AccountId, bytes?: Uint8Array): Promise<MessageId> {
  const acceptance = await anAcceptance(store, { recipients: [], ...(bytes === undefined ? {} : { bytes }) });
  const id = (await store.reserveIds(1)) as DeliveryId;
  await store.accept({ ...acceptance, copies: [{ id, account, address: 'a@here.example' }] });
  return acceptance.message;
}
