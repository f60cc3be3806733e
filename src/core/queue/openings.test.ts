import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { Openings } from './openings.ts';

function some() {
  const clock = new VirtualClock();
  let looked = 0;
  const openings: Openings<string> = new Openings({
    monotonic: () => clock.monotonic(),
    after: (ms, run) => clock.after(ms, run),
    late: () => {
      looked++;
      openings.look();
    },
  });
  const begin = (what: string, { isAlone } = { isAlone: true }) => {
    const opening = openings.begin(what, { isAlone });
    openings.asks(opening);
    return opening;
  };
  return { openings, begin, wait: (ms: number) => clock.advance(ms), looked: () => looked };
}

test('one that is asked for ten seconds is late: another is begun for what it is for, and it takes no place', async () => {
  const { openings, begin, wait } = some();
  begin('a');
  openings.begin('route', { isAlone: true });
  await wait(9_999);
  assert.deepEqual([openings.awaited, openings.asked, openings.hasLate], [2, 1, false]);
  await wait(1);
  assert.deepEqual([openings.awaited, openings.asked, openings.late], [1, 0, 1]);
  const instead = openings.replaceLate({ isAlone: true });
  assert.equal(instead?.taken, 'a');
  assert.equal(openings.replaceLate({ isAlone: true }), undefined);
  await wait(100_000);
  assert.equal(openings.late, 1, 'whose route is looked for is not late: nobody else may have it');
});

test('what was passed on to another has waited as long, and goes over the first that is open', async () => {
  const { openings, begin, wait } = some();
  const first = begin('a');
  await wait(10_000);
  const instead = openings.replaceLate({ isAlone: true });
  assert.ok(instead !== undefined);
  openings.asks(instead);
  await wait(2_000);
  openings.end(first, { open: true });
  assert.equal(openings.takeOverdue(), 'a');
});

test('only what waits longer goes before what one was opened for', async () => {
  const { openings, begin, wait } = some();
  const older = begin('older');
  await wait(5_000);
  begin('younger');
  await wait(15_000);
  openings.end(older, { open: true });
  assert.deepEqual([openings.hasOverdue, openings.isPassed(older)], [true, false]);
  assert.equal(openings.isPassed(begin('last')), true);
});

test('where nobody is answered one more is begun ever more seldom, until one is open', async () => {
  const { openings, begin, wait } = some();
  const first = begin('a');
  await wait(10_000);
  begin('b');
  await wait(19_999);
  assert.equal(openings.late, 1);
  await wait(1);
  assert.equal(openings.late, 2);
  begin('c');
  await wait(30_000);
  openings.end(first, { open: true });
  assert.equal(openings.late, 1, 'it took a minute: others may take two');
  for (let soon = 0; soon < 100; soon++) openings.end(begin('soon'), { open: true });
  openings.look();
  assert.equal(openings.late, 2);
  begin('d', { isAlone: false });
  await wait(10_000);
  assert.equal(openings.late, 3, 'beside one that is open it is as soon as ever');
});

test('all but the oldest may be abandoned for their places after a minute, one at a time, and give what they are for', async () => {
  const { openings, begin, wait } = some();
  const all = ['a', 'b', 'c'].map((what) => begin(what));
  const aborted = (): boolean[] => all.map(({ abandon }) => abandon.signal.aborted);
  await wait(10_000);
  assert.equal(openings.abandon(), undefined, 'a tarpit may take as long');
  await wait(50_000);
  assert.equal(openings.abandon(), 'b');
  assert.deepEqual(aborted(), [false, true, false]);
  assert.equal(openings.abandon(), undefined, 'its place is not free yet');
  openings.end(all[1] as (typeof all)[number], { open: false });
  assert.equal(openings.abandon(), 'c');
  openings.end(all[2] as (typeof all)[number], { open: false });
  assert.equal(openings.abandon(), undefined);
});

test('one that others overtook is abandoned as soon as it is late, the oldest as well', async () => {
  const { openings, begin, wait } = some();
  const hung = begin('hung');
  await wait(5);
  const other = begin('other');
  await wait(5);
  openings.end(other, { open: true });
  await wait(9_989);
  assert.equal(openings.abandon(), undefined);
  await wait(1);
  assert.equal(openings.abandon(), 'hung');
  assert.equal(hung.abandon.signal.aborted, true);
});

test('what waits for a far end that always takes its time may go over one that is open as soon as ever', async () => {
  const { openings, begin, wait } = some();
  const slow = begin('slow');
  await wait(9_000);
  openings.end(slow, { open: true });
  begin('a');
  await wait(10_000);
  assert.deepEqual([openings.hasLate, openings.hasOverdue], [false, true]);
  assert.deepEqual([openings.takeOverdue(), openings.hasOverdue], ['a', false]);
  await wait(8_000);
  assert.equal(openings.late, 1);
});

test('refusals of one round count once', async () => {
  const { openings, begin } = some();
  const [one, other] = [begin('a'), begin('b')];
  assert.deepEqual([openings.refused(one), openings.refused(other)], [true, false]);
  assert.equal(openings.refused(begin('c')), true);
});

test('what is given up is given once, and what is not asked for yet is left alone', async () => {
  const { openings, begin, wait } = some();
  const late = begin('late');
  await wait(10_000);
  begin('asked');
  openings.begin('route', { isAlone: true });
  assert.deepEqual(openings.giveUp(), ['late', 'asked']);
  assert.deepEqual(openings.giveUp(), []);
  assert.equal(late.abandon.signal.aborted, true);
});
