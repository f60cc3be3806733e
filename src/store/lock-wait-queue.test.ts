import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LockWait, LockWaitQueue } from './lock-wait-queue.ts';
import type { RowName } from './sql/sql.ts';

const A = 'INBOX of account 1';
const B = 'INBOX of account 2';

const error = new Error('locked');

function wait(one: string, ...rows: RowName[]): LockWait<string> {
  return { one, rows, error, deadline: 100 };
}

function queueOf(...waits: LockWait<string>[]): LockWaitQueue<string> {
  const queue = new LockWaitQueue<string>();
  for (const one of waits) queue.add(one);
  return queue;
}

const begun = (queue: LockWaitQueue<string>): LockWait<string> => {
  const next = queue.begin();
  assert.ok(next, 'none may begin');
  return next;
};

test('of those that want one row, one has a turn at a time; who wants another row has one beside it', () => {
  const queue = queueOf(wait('a1', A), wait('a2', A), wait('ab', A, B), wait('b', B));
  assert.deepEqual([begun(queue).one, begun(queue).one, queue.begin()], ['a1', 'b', undefined]);
  assert.equal(queue.running, 2);
});

test('who acquired its rows takes those along that wait for no others', () => {
  const queue = queueOf(wait('a1', A), wait('a2', A), wait('ab', A, B), wait('unknown'));
  const gone = queue.acquired(begun(queue));
  assert.deepEqual(
    gone.map(({ one }) => one),
    ['a2'],
  );
  assert.deepEqual(queue.contended([A, B])?.rows, [A, B]);
  assert.deepEqual(queue.acquired(begun(queue)), []);
  assert.equal(queue.contended([A, B]), undefined);
});

test('after a turn in vain those that want other rows go first', () => {
  const queue = queueOf(wait('a1', A), wait('a2', A), wait('b', B));
  const met = new Error('still locked');
  queue.requeue(begun(queue), { rows: [A], error: met });
  const order = [begun(queue), begun(queue)];
  assert.deepEqual(
    order.map(({ one }) => one),
    ['b', 'a2'],
  );
  for (const one of order) queue.ended(one);
  assert.deepEqual(begun(queue), { ...wait('a1', A), error: met });
});

test('a row that is met in a turn is waited for from then on, beside those that were known', () => {
  const queue = queueOf(wait('ab', A));
  queue.requeue(begun(queue), { rows: [B], error });
  assert.deepEqual(queue.contended([B])?.rows, [B]);
  assert.deepEqual(begun(queue).rows, [A, B]);
});

test('at the deadline those without a turn are taken out, and their rows are forgotten with them', () => {
  const queue = queueOf({ ...wait('a1', A), deadline: 50 }, wait('a2', A), { ...wait('b', B), deadline: 60 });
  begun(queue);
  assert.equal(queue.nextDeadline, 60);
  assert.deepEqual(queue.expire(59), []);
  assert.deepEqual(
    queue.expire(60).map(({ one }) => one),
    ['b'],
  );
  assert.deepEqual(queue.contended([A, B])?.rows, [A]);
  assert.equal(queue.nextDeadline, 100);
});

test('it is full with five hundred, those that have their turn among them', () => {
  const queue = queueOf(...Array.from({ length: 499 }, (_, index) => wait(`${index}`, A)));
  begun(queue);
  assert.equal(queue.isFull, false);
  queue.add(wait('last', B));
  assert.equal(queue.isFull, true);
});
