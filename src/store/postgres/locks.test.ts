/** Somebody holds a row for long, or a statement takes long: it harms those who want that row, and nobody else on any server. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { postgres } from '../../../test/postgres.ts';
import { anAcceptance, anAccount, newWorker, NOW } from '../../../test/stores.ts';
import type { AccountId, DeliveryId, WorkerId } from '../../core/envelope.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import type { SqlStore } from '../store.ts';
import type { LockTimeouts } from './engine.ts';
import { openPostgres } from './open.ts';

/** Short ones, so that the tests are. */
const TIMEOUTS: LockTimeouts = {
  group: { lockMs: 300, statementMs: 600 },
  groupRetry: { lockMs: 100, statementMs: 600 },
  turn: { lockMs: 300, statementMs: 2_000 },
  deadlineMs: 2_000,
};

interface World {
  readonly url: string;
  readonly stores: readonly [SqlStore, SqlStore];
  readonly worker: WorkerId;
  account(): Promise<AccountId>;
  /** A message for the INBOXes of these accounts. */
  message(...accounts: AccountId[]): Promise<Acceptance>;
  /** A transaction of somebody else, in which this is done; the function ends it. */
  holding(text: string): Promise<() => Promise<unknown>>;
  messagesOf(account: AccountId): Promise<number | undefined>;
}

async function aWorld(t: TestContext): Promise<World | undefined> {
  const server = await postgres(t);
  if (server === undefined) return undefined;
  const url = await server.database();
  const options = { timeouts: TIMEOUTS };
  const stores = [await openPostgres(url, options), await openPostgres(url, options)] as const;
  const [one] = stores;
  t.after(() => Promise.all(stores.map((store) => store.close())));
  return {
    url,
    stores,
    worker: await newWorker(one),
    account: async () => (await anAccount(one)).id,
    async message(...accounts) {
      const message = await anAcceptance(one, { recipients: [] });
      const first = await one.reserveIds(accounts.length);
      const copies = accounts.map((account, index) => ({
        id: (first + index) as DeliveryId,
        account,
        address: 'x@here.example',
      }));
      return { ...message, copies };
    },
    async holding(text) {
      const client = new pg.Client(url);
      await client.connect();
      await client.query('BEGIN');
      await client.query(text);
      let ending: Promise<unknown> | undefined;
      const end = (): Promise<unknown> => (ending ??= client.query('COMMIT').then(() => client.end()));
      t.after(end);
      return end;
    },
    messagesOf: async (account) => (await one.mailboxNamed({ account, name: 'INBOX' }))?.messages,
  };
}

const inbox = (account: AccountId): string =>
  `SELECT 1 FROM mailbox WHERE account = ${account} AND name = 'INBOX' FOR UPDATE`;

function many<Value>(count: number, make: (index: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

const beat = (store: SqlStore, worker: WorkerId): Promise<boolean> =>
  store.heartbeat({ worker, node: 'test', first: false });

const kinds = (results: readonly PromiseSettledResult<unknown>[]): string[] => [
  ...new Set(results.map(({ status }) => status)),
];

test('mail to a locked mailbox fails alone; all other mail, beats and ids of both servers go on', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, worker, account, message, messagesOf } = world;
  const [stuck, other] = [await account(), await account()];
  const end = await world.holding(inbox(stuck));
  const alone = await many(60, () => message(stuck));
  const together = await many(10, () => message(other, stuck));
  const others = await many(60, () => message(other));
  const waiting = Promise.allSettled(
    [...alone, ...together].map((one, index) => (stores[index % 2] as SqlStore).accept(one)),
  );
  // While it is locked, and before any of those has an answer or with them: nothing fails.
  for (const [index, one] of others.entries()) {
    const store = stores[index % 2] as SqlStore;
    await Promise.all([store.accept(one), beat(store, worker), store.reserveIds(1)]);
  }
  assert.deepEqual(kinds(await waiting), ['rejected']);
  assert.equal(await messagesOf(other), others.length);
  await end();
  await many(4, (index) => (stores[index % 2] as SqlStore).accept(alone[index] as Acceptance));
  assert.equal(await messagesOf(stuck), 4);
  assert.deepEqual(await stores[0].verifyRows({ limit: 10 }), []);
});

test('mail that waits for a lock is kept once when that ends, and what comes to the mailbox goes on as ever', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { url, stores, account, message, messagesOf } = world;
  const stuck = await account();
  const end = await world.holding(inbox(stuck));
  const before = await many(40, () => message(stuck));
  const accepted = Promise.all(before.map((one, index) => (stores[index % 2] as SqlStore).accept(one)));
  await untilWaiting(url);
  await end();
  await accepted;
  for (const one of await many(10, () => message(stuck))) await stores[0].accept(one);
  assert.equal(await messagesOf(stuck), 50);
});

test('who gets a message together with a locked mailbox gets other mail meanwhile', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, account, message, messagesOf } = world;
  const [low, stuck, high] = [await account(), await account(), await account()];
  await world.holding(inbox(stuck));
  const waiting = Promise.allSettled(
    (await many(20, () => message(low, stuck, high))).map((one) => stores[0].accept(one)),
  );
  const others = await many(20, (index) => message(index % 2 === 0 ? low : high));
  for (const one of others) await stores[1].accept(one);
  assert.deepEqual(kinds(await waiting), ['rejected']);
  assert.deepEqual([await messagesOf(low), await messagesOf(stuck), await messagesOf(high)], [10, 0, 10]);
});

test('thirty mailboxes locked at once leave room for all others', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, account, message, messagesOf } = world;
  const stuck = await many(30, account);
  const free = await account();
  await world.holding(`SELECT 1 FROM mailbox WHERE account IN (${stuck.join(', ')}) FOR UPDATE`);
  const lost = await Promise.all(stuck.map((one) => message(one)));
  const kept = await many(30, () => message(free));
  const waiting = Promise.allSettled(lost.map((one) => stores[0].accept(one)));
  // In one group with them, and then one by one.
  await Promise.all(kept.slice(0, 15).map((one) => stores[0].accept(one)));
  for (const one of kept.slice(15)) await stores[0].accept(one);
  assert.deepEqual(kinds(await waiting), ['rejected']);
  assert.equal(await messagesOf(free), kept.length);
});

test('one that fails by itself in a group with some that wait fails none of the others', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, account, message, messagesOf } = world;
  const [stuck, free] = [await account(), await account()];
  const bad = await message(9_999_999 as AccountId);
  const lost = await many(5, () => message(stuck));
  const kept = await many(5, () => message(free));
  const end = await world.holding(inbox(stuck));
  const failing = assert.rejects(stores[0].accept(bad), /has no INBOX/);
  const waiting = Promise.allSettled(lost.map((one) => stores[0].accept(one)));
  await Promise.all(kept.map((one) => stores[0].accept(one)));
  await failing;
  assert.deepEqual(kinds(await waiting), ['rejected']);
  await end();
  assert.deepEqual([await messagesOf(stuck), await messagesOf(free)], [0, 5]);
});

test('an operation on a locked account waits as well: flags, and what is done to a path', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, worker, account, message } = world;
  const [stuck, other] = [await account(), await account()];
  const path = 'locked.example>a' as never;
  const request = { worker, now: NOW, limit: 1, only: path };
  await stores[0].acquirePaths(request);
  await world.holding(`SELECT 1 FROM account WHERE id = ${stuck} FOR UPDATE`);
  await world.holding(`SELECT 1 FROM path WHERE path = '${path}' FOR UPDATE`);
  const waiting = Promise.allSettled([
    ...['a', 'b', 'c'].map((name) => stores[0].createMailbox({ account: stuck, name, at: NOW })),
    stores[0].releasePath({ worker, path }),
  ]);
  for (const one of await many(20, () => message(other))) await stores[0].accept(one);
  assert.deepEqual(kinds(await waiting), ['rejected']);
});

test('a statement that takes long harms nobody else, and ends on the server as it ends here', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { url, stores, worker, account, message } = world;
  const other = await account();
  await world
    .holding(
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF NEW.name = 'slow' THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$;
     CREATE TRIGGER slow BEFORE INSERT ON subscription FOR EACH ROW EXECUTE FUNCTION slow()`,
    )
    .then((end) => end());
  const slow = Promise.allSettled(
    stores.map((store) => store.subscribe({ account: other, name: 'slow', isSubscribed: true })),
  );
  const others = (await many(20, () => message(other))).map((one) => stores[0].accept(one));
  await Promise.all([...others, ...stores.map((store) => beat(store, worker))]);
  assert.deepEqual(kinds(await slow), ['rejected']);
  assert.deepEqual(await rows(url, `SELECT query FROM pg_stat_activity WHERE wait_event = 'PgSleep'`), []);
});

test('when the server goes away, what waits for a lock is told so', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { url, stores, account, message } = world;
  const stuck = await account();
  await world.holding(inbox(stuck));
  const waiting = Promise.allSettled(
    (await many(30, () => message(stuck))).map((one) => stores[0].accept(one)),
  );
  await untilWaiting(url);
  await rows(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid <> pg_backend_pid() AND datname = current_database() AND wait_event_type = 'Lock'`,
  );
  assert.deepEqual(kinds(await waiting), ['rejected']);
});

/** Until somebody waits for a lock. */
async function untilWaiting(url: string): Promise<void> {
  while ((await rows(url, 'SELECT 1 FROM pg_locks WHERE NOT granted')).length === 0);
}

async function rows(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
