import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { PathKey, RemoteReply } from '../envelope.ts';
import { Drains } from './drains.ts';

const REFUSED: RemoteReply = { stage: 'connect', text: 'connection refused', afterMs: 1 };

test('a backlog whose tries fail is told by what fails, and drains when something went well', async () => {
  const clock = new VirtualClock();
  const drains = new Drains({ countBacklog: async () => 9 }, clock);
  const path = 'mx.far.example>default' as PathKey;
  const runner = { path, delivered: 0, level: 1, draining: true, failing: undefined };
  const failing = { at: clock.now(), nextAt: clock.now() + 5000, reply: REFUSED };
  assert.equal((await drains.paceOf(runner))?.drain?.left, 9);
  assert.deepEqual(await drains.paceOf({ ...runner, failing }), { level: 1, failing });
  assert.equal((await drains.paceOf(runner))?.failing, undefined);
  assert.deepEqual(await drains.paceOf({ ...runner, draining: false, failing }), { level: 1, failing });
  assert.deepEqual(await drains.paceOf({ ...runner, draining: false }), { level: 1 });
  assert.equal(await drains.paceOf({ ...runner, draining: false }), undefined, 'nothing changed');
});
