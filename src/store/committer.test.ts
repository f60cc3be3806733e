import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../test/virtual-clock.ts';
import type { AccountId, MailboxId } from '../core/envelope.ts';
import type { MailboxChange } from '../core/mailbox/port.ts';
import { Committer, LockWaitTimeoutError, StoreBusyError } from './committer.ts';
import type { Call, Outcome, RowName, Transacted } from './sql/sql.ts';

const TURN_MS = 1_200;
const DEADLINE_MS = 8_000;
const CHANGED: MailboxChange[] = [{ account: 1 as AccountId, mailbox: 2 as MailboxId, modseq: 3 }];

const done: Outcome = { ok: true, value: 'done' };

const accountOf = ({ input }: Call): number => (input as { account: number }).account;

/** An engine whose accounts can be locked. */
class FakeEngine {
  readonly clock = new VirtualClock();
  readonly locked = new Set<number>();
  /** The accounts of each group, and those of turns with how long they were to wait, ms. */
  readonly groups: number[][] = [];
  readonly turns: (readonly [account: number, lockMs: number])[] = [];
  readonly committer: Committer;

  constructor(maxInFlight = 1) {
    const lockWaits = {
      ...{ clock: this.clock, maxInFlight, turnMs: TURN_MS, deadlineMs: DEADLINE_MS },
      retry: (call: Call, about: { rows: readonly RowName[]; lockMs: number }) => this.#retry(call, about),
    };
    const defer = (run: () => void): void => queueMicrotask(run);
    this.committer = new Committer(this, { maxInFlight: maxInFlight + 1, lockWaits, defer });
  }

  async transact(calls: readonly Call[]): Promise<Transacted> {
    this.groups.push(calls.map(accountOf));
    return { outcomes: calls.map((call) => this.#outcome(call)), changed: CHANGED };
  }

  async #retry(call: Call, { lockMs }: { lockMs: number }): Promise<Transacted> {
    this.turns.push([accountOf(call), lockMs]);
    if (this.locked.has(accountOf(call)))
      await new Promise<void>((resolve) => this.clock.after(lockMs, resolve));
    return { outcomes: [this.#outcome(call)], changed: [] };
  }

  #outcome(call: Call): Outcome {
    const account = accountOf(call);
    if (!this.locked.has(account)) return done;
    return { ok: false, error: new Error(`${account} is locked`), contended: [`account ${account}`] };
  }

  change(account: number): Promise<string> {
    return this.committer.run('createMailbox', { account });
  }
}

test('a listener that throws fails nothing, and what comes after it is committed and told', async () => {
  const { committer } = new FakeEngine();
  let told = 0;
  committer.onChanged(() => {
    told++;
    throw new Error('a fault of the listener');
  });
  assert.equal(await committer.run('createMailbox', { account: 1 }), 'done');
  assert.equal(await committer.run('createMailbox', { account: 1 }), 'done');
  await settled();
  assert.equal(told, 2);
});

test('what meets a lock waits by itself while the others of its group are done', async () => {
  const engine = new FakeEngine();
  engine.locked.add(7);
  const waiting = engine.change(7);
  const others = [engine.change(1), engine.change(2)];
  assert.deepEqual(await Promise.all(others), ['done', 'done']);
  // What wants the same row does not go into a group any more.
  const same = engine.change(7);
  assert.equal(await engine.change(3), 'done');
  assert.deepEqual(engine.groups, [[7, 1, 2], [3]]);
  engine.locked.delete(7);
  await engine.clock.advance(TURN_MS);
  assert.deepEqual(await Promise.all([waiting, same]), ['done', 'done']);
  assert.deepEqual(engine.groups.at(-1), [7], 'who waited for no other row went on as ever');
});

test('an operation is refused at its deadline, and its last turn is as short as what is left', async () => {
  const engine = new FakeEngine();
  engine.locked.add(7);
  const refused = assert.rejects(engine.change(7), (error: Error) => {
    assert.ok(error instanceof LockWaitTimeoutError);
    assert.match(error.message, /^gave up after 8000 ms: 7 is locked$/);
    return true;
  });
  await settled();
  await engine.clock.advance(DEADLINE_MS);
  await refused;
  const last = DEADLINE_MS % TURN_MS;
  const turns = Math.floor(DEADLINE_MS / TURN_MS);
  assert.deepEqual(engine.turns, [...Array.from({ length: turns }, () => [7, TURN_MS]), [7, last]]);
});

test('who had no turn is refused at its deadline as well, however many stand before it', async () => {
  const engine = new FakeEngine();
  engine.locked.add(7);
  const all = Promise.allSettled(Array.from({ length: 100 }, () => engine.change(7)));
  await settled();
  await engine.clock.advance(DEADLINE_MS);
  assert.ok((await all).every(({ status }) => status === 'rejected'));
  assert.equal(engine.turns.length, Math.ceil(DEADLINE_MS / TURN_MS));
});

test('each of several locked rows has its turns, two at once', async () => {
  const engine = new FakeEngine(2);
  for (const account of [7, 8, 9]) engine.locked.add(account);
  const all = Promise.allSettled([7, 7, 7, 8, 9].map((account) => engine.change(account)));
  await settled();
  assert.deepEqual(
    engine.turns.map(([account]) => account),
    [7, 8],
  );
  await engine.clock.advance(TURN_MS);
  assert.deepEqual(new Set(engine.turns.slice(2).map(([account]) => account)).size, 2);
  assert.ok(engine.turns.some(([account]) => account === 9));
  engine.locked.clear();
  await engine.clock.advance(DEADLINE_MS);
  assert.ok((await all).every(({ status }) => status === 'fulfilled'));
});

test('past five hundred that wait, more are refused at once', async () => {
  const engine = new FakeEngine();
  engine.locked.add(7);
  const first = Promise.allSettled(Array.from({ length: 500 }, () => engine.change(7)));
  await settled();
  await assert.rejects(engine.change(7), StoreBusyError);
  assert.equal(await engine.change(1), 'done');
  await engine.clock.advance(DEADLINE_MS);
  await first;
});

test('when the database goes away in a turn, that one is told so and the next has its turn', async () => {
  const engine = new FakeEngine();
  engine.locked.add(7);
  const away = new Error('away');
  let turns = 0;
  const { clock } = engine;
  const committer = new Committer(engine, {
    maxInFlight: 1,
    lockWaits: {
      ...{ clock, maxInFlight: 1, turnMs: TURN_MS, deadlineMs: DEADLINE_MS },
      async retry() {
        if (++turns === 1) throw away;
        return { outcomes: [done], changed: [] };
      },
    },
  });
  const [first, second] = [
    committer.run('stopAccount', { account: 7 }),
    committer.run('stopAccount', { account: 7 }),
  ];
  await assert.rejects(first, away);
  assert.equal(await second, 'done');
});

test('without a queue for it, what meets a lock is refused with what it met', async () => {
  const engine = new FakeEngine();
  engine.locked.add(7);
  const committer = new Committer(engine, { maxInFlight: 1 });
  await assert.rejects(committer.run('createMailbox', { account: 7 }), /^Error: 7 is locked$/);
});

test('an engine that gives no outcome fails what has none', async () => {
  const transact = async (): Promise<Transacted> => ({ outcomes: [done], changed: [] });
  const committer = new Committer({ transact }, { maxInFlight: 1 });
  const [first, second] = [committer.run('thaw', 1), committer.run('thaw', 2)];
  assert.equal(await first, 'done');
  await assert.rejects(second, /gave no outcome/);
});
