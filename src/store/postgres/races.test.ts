/** What two servers do to the same rows at the same time; the one writer of SQLite knows none of it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ask, postgres, somebodyElse, untilWaiting } from '../../../test/postgres.ts';
import { anAcceptance, anAccount, anItem, claimAll, newWorker, NOW, PATH } from '../../../test/stores.ts';
import type { Account } from '../../core/directory/port.ts';
import type { AccountId, DeliveryId, MailboxId, WorkerId } from '../../core/envelope.ts';
import { accountState, MOST_GROUPS } from '../../core/guard/port.ts';
import type { Decide } from '../../core/guard/store.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import type { SqlStore } from '../store.ts';
import { openPostgres } from './open.ts';

const ROUNDS = 8;

interface Two {
  readonly url: string;
  readonly one: SqlStore;
  readonly other: SqlStore;
  readonly worker: WorkerId;
  /** Both stores; more than once is once. */
  close(): Promise<void>;
}

async function two(t: TestContext): Promise<Two | undefined> {
  const server = await postgres(t);
  if (server === undefined) return undefined;
  const url = await server.database();
  const [one, other] = [await openPostgres(url), await openPostgres(url)];
  let closing: Promise<unknown> | undefined;
  const close = async (): Promise<void> => {
    closing ??= Promise.all([one.close(), other.close()]);
    await closing;
  };
  t.after(close);
  return { url, one, other, worker: await newWorker(one), close };
}

/** Waits that PostgreSQL had to end by failing one of them; it counts when a connection closes. */
async function deadlocks({ url, close }: Two): Promise<number> {
  await close();
  const [row] = await ask(url, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
  return Number((row as { deadlocks: string }).deadlocks);
}

test('mail to mailboxes here waits for other mail to them without standing in its way', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, url } = world;
  const [low, high] = [(await anAccount(one)).id, (await anAccount(one)).id];
  const inbox = (account: AccountId): string =>
    `SELECT 1 FROM mailbox WHERE account = ${account} AND name = 'INBOX' FOR UPDATE`;
  const other = await somebodyElse(t, url, inbox(low));
  const made: Acceptance[] = [];
  for (const account of [high, low]) {
    const message = await anAcceptance(one, { recipients: [] });
    const id = (await one.reserveIds(1)) as DeliveryId;
    made.push({ ...message, copies: [{ id, account, address: 'x@here.example' }] });
  }
  // One transaction, in which the higher comes first; it waits for the lower, and has taken nothing meanwhile.
  const accepted = Promise.all(made.map((message) => one.accept(message)));
  await untilWaiting(url);
  await other.query(`SET LOCAL lock_timeout = '5s'`);
  await other.query(inbox(high));
  await other.commit();
  await accepted;
  assert.equal(await deadlocks(world), 0);
});

test('what is put into several mailboxes at once keeps within the quota of the account', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other } = world;
  const { id: account } = await anAccount(one);
  const mailboxes: MailboxId[] = [];
  for (let index = 0; index < 8; index++) {
    const name = `m${index}`;
    await one.createMailbox({ account, name, at: NOW });
    mailboxes.push((await one.mailboxNamed({ account, name }))?.id as MailboxId);
  }
  const results = await Promise.all(
    mailboxes.map(async (mailbox, index) => {
      const [store, items] = [index % 2 === 0 ? one : other, [await anItem(one), await anItem(one)]];
      return store.appendItems({ account, mailbox, items, at: NOW, limits: { messages: 5 } });
    }),
  );
  assert.equal(results.filter(({ ok }) => ok).length, 2);
});

test('an account, and what it answers while it is away, are made once by two who make them at once', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other } = world;
  await one.addDomain({ name: 'twice.example', language: 'en', createdAt: NOW, keys: [] });
  for (let round = 0; round < ROUNDS; round++) {
    const address = `u${round}@twice.example`;
    const make = (store: SqlStore) =>
      store.addAccount({ address, language: 'en', password: 'x', scram: 'x', at: NOW });
    assert.deepEqual((await Promise.all([make(one), make(other)])).sort(), ['done', 'exists']);
    const vacation = { text: 'away', everyMs: 86_400_000 };
    const answers = (store: SqlStore) => store.setVacation({ address, vacation });
    assert.deepEqual(await Promise.all([answers(one), answers(other)]), [true, true]);
  }
});

test('the last look for what waits of a stopped account does not miss what comes back to the queue in the midst of it', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, url, worker } = world;
  const { id: account, address } = await anAccount(one);
  const customer = `here.example/${account}`;
  const accepted = async (): Promise<Acceptance> => {
    const message = await anAcceptance(one, { recipients: ['z@far.example'], customer });
    await one.accept({ ...message, account });
    return message;
  };
  await accepted();
  await one.acquirePaths({ worker, now: NOW, limit: 10 });
  const [tried] = await claimAll(one, worker);
  assert.ok(tried !== undefined);
  const waits = await accepted();
  const group = await one.reserveIds(1);
  const waiting = { group, expiresAt: NOW + 1e8 };
  await one.lockAccount({ address, reason: 'stolen', at: NOW, waiting });
  const row = `SELECT 1 FROM delivery WHERE id = ${waits.deliveries[0]?.id} FOR UPDATE`;
  const other = await somebodyElse(t, url, row);
  const looked = one.stepRecall({ group, limit: 100, at: NOW + 20_000 });
  await untilWaiting(url);
  const again = { state: 'waiting', dueAt: NOW + 60_000, lane: 1 } as const;
  const about = { delivery: tried.id, message: tried.message.id, worker, at: NOW, attempted: true };
  await world.other.settle({ ...about, next: again });
  await other.commit();
  assert.equal((await looked).moved, 1);
  assert.deepEqual(await one.dueRecalls({ at: NOW + 1e9, limit: 10 }), [group], 'it is looked for again');
  assert.equal((await one.stepRecall({ group, limit: 100, at: NOW + 1e9 })).moved, 1);
  assert.deepEqual(await one.dueRecalls({ at: NOW + 1e10, limit: 10 }), []);
});

/** One more message of the account, held in the group of that campaign. */
async function hold(
  { one, worker }: Two,
  { id: account, address }: Account,
  about: { campaign: string; copies?: readonly AccountId[]; stop?: string },
): Promise<number> {
  const group = await one.reserveIds(1);
  const { campaign, copies = [], stop } = about;
  const accepted = await anAcceptance(one, { recipients: ['x@far.example'], customer: customerOf(account) });
  const ids = await Promise.all(copies.map(() => one.reserveIds(1)));
  await one.accept({
    ...accepted,
    account,
    copies: copies.map((of, index) => ({
      id: ids[index] as DeliveryId,
      account: of,
      address: `${of}@here.example`,
    })),
    judged: {
      ...{ at: NOW, worker, account: address, kind: stop === undefined ? 'hold' : 'stop', data: '{}' },
      hold: {
        ...{ group, campaign, reason: 'guard: rate', subject: 's', expiresAt: NOW + 1e9 },
        ...(stop === undefined ? {} : { stop }),
      },
    },
  });
  return group;
}

const customerOf = (account: AccountId): string => `here.example/${account}`;

async function carryOut(store: SqlStore, decide: Decide): Promise<void> {
  await store.decideHold(decide);
  for (let done = false; !done; )
    ({ done } = await store.stepHold({ group: decide.group, limit: 200, at: NOW }));
}

for (const decision of ['release', 'drop'] as const)
  test(`a recall leaves nothing in a group that somebody decides to ${decision} meanwhile`, async (t) => {
    const world = await two(t);
    if (world === undefined) return;
    const { one, other } = world;
    for (let round = 0; round < ROUNDS; round++) {
      const account = await anAccount(one);
      const customer = customerOf(account.id);
      const waiting = await Promise.all(
        Array.from({ length: 60 }, () =>
          anAcceptance(one, { recipients: ['x@far.example'], customer, path: PATH }),
        ),
      );
      await Promise.all(waiting.map((message) => one.accept({ ...message, account: account.id })));
      const group = await hold(world, account, { campaign: 'c', stop: 'why' });
      const sweep = async (): Promise<void> => {
        for (let more = true; more; ) ({ more } = await one.stepRecall({ group, limit: 200, at: NOW }));
      };
      await Promise.all([sweep(), carryOut(other, { group, decision, at: NOW, by: 'op', reason: 'r' })]);
    }
    assert.deepEqual(await one.verifyRows({ limit: 10 }), []);
  });

test('an account has as many groups as it may, however many campaigns come at once', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const account = await anAccount(world.one);
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      hold({ ...world, one: index % 2 === 0 ? world.one : world.other }, account, {
        campaign: `c${index}.example`,
      }),
    ),
  );
  const groups = await world.one.listHolds({ login: account.address, limit: 100 });
  assert.equal(groups.length, MOST_GROUPS + 1);
  assert.equal(
    groups.reduce((sum, { messages }) => sum + messages, 0),
    40,
  );
});

test('releases of copies for the same mailboxes do not fail each other', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other } = world;
  const accounts: Account[] = [];
  for (let index = 0; index < 30; index++) accounts.push(await anAccount(one));
  const [thief, ...readers] = accounts as [Account, ...Account[]];
  const all = readers.map(({ id }) => id);
  const groups: number[] = [];
  for (let index = 0; index < 4; index++)
    groups.push(
      await hold(world, thief, {
        campaign: `c${index}`,
        copies: index % 2 === 0 ? all : all.toReversed(),
      }),
    );
  await Promise.all(
    groups.map((group, index) =>
      carryOut(index % 2 === 0 ? one : other, { group, decision: 'release', at: NOW, by: 'op', reason: 'r' }),
    ),
  );
  assert.deepEqual(await one.verifyRows({ limit: 10 }), []);
  for (const account of all)
    assert.equal((await one.mailboxNamed({ account, name: 'INBOX' }))?.messages, groups.length);
});

test('workers that save the same profiles at once wait for each other, and never both', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other } = world;
  const names = Array.from({ length: 400 }, (_, index) => accountState(`u${index}@here.example`));
  const save = (store: SqlStore, inOrder: readonly string[], at: number): Promise<void> =>
    store.keepGuardStates({
      states: inOrder.map((name) => ({ name, upTo: 1, bytes: new Uint8Array(900) })),
      at,
      unlessSince: at + 1,
    });
  for (let round = 0; round < ROUNDS; round++)
    await Promise.all([save(one, names, NOW + round), save(other, names.toReversed(), NOW + round)]);
  assert.equal((await one.guardStates({ after: '', limit: 1_000 })).length, names.length);
  assert.equal(await deadlocks(world), 0);
});

test('of two relaxations of one scope that are ordered at once one is in force', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other } = world;
  for (let round = 0; round < ROUNDS; round++) {
    const scope = `account:u${round}@here.example`;
    await one.keepPreview({ scope, factor: 2, at: NOW });
    const wires = { letOut: 50, refused: 3, accounts: 3 };
    const order = (author: string) => ({
      ...{ scope, factor: 2, from: NOW, to: NOW + 1_000, reason: 'why', author, wires },
      previewedSince: NOW,
    });
    await Promise.all([one.relax(order('ann')), other.relax(order('bob'))]);
  }
  assert.equal((await one.relaxations({ at: NOW })).length, ROUNDS);
});

test('a column more in a table, as a newer server adds it, fails nothing of one that runs', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, url } = world;
  const group = await hold(world, await anAccount(one), { campaign: 'c' });
  const look = async (): Promise<void> => {
    assert.equal((await one.listHolds({ limit: 5 })).length, 1);
    await one.freezes(0);
    assert.equal(
      await one.decideHold({ group: -1, decision: 'drop', at: NOW, by: 'op', reason: 'r' }),
      undefined,
    );
  };
  // So that every connection has it prepared.
  await Promise.all(Array.from({ length: 20 }, look));
  await ask(
    url,
    'ALTER TABLE hold_group ADD COLUMN later BIGINT',
    'ALTER TABLE standstill ADD COLUMN later BIGINT',
  );
  await Promise.all(Array.from({ length: 20 }, look));
  const decided = await one.decideHold({ group, decision: 'drop', at: NOW, by: 'op', reason: 'r' });
  assert.equal(decided?.state, 'dropping');
});

test('a mailbox that is deleted and renamed at once is one of both', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { url, one, other } = world;
  const { id: account } = await anAccount(one);
  await one.createMailbox({ account, name: 'a', at: NOW });
  const holder = await somebodyElse(t, url, `SELECT 1 FROM mailbox WHERE name = 'a' FOR UPDATE`);
  const deleted = one.deleteMailbox({ account, name: 'a', at: NOW });
  await untilWaiting(url, 1);
  const renamed = other.renameMailbox({ account, from: 'a', to: 'b', at: NOW });
  await untilWaiting(url, 2);
  await holder.commit();
  assert.deepEqual([(await deleted).ok, (await renamed).ok], [true, false]);
  assert.deepEqual(
    (await one.deletedMailboxes(account)).map(({ name }) => name),
    ['a'],
  );
});

test('what is claimed is as it is when it is leased, and not as it was when it was looked for', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { url, one, worker } = world;
  const [stays, leaves] = [
    await anAcceptance(one, { recipients: ['x@far.example'] }),
    await anAcceptance(one, { recipients: ['y@far.example'] }),
  ];
  for (const message of [stays, leaves]) await one.accept(message);
  await one.acquirePaths({ worker, now: NOW, limit: 1, only: PATH });
  const holder = await somebodyElse(
    t,
    url,
    `UPDATE delivery SET attempts = 3, lane = 2, delay_told = 1 WHERE message = ${stays.message};
     UPDATE delivery SET path = 'mx.other.example>a' WHERE message = ${leaves.message}`,
  );
  const claimed = claimAll(one, worker);
  await untilWaiting(url, 1);
  await holder.commit();
  assert.deepEqual(
    (await claimed).map(({ message, attempts, lane, delayTold }) => [message.id, attempts, lane, delayTold]),
    [[stays.message, 3, 2, true]],
  );
});

test('an account that is removed while mail comes for it leaves nothing of it behind', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { url, one, other } = world;
  for (let round = 0; round < ROUNDS; round++) {
    const [removed, stays] = [await anAccount(one), await anAccount(one)];
    const made: Acceptance[] = [];
    for (let index = 0; index < 40; index++) {
      const message = await anAcceptance(one, { recipients: [] });
      const id = await one.reserveIds(2);
      const copies = [removed, stays].map((account, at) => ({
        id: (id + at) as DeliveryId,
        account: account.id,
        address: account.address,
      }));
      made.push({ ...message, copies: index % 2 === 0 ? copies : copies.slice(0, 1) });
    }
    const accepting = made.map((message, index) => (index % 2 === 0 ? one : other).accept(message));
    const accepted = Promise.allSettled(accepting);
    await accepting[0]?.catch(() => undefined);
    const removing = other.removeAccount({ address: removed.address, withMail: true, at: NOW });
    assert.equal(await removing, 'done');
    const kept = (await accepted).filter(({ status }, index) => status === 'fulfilled' && index % 2 === 0);
    assert.equal((await one.mailboxNamed({ account: stays.id, name: 'INBOX' }))?.messages, kept.length);
    const left = `SELECT 1 FROM mailbox WHERE account = ${removed.id} UNION ALL
      SELECT 1 FROM mailbox_item WHERE mailbox NOT IN (SELECT id FROM mailbox) UNION ALL
      SELECT 1 FROM thread_key WHERE account = ${removed.id} UNION ALL
      SELECT 1 FROM content WHERE message NOT IN (SELECT id FROM message)`;
    assert.deepEqual(await ask(url, left), []);
  }
  assert.deepEqual(await one.verifyRows({ limit: 10 }), []);
});
