import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breadth, groupOf } from './breadth.ts';

function breadth() {
  const clock = { now: 1_000_000 };
  const seen = new Breadth(() => clock.now);
  return {
    seen,
    later: (ms: number) => {
      clock.now += ms;
    },
    fail: (...groups: string[]) => {
      for (const group of groups) seen.failed(group, 'connect');
    },
  };
}

test('three unrelated far ends that fail while nobody succeeds are our own fault', () => {
  const { seen, later, fail } = breadth();
  seen.succeeded('gmail', 'connect');
  later(1_000);
  fail('gmail', 'yahoo');
  assert.equal(seen.ownFault([]), undefined);
  fail('orange.fr');
  assert.deepEqual(seen.ownFault([]), {
    kind: 'connect',
    groups: ['gmail', 'orange.fr', 'yahoo'],
    since: 1_001_000,
  });
});

test('one success anywhere shows that the network works', () => {
  const { seen, later, fail } = breadth();
  fail('gmail', 'yahoo', 'orange.fr', 'free.fr');
  later(1);
  seen.succeeded('laposte.net', 'connect');
  assert.equal(seen.ownFault([]), undefined);
});

test('hosts that were dead while others worked never count, however often they are tried', () => {
  const { seen, later, fail } = breadth();
  fail('dead.example', 'gone.example', 'old.example');
  later(1_000);
  seen.succeeded('gmail', 'connect');
  later(60_000);
  fail('dead.example', 'gone.example', 'old.example');
  assert.equal(seen.ownFault([]), undefined);
  fail('gmail', 'yahoo');
  assert.equal(seen.ownFault([]), undefined, 'two are not three');
});

test('failures far apart, or of different kinds, do not add up', () => {
  const { seen, later, fail } = breadth();
  fail('gmail');
  later(4 * 60_000);
  fail('yahoo', 'orange.fr');
  assert.equal(seen.ownFault([]), undefined);
  seen.failed('free.fr', 'dns');
  assert.equal(seen.ownFault([]), undefined);
});

test('names: a resolver that answers nobody is ours; an answer about anything shows that it works', () => {
  const { seen, later } = breadth();
  for (const domain of ['a.example', 'b.example', 'c.example']) seen.failed(domain, 'dns');
  assert.equal(seen.ownFault([])?.kind, 'dns');
  later(1);
  seen.succeeded('d.example', 'dns');
  assert.equal(seen.ownFault([]), undefined);
});

test('what the workers of a node have seen counts together', () => {
  const [one, two] = [breadth(), breadth()];
  one.fail('gmail', 'yahoo');
  two.fail('orange.fr');
  assert.equal(one.seen.ownFault([two.seen.health()])?.groups.length, 3);
  two.later(1);
  two.seen.succeeded('free.fr', 'connect');
  assert.equal(one.seen.ownFault([two.seen.health()]), undefined);
});

test('what was tried before somebody answered, or before it was judged, says nothing about the time after', () => {
  const { seen, later } = breadth();
  const begunAt = seen.health().okAt.connect;
  seen.succeeded('free.fr', 'connect');
  const okAt = seen.health().okAt.connect;
  later(20_000);
  for (const group of ['gmail', 'yahoo', 'orange.fr']) seen.failed(group, 'connect', okAt - 1);
  assert.equal(seen.ownFault([]), undefined);
  seen.forgetBefore(okAt + 10_000);
  for (const group of ['gmail', 'yahoo', 'orange.fr']) seen.failed(group, 'connect', okAt + 9_999);
  assert.equal(seen.ownFault([]), undefined);
  for (const group of ['gmail', 'yahoo', 'orange.fr']) seen.failed(group, 'connect', okAt + 10_001);
  assert.equal(seen.ownFault([])?.groups.length, 3);
  assert.equal(begunAt, 0);
});

test('its memory is bounded', () => {
  const { seen } = breadth();
  for (let n = 0; n < 20_000; n++) seen.failed(`d${n}.example`, 'connect');
  assert.ok(seen.health().failing.length <= 20);
});

test('who runs a site', () => {
  assert.equal(groupOf('mx1.far.example,mx2.far.example'), 'far.example');
  assert.equal(groupOf('mx1.far.example+0123456789abcdef'), 'far.example');
  assert.equal(groupOf('alt1.aspmx.l.google.com', 'google'), 'google');
  assert.equal(groupOf('192.0.2.7'), '192.0.2');
  assert.equal(groupOf('127.0.0.1:2626'), '127.0.0.1:2626');
});

test('a clock that is set back does not hide our own fault until it has caught up', () => {
  const { seen, later, fail } = breadth();
  seen.succeeded('gmail', 'connect');
  later(-600_000);
  fail('gmail', 'yahoo', 'orange.fr');
  assert.equal(seen.ownFault([])?.kind, 'connect');
});

test('a clock that is set back makes nothing of hosts that were dead while others worked', () => {
  const { seen, later, fail } = breadth();
  fail('dead.example', 'gone.example', 'old.example');
  later(1_000);
  seen.succeeded('gmail', 'connect');
  later(-600_000);
  assert.equal(seen.ownFault([]), undefined);
  seen.succeeded('gmail', 'connect');
  assert.equal(seen.ownFault([]), undefined);
});

test('a judgement of a time that has not come yet, before the clock was set back, counts for nothing', () => {
  const { seen, later, fail } = breadth();
  const judgedAt = 1_000_000;
  later(-600_000);
  fail('gmail', 'yahoo', 'orange.fr');
  seen.forgetBefore(judgedAt);
  assert.equal(seen.ownFault([])?.kind, 'connect');
});
