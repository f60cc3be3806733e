import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SqlStore } from '../store/store.ts';
import type { CommandError } from './command.ts';
import { leavingRoom } from './disk-room.ts';

test('nothing is brought in once the disk has only what is kept free, and the rest of the store goes on', async () => {
  let freeBytes = 200_000_000;
  const came: unknown[] = [];
  const store = {
    space: async () => ({ freeBytes, totalBytes: 8_000_000_000, freeFiles: 1, files: 1 }),
    stage: async (piece: unknown) => void came.push(piece),
    dropStage: async () => void came.push('dropped'),
  } as unknown as SqlStore;
  const budget = { diskFreeBytes: 100_000_000 } as Parameters<typeof leavingRoom>[1]['budget'];
  const careful = leavingRoom(store, { budget, data: '/data' });
  await careful.stage(1 as never);
  freeBytes = 99_000_000;
  await assert.rejects(careful.stage(2 as never), (error: CommandError) => {
    assert.equal(error.exitCode, 75);
    assert.match(
      error.message,
      /\/data has 99 MB free, and 100 MB are kept .*make room, then run this again/,
    );
    return true;
  });
  await careful.dropStage(3 as never);
  assert.deepEqual(came, [1, 'dropped']);
});
