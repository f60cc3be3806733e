import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryId, MessageId, PathKey } from '../envelope.ts';
import type { Scope } from '../queue/freeze.ts';
import type { TracedMessage, TraceEvent } from './port.ts';
import { withStops } from './stops.ts';

const SCOPE = 'provider:yahoo>a' as Scope;
const ID = 2 as DeliveryId;

function message(events: readonly TraceEvent[]): TracedMessage {
  return {
    message: 1 as MessageId,
    acceptedAt: 1_000,
    expiresAt: 1e9,
    sender: 'ana@here.example',
    sizeBytes: 10,
    origin: { kind: 'submission' },
    deliveries: [
      {
        id: ID,
        recipient: 'bob@yahoo.com',
        state: 'ready',
        attempts: 1,
        dueAt: 0,
        lane: 1,
        path: 'mta5.am0.yahoodns.net>a' as PathKey,
        customer: 'here.example/7',
      },
    ],
    events,
  };
}

function refused(at: number, afterMs: number): TraceEvent {
  const reply = { stage: 'mail', code: 421, text: '[TSS04] deferred', afterMs } as const;
  return { at, kind: 'deferred', delivery: ID, detail: { reply } };
}

test('what a try under way was told comes before the standing still that it led to', () => {
  const past = { thawed: [], stoppages: [{ scope: SCOPE, from: 5_000, to: 9_000, blame: 'local' as const }] };
  const kinds = (events: readonly TraceEvent[]): string[] =>
    withStops(message(events), past, () => [SCOPE]).events.map(({ kind }) => kind);
  assert.deepEqual(kinds([refused(5_003, 200)]), ['deferred', 'stood-still']);
  // One that began later is a canary's.
  assert.deepEqual(kinds([refused(7_000, 200)]), ['stood-still', 'deferred']);
  assert.deepEqual(kinds([refused(4_000, 200)]), ['deferred', 'stood-still']);
});
