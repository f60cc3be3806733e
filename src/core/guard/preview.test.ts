import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId, WorkerId } from '../envelope.ts';
import { writeEvent } from './event.ts';
import type { HoldGroup, LogEntry } from './port.ts';
import { preview } from './preview.ts';

const ANN = 'ann@here.example';

/** Forty letters to strangers, a minute apart; none was in a group when it came. */
function lines(): LogEntry[] {
  return Array.from({ length: 40 }, (_, index) => {
    const at = 1_000_000_000_000 + index * 60_000;
    const event = { at, account: ANN, to: [`victim${index}@far.example`], fingerprint: `text ${index}` };
    return {
      ...{ id: index + 1, at, worker: 1 as WorkerId, account: ANN, kind: 'pool' as const },
      message: (index + 1) as MessageId,
      data: JSON.stringify(writeEvent(event)),
    };
  });
}

test('what passed and was taken out of the queue later is what was decided about it', async () => {
  const group = { id: 5, state: 'dropped' } as HoldGroup;
  const { moved } = await preview(
    {
      tailGuard: async ({ after }) => ({ lines: after === 0 ? lines() : [], own: [], more: false }),
      endOfGuardLog: async () => 40,
      holdGroup: async (id) => (id === group.id ? group : undefined),
      groupOfMessage: async (message) => (message % 2 === 0 ? group.id : undefined),
    },
    { relaxations: [{ scope: { kind: 'account', account: ANN }, factor: 2 }], since: 0 },
  );
  assert.ok(moved.length > 1);
  assert.deepEqual(new Set(moved.map(({ fate }) => fate)), new Set(['spam', 'left']));
});
