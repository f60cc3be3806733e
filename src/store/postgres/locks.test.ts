/** Somebody holds a row for long, or a statement takes long: it harms those who want that row, and nobody else on any server. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ask, postgres, somebodyElse, untilWaiting } from '../../../test/postgres.ts';
import { anAcceptance, anAccount, newWorker, NOW } from '../../../test/stores.ts';
import type { AccountId, DeliveryId, WorkerId } from '../../core/envelope.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import { LockWaitTimeoutError } from '../committer.ts';
import type { Call } from '../sql/sql.ts';
import type { SqlStore } from '../store.ts';
import { ServerAwayError } from './connections.ts';
import { type LockTimeouts, PostgresEngine } from './engine.ts';
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
    holding: async (text) => (await somebodyElse(t, url, text)).commit,
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

test('an operation on a locked account waits as well: new mailboxes, and what is done to a path', async (t) => {
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
  assert.deepEqual(await ask(url, `SELECT query FROM pg_stat_activity WHERE wait_event = 'PgSleep'`), []);
});

test('what is held of a locked account waits by itself, and so does what its owner would be told', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, account, message, messagesOf } = world;
  const [stuck, deaf, free] = [await account(), await account(), await account()];
  await world.holding(`SELECT 1 FROM account WHERE id = ${stuck} FOR UPDATE`);
  await world.holding(inbox(deaf));
  const held = await many(10, (index) => heldFor(world, index % 2 === 0 ? stuck : deaf));
  const waiting = Promise.allSettled(held.map((one) => stores[0].accept(one)));
  for (const one of await many(20, (index) => message(index % 2 === 0 ? free : stuck)))
    await stores[0].accept(one);
  const reasons = (await waiting).map((one) => (one.status === 'rejected' ? String(one.reason) : 'kept'));
  for (const [index, reason] of reasons.entries())
    assert.match(
      reason,
      index % 2 === 0 ? new RegExp(`account ${stuck},`) : new RegExp(`INBOX of account ${deaf},`),
    );
  // The row of the account is not that of its INBOX.
  assert.deepEqual([await messagesOf(free), await messagesOf(stuck)], [10, 10]);
});

test('of a group only those wait whose rows are locked, however many rows that are', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { url, account, message } = world;
  const [locked, unmakable] = [await many(10, account), await many(4, account)];
  const free = await account();
  await world.holding(`SELECT 1 FROM mailbox WHERE account IN (${locked.join(', ')}) FOR UPDATE`);
  await world.holding(`SELECT 1 FROM account WHERE id IN (${unmakable.join(', ')}) FOR UPDATE`);
  const mail = (one: Acceptance): Call => ({ name: 'accept', input: one });
  const calls = [
    ...(await Promise.all(locked.map((one) => message(one)))).map(mail),
    ...unmakable.map(
      (one): Call => ({
        name: 'createMailbox',
        input: { account: one, name: 'a', at: NOW },
      }),
    ),
    mail(await message(free, 9_999_999 as AccountId)),
    ...(await many(5, () => message(free))).map(mail),
  ];
  const engine = new PostgresEngine(url, { connections: 2, timeouts: TIMEOUTS });
  t.after(() => engine.close());
  const { outcomes } = await engine.transact(calls);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.ok ? 'done' : (outcome.contended ?? outcome.error.message))),
    [
      ...locked.map((one) => [`INBOX of account ${one}`]),
      ...unmakable.map((one) => [`account ${one}`]),
      'account 9999999 has no INBOX',
      ...Array.from({ length: 5 }, () => 'done'),
    ],
  );
});

test('an error of a lock names the row, how long it was waited for, and who can tell who holds it', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { stores, account, message } = world;
  const stuck = await account();
  await world.holding(inbox(stuck));
  await assert.rejects(stores[0].accept(await message(stuck)), (error: Error) => {
    assert.ok(error instanceof LockWaitTimeoutError);
    assert.match(
      error.message,
      /^gave up after 2000 ms: .*lock on INBOX of account \d+, for more than \d+ ms; .*pg_blocking_pids/,
    );
    return true;
  });
});

test('when the server goes away, what waits for a lock is told so, and none is tried again', async (t) => {
  const world = await aWorld(t);
  if (world === undefined) return;
  const { url, stores, account, message } = world;
  const stuck = await account();
  await world.holding(inbox(stuck));
  const waiting = Promise.allSettled(
    (await many(30, () => message(stuck))).map((one) => stores[0].accept(one)),
  );
  await untilWaiting(url);
  await ask(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid <> pg_backend_pid() AND datname = current_database() AND wait_event_type = 'Lock'`,
  );
  for (const one of await waiting)
    assert.ok(one.status === 'rejected' && one.reason instanceof ServerAwayError, String(one.status));
});

/** A submission that the guard holds, of which its owner is told. */
async function heldFor({ stores, worker, message }: World, account: AccountId): Promise<Acceptance> {
  const [group, notice] = [await stores[0].reserveIds(1), await message(account)];
  return {
    ...(await anAcceptance(stores[0], { recipients: ['x@far.example'] })),
    account,
    judged: {
      ...{ at: NOW, worker, account: `${account}@here.example`, kind: 'hold', data: '{}' },
      hold: { group, campaign: 'c', reason: 'guard: rate', subject: 's', expiresAt: NOW + 1e9 },
    },
    holdNotices: { held: { key: `guard-held ${account} ${group}`, notice } },
  };
}
