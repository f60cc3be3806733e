import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rests } from './rests.ts';

test('each failure in a row rests twice as long, and the third is one too many', () => {
  const rests = new Rests();
  assert.equal(rests.failed(1_000), 5_000);
  assert.equal(rests.leftMs(2_000), 4_000);
  assert.equal(rests.leftMs(6_000), 0);
  assert.equal(rests.failed(6_000), 10_000);
  assert.equal(rests.failed(16_000), 'freeze');
  assert.ok(rests.inTrouble);
});

test('a success between them begins anew, and so does a thaw', () => {
  const rests = new Rests();
  rests.failed(0);
  rests.good();
  assert.equal(rests.inTrouble, false);
  assert.equal(rests.failed(0), 5_000);
  rests.failed(5_000);
  rests.reset();
  assert.equal(rests.leftMs(5_000), 0);
  assert.equal(rests.failed(5_000), 5_000);
});

test('three dialogues cut in a row are about the path, unless one went well between', () => {
  const rests = new Rests();
  assert.deepEqual([rests.cut(), rests.cut(), rests.cut()], [false, false, true]);
  rests.good();
  assert.equal(rests.cut(), false);
});

test('a rest that is ended still counts as a failure', () => {
  const rests = new Rests();
  rests.failed(0);
  rests.end();
  assert.equal(rests.leftMs(0), 0);
  assert.equal(rests.failed(5_000), 10_000);
});

test('rests that are ended one after the other are one failure', () => {
  const rests = new Rests();
  for (const now of [0, 1_000, 2_000, 3_000, 4_000]) {
    assert.equal(rests.failed(now), 5_000);
    rests.end();
  }
  assert.equal(rests.failed(5_000), 10_000);
});

test('a far end that is full is asked again later and later, until a connection is open', () => {
  const rests = new Rests();
  assert.deepEqual([rests.full(0), rests.mayAsk(9_999), rests.mayAsk(10_000)], [10_000, false, true]);
  assert.deepEqual([rests.full(10_000), rests.moment(30_000), rests.mayAsk(30_200)], [20_000, 200, true]);
  for (let time = 0; time < 10; time++) rests.full(40_000);
  assert.equal(rests.full(40_000), 160_000);
  rests.end();
  assert.equal(rests.mayAsk(40_001), true, 'somebody has reason to think that it works');
  rests.open();
  assert.equal(rests.full(300_000), 10_000);
  rests.reset();
  assert.deepEqual([rests.mayAsk(300_001), rests.full(300_001)], [true, 10_000]);
});
