import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Openings } from './openings.ts';

function some() {
  let now = 0;
  const openings = new Openings<string>(() => now);
  const begin = (what: string, { isAlone } = { isAlone: true }) => {
    const opening = openings.begin(what, { isAlone });
    opening.askedAt = now;
    return opening;
  };
  const wait = (ms: number): void => {
    now += ms;
    openings.look();
  };
  return { openings, begin, wait };
}

test('one that is asked for ten seconds is late: what it is for is taken over, and it takes no place', () => {
  const { openings, begin, wait } = some();
  begin('a');
  openings.begin('route', { isAlone: true });
  wait(9_999);
  assert.deepEqual([openings.awaited, openings.nextLateMs, openings.hasLate], [2, 1, false]);
  wait(1);
  assert.deepEqual([openings.awaited, openings.late], [1, 1]);
  assert.equal(openings.nextLateMs, 50_000, 'then it may be abandoned');
  assert.deepEqual([openings.takeLate(), openings.takeLate()], ['a', undefined]);
  wait(100_000);
  assert.equal(openings.late, 1, 'whose route is looked for is not late: nobody else may have it');
});

test('where nobody is answered one more is begun ever more seldom, until one is open', () => {
  const { openings, begin, wait } = some();
  const first = begin('a');
  wait(10_000);
  begin('b');
  wait(19_999);
  assert.equal(openings.late, 1);
  wait(1);
  assert.equal(openings.late, 2);
  begin('c');
  wait(30_000);
  openings.end(first, { open: true });
  assert.equal(openings.late, 1, 'it took a minute: others may take two');
  for (let soon = 0; soon < 100; soon++) openings.end(begin('soon'), { open: true });
  wait(0);
  assert.equal(openings.late, 2);
  begin('d', { isAlone: false });
  assert.equal(openings.nextLateMs, 10_000, 'beside one that is open it is as soon as ever');
});

test('the oldest is abandoned for its place after a minute, one at a time, and gives what it is still for', () => {
  const { openings, begin, wait } = some();
  const all = ['a', 'b'].map((what) => begin(what));
  wait(10_000);
  assert.equal(openings.nextLateMs, 50_000);
  assert.equal(openings.abandon(), undefined, 'a tarpit may take as long');
  wait(50_000);
  assert.equal(openings.takeLate(), 'a');
  assert.equal(openings.abandon(), undefined, 'another has what it was for');
  assert.deepEqual(
    all.map(({ abandon }) => abandon.signal.aborted),
    [true, false],
  );
  assert.equal(openings.abandon(), undefined, 'its place is not free yet');
  openings.end(all[0] as (typeof all)[number], { open: false });
  assert.equal(openings.abandon(), 'b');
});

test('what waits for a far end that always takes its time may go over one that is open as soon as ever', () => {
  const { openings, begin, wait } = some();
  const slow = begin('slow');
  wait(9_000);
  openings.end(slow, { open: true });
  begin('a');
  wait(10_000);
  assert.deepEqual([openings.hasLate, openings.hasOverdue], [false, true]);
  assert.deepEqual([openings.takeOverdue(), openings.hasOverdue], ['a', false]);
  wait(8_000);
  assert.equal(openings.late, 1);
});

test('refusals of one round count once', () => {
  const { openings, begin } = some();
  const [one, other] = [begin('a'), begin('b')];
  assert.deepEqual([openings.refused(one), openings.refused(other)], [true, false]);
  assert.equal(openings.refused(begin('c')), true);
});

test('what is given up is given once, and what is not asked for yet is left alone', () => {
  const { openings, begin, wait } = some();
  const late = begin('late');
  wait(10_000);
  begin('asked');
  openings.begin('route', { isAlone: true });
  assert.deepEqual(openings.giveUp(), ['late', 'asked']);
  assert.deepEqual(openings.giveUp(), []);
  assert.equal(late.abandon.signal.aborted, true);
});
