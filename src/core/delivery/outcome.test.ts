import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../../base/random.ts';
import type { DeliveryId, MessageId, PathKey, RemoteReply, Stage, WorkerId } from '../envelope.ts';
import type { ClaimedDelivery, Settlement } from '../queue/port.ts';
import { settlementOf } from './outcome.ts';

const MINUTE_MS = 60_000;
const PORTS = {
  notices: { compose: async () => undefined },
  random: { float: () => 0.5, bytes: () => new Uint8Array() } satisfies Random,
  options: { lanesMs: [MINUTE_MS] },
  expiryOf: (one: ClaimedDelivery) => one.expiresAt,
};

function delivery(attempts: number): ClaimedDelivery {
  return {
    id: 1 as DeliveryId,
    path: 'far.example>default' as PathKey,
    recipient: { address: 'someone@far.example' },
    customer: 'here.example/-',
    was: 'ready',
    dueAt: 0,
    attempts,
    lane: 0,
    expiresAt: 1e9,
    delayTold: false,
    message: {
      id: 2 as MessageId,
      envelope: { reversePath: 'a@here.example', bodyType: '7BIT', smtpUtf8: false, requireTls: false },
      prefix: Buffer.alloc(0),
      hash: Buffer.alloc(32),
      sizeBytes: 100,
      acceptedAt: 0,
      language: 'en',
    },
  };
}

function afterBreak(stage: Stage, attempts: number): Promise<Settlement> {
  const reply: RemoteReply = { stage, text: 'connection lost', afterMs: 3 };
  return settlementOf(
    {
      delivery: delivery(attempts),
      worker: 1 as WorkerId,
      verdict: { kind: 'path-trouble', blame: 'path' },
      reply,
      at: 1000,
      tried: true,
      dsnOffered: false,
    },
    PORTS,
  );
}

test('a dialogue that breaks costs the delivery nothing', async () => {
  for (const stage of ['connect', 'banner', 'mail', 'rcpt', 'data', 'end-of-data'] as const) {
    assert.deepEqual((await afterBreak(stage, 0)).next, { state: 'ready' }, stage);
  }
  assert.equal(
    (await afterBreak('connect', 0)).attempted,
    false,
    'it did not come to an attempt at this one',
  );
  assert.equal((await afterBreak('data', 0)).attempted, true);
});

test('a dialogue that breaks again over one message puts it into a slower lane, so that others go first', async () => {
  for (const stage of ['mail', 'rcpt', 'data', 'end-of-data'] as const) {
    assert.deepEqual((await afterBreak(stage, 1)).next, { state: 'waiting', lane: 1, dueAt: 61_000 }, stage);
  }
  assert.deepEqual((await afterBreak('connect', 1)).next, { state: 'ready' });
});
