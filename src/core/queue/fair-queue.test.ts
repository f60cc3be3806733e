import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { aWork, message } from '../../../test/fake-path.ts';
import type { ClaimedMessage } from './port.ts';
import { FairQueue } from './fair-queue.ts';
import type { Work } from './work.ts';

function take(queue: FairQueue, count: number): string[] {
  return Array.from({ length: count }, () => queue.take(1)[0]?.delivery.customer ?? '');
}

function fill(queue: FairQueue, customer: string, about: { count: number; sizeBytes?: number }): void {
  for (let n = 0; n < about.count; n++) {
    const of = { ...message(), sizeBytes: about.sizeBytes ?? 1_000 } as ClaimedMessage;
    queue.push(aWork(of, customer));
  }
}

function counted(customers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const customer of customers) counts[customer] = (counts[customer] ?? 0) + 1;
  return counts;
}

test('one account with a hundred thousand waits for nobody but itself', () => {
  const queue = new FairQueue();
  fill(queue, 'big.example/1', { count: 100_000 });
  for (let n = 0; n < 50; n++) fill(queue, `small${n}.example/1`, { count: 10 });
  // All of the small ones are through before the big one has had more than its turns.
  const counts = counted(take(queue, 50 * 10 + 16));
  assert.equal(Object.keys(counts).length, 51);
  assert.ok((counts['big.example/1'] ?? 0) <= 16, `${counts['big.example/1']} of the big one`);
});

test('the accounts of one domain share what it gets', () => {
  const queue = new FairQueue();
  for (let n = 0; n < 30; n++) fill(queue, `many.example/${n}`, { count: 100 });
  fill(queue, 'one.example/1', { count: 1_000 });
  const counts = counted(take(queue, 600).map((customer) => customer.split('/')[0] as string));
  assert.ok(Math.abs((counts['one.example'] ?? 0) - 300) <= 8, JSON.stringify(counts));
});

test('a large message costs as many turns as it is large', () => {
  const queue = new FairQueue();
  fill(queue, 'large.example/1', { count: 100, sizeBytes: 1_048_576 });
  fill(queue, 'small.example/1', { count: 10_000, sizeBytes: 8_192 });
  const counts = counted(take(queue, 1_300));
  assert.ok((counts['large.example/1'] ?? 0) <= 12, JSON.stringify(counts));
  assert.ok((counts['large.example/1'] ?? 0) >= 8, JSON.stringify(counts));
});

test('within an account the oldest is first, and one message goes together', () => {
  const queue = new FairQueue();
  const [one, two] = [message(), message()];
  const works = [aWork(one), aWork(one), aWork(one), aWork(two)];
  for (const work of works) queue.push(work);
  const first = queue.take(2);
  assert.deepEqual(first, works.slice(0, 2));
  assert.deepEqual(queue.takeMore(first[0] as Work, 5), works.slice(2, 3));
  queue.putBack(first);
  assert.deepEqual(queue.drain(), [...first, works[3]]);
  assert.equal(queue.size, 0);
});

test('whatever is put in comes out once', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { next, pick } = chance(seed);
    const queue = new FairQueue();
    const inside = new Set<Work>();
    for (let step = 0; step < 300; step++) {
      const what = pick(['push', 'push', 'take', 'more', 'back']);
      if (what === 'push') {
        const of = { ...message(), sizeBytes: next(300_000) } as ClaimedMessage;
        for (let n = next(4); n >= 0; n--) {
          const work = aWork(of, `${pick(['a', 'b', 'c'])}.example/${next(3)}`);
          queue.push(work);
          inside.add(work);
        }
      } else {
        const works = queue.take(1 + next(3));
        const more = what === 'more' && works[0] !== undefined ? queue.takeMore(works[0], 2) : [];
        for (const work of [...works, ...more]) assert.ok(inside.delete(work), `seed ${seed}`);
        if (what === 'back' && works.length > 0) {
          queue.putBack(works);
          for (const work of works) inside.add(work);
        }
      }
      assert.equal(queue.size, inside.size, `seed ${seed}`);
    }
    assert.deepEqual(new Set(queue.drain()), inside, `seed ${seed}`);
  }
});

test('an older one that comes back is before the younger ones of its account', () => {
  const queue = new FairQueue();
  const works = [1, 2, 3].map((dueAt) => {
    const work = aWork();
    return { ...work, delivery: { ...work.delivery, dueAt } };
  });
  const [first, second, third] = works as [Work, Work, Work];
  queue.push(first);
  queue.push(third);
  queue.push(second);
  assert.deepEqual(
    [1, 2, 3].map(() => queue.take(1)[0]),
    works,
  );
});

test('whose turn it is outlives an empty queue: nobody is first each time', () => {
  const queue = new FairQueue();
  const served: string[] = [];
  // A path that takes few before it rests: everything goes back, and comes again with the oldest first.
  for (let round = 0; round < 20; round++) {
    fill(queue, 'oldest.example/1', { count: 100 });
    for (const customer of ['a.example/1', 'a.example/2', 'b.example/1'])
      fill(queue, customer, { count: 100 });
    served.push(...take(queue, 8));
    queue.drain();
  }
  const counts = counted(served);
  assert.ok((counts['oldest.example/1'] ?? 0) <= 64, JSON.stringify(counts));
  assert.ok((counts['a.example/2'] ?? 0) >= 16, JSON.stringify(counts));
});

test('who comes back with one message at a time does not pass the others', () => {
  const queue = new FairQueue();
  fill(queue, 'often.example/1', { count: 1 });
  queue.drain();
  fill(queue, 'waits.example/1', { count: 1 });
  const served = Array.from({ length: 4 }, () => {
    fill(queue, 'often.example/1', { count: 1 });
    return take(queue, 1)[0];
  });
  assert.ok(served.indexOf('waits.example/1') <= 1, served.join(' '));
});

test('what is put back untried is next, as soon as the turn that has begun is over', () => {
  const queue = new FairQueue();
  fill(queue, 'a.example/1', { count: 1 });
  const untried = queue.take(1);
  for (const customer of ['b.example/1', 'c.example/1', 'd.example/1']) fill(queue, customer, { count: 50 });
  const begun = take(queue, 1);
  queue.putBack(untried);
  const order = take(queue, 20);
  assert.deepEqual(begun, ['b.example/1']);
  assert.ok(order.indexOf('a.example/1') <= 8, order.join(' '));
  assert.ok(order.indexOf('a.example/1') < order.indexOf('c.example/1'));
});

test('what is sent on goes in a transaction of its own', () => {
  const queue = new FairQueue();
  const of = { ...message(), sizeBytes: 1_000 } as ClaimedMessage;
  const via = (name: string): Work => {
    const work = aWork(of, 'one.example/1');
    const recipient = { ...work.delivery.recipient, forward: { via: name } };
    return { ...work, delivery: { ...work.delivery, recipient } };
  };
  for (const work of [
    aWork(of, 'one.example/1'),
    via('a@one.example'),
    via('a@one.example'),
    via('b@one.example'),
  ])
    queue.push(work);
  const batches = Array.from({ length: 4 }, () =>
    queue.take(10).map(({ delivery }) => delivery.recipient.forward?.via),
  );
  assert.deepEqual(batches, [[undefined], ['a@one.example', 'a@one.example'], ['b@one.example'], []]);
});
