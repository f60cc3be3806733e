import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryId, MessageId, PathKey, RemoteReply } from '../envelope.ts';
import { groupedEvents, groupedVerdicts } from './grouping.ts';
import type { TracedMessage, TraceEvent } from './port.ts';
import type { Telling } from './sentences.ts';

const NOW = 1_520_841_600_000;
const OK: RemoteReply = {
  stage: 'end-of-data',
  code: 250,
  text: 'Ok',
  remote: 'mx1.far.example [192.0.2.9]:25',
  afterMs: 12,
};
const FULL: RemoteReply = { ...OK, stage: 'rcpt', code: 452, text: 'full' };

function telling(language: 'en' | 'fr' = 'en'): Telling {
  return {
    language,
    reader: 'operator',
    now: NOW,
    frozen: new Map(),
    time: (ms) => new Date(ms).toISOString().slice(11, 19),
  };
}

/** To so many; delivered, but for those that wait. */
function message(count: number, waits: (index: number) => boolean = () => false): TracedMessage {
  const ids = Array.from({ length: count }, (_, index) => index);
  const deliveries = ids.map((index) => ({
    id: (index + 2) as DeliveryId,
    recipient: `r${index}@far.example`,
    state: waits(index) ? ('waiting' as const) : ('delivered' as const),
    attempts: 1,
    dueAt: NOW + 60_000 + index * 1000,
    lane: 1,
    path: 'mx.far.example>a' as PathKey,
    customer: 'here.example/7',
  }));
  const events = ids.map((index): TraceEvent => {
    const about = { at: NOW + 1000 + index, delivery: (index + 2) as DeliveryId };
    return waits(index)
      ? { ...about, kind: 'deferred', detail: { reply: FULL, blame: 'recipient', dueAt: NOW + 60_000 } }
      : { ...about, kind: 'delivered', detail: { reply: OK } };
  });
  return {
    message: 1 as MessageId,
    acceptedAt: NOW,
    expiresAt: NOW + 3_600_000,
    sender: 'ana@here.example',
    sizeBytes: 10,
    origin: { kind: 'submission', client: '192.0.2.7', login: 'ana@here.example' },
    deliveries,
    events: [{ at: NOW, kind: 'accepted', detail: {} }, ...events],
  };
}

const sentences = (all: readonly { sentence: string }[]): string[] => all.map(({ sentence }) => sentence);

test('who met the same is told in one sentence, with how many and the first of them', () => {
  const whole = message(150);
  const many =
    '150 recipients (r0@far.example, r1@far.example, r2@far.example, r3@far.example, r4@far.example and 145 more)';
  assert.deepEqual(sentences(groupedVerdicts(whole, telling())), [
    `Delivered to ${many}: mx1.far.example accepted it at 08:00:01. We cannot see further: if it is not found there, look in Junk.`,
  ]);
  assert.deepEqual(sentences(groupedEvents(whole, telling())), [
    'Submitted by ana@here.example from [192.0.2.7], for 150.',
    `mx1.far.example accepted it for ${many}.`,
  ]);
  assert.match(
    groupedVerdicts(message(2), telling('fr'))[0]?.sentence ?? '',
    /^Remis à 2 destinataires \(r0@far\.example, r1@far\.example\)\u00a0:/,
  );
});

test('who met something else is told apart, with moments from the first to the last', () => {
  const whole = message(10, (index) => index >= 7);
  const told = groupedVerdicts(whole, telling());
  assert.deepEqual(
    told.map(({ kind, recipient }) => [kind, recipient]),
    [
      ['accepted-remote', 'r0@far.example'],
      ['retrying-recipient', 'r7@far.example'],
    ],
  );
  assert.equal(
    told[1]?.sentence,
    'Not delivered to 3 recipients (r7@far.example, r8@far.example, r9@far.example) yet: mx1.far.example asked us to come back later. Next try 08:01:07, the last at 08:01:09; we keep trying until 09:00:00.',
  );
  const other = { ...FULL, text: 'over quota' };
  const events = whole.events.map((event) =>
    event.delivery === 11 ? { ...event, detail: { ...event.detail, reply: other } } : event,
  );
  assert.equal(groupedVerdicts({ ...whole, events }, telling()).length, 3, 'other words');
});

test('what was accepted from one moment to another is told by both', () => {
  const whole = message(2);
  const events = whole.events.map((event) => (event.delivery === 3 ? { ...event, at: NOW + 9000 } : event));
  const [english, french] = (['en', 'fr'] as const).map(
    (language) => groupedVerdicts({ ...whole, events }, telling(language))[0]?.sentence ?? '',
  );
  assert.match(english ?? '', /accepted it at 08:00:01, the last at 08:00:09\. We cannot/);
  assert.match(french ?? '', /accepté le 08:00:01, le dernier le 08:00:09\. Nous/);
});

test('each try of a recipient is told for itself, and so is what happened much later', () => {
  const whole = message(2, () => true);
  const second = whole.events.slice(1).map((event) => ({ ...event, at: event.at + 10_000 }));
  const late = { ...second[0], at: NOW + 600_000 } as TraceEvent;
  const told = groupedEvents({ ...whole, events: [...whole.events, ...second, late] }, telling());
  assert.deepEqual(
    told.map(({ at, sentence }) => [at - NOW, / for (\S+)/.exec(sentence)?.[1]]),
    [
      [0, '2.'],
      [1000, '2'],
      [11_000, '2'],
      [600_000, 'r0@far.example'],
    ],
  );
});

test('one recipient is told as ever', () => {
  const whole = message(1);
  assert.deepEqual(sentences(groupedEvents(whole, telling())), [
    'Submitted by ana@here.example from [192.0.2.7], for r0@far.example.',
    'mx1.far.example accepted it for r0@far.example.',
  ]);
});

test('who was put off before it was accepted is told so, and accepted by itself, however soon', () => {
  const { events, ...rest } = message(2);
  const [accepted, first, second] = events as [TraceEvent, TraceEvent, TraceEvent];
  const late = second.delivery as DeliveryId;
  const deferred: TraceEvent = {
    at: NOW + 3000,
    delivery: late,
    kind: 'deferred',
    detail: { reply: FULL, blame: 'recipient', dueAt: NOW + 9000 },
  };
  const whole = { ...rest, events: [accepted, first, deferred, { ...second, at: NOW + 9000 }] };
  const told = groupedEvents(whole, telling());
  assert.deepEqual(
    told.map(({ at }) => at - NOW),
    [0, 1000, 3000, 9000],
  );
  assert.equal(told[1]?.sentence, 'mx1.far.example accepted it for r0@far.example.');
  assert.equal(told[3]?.sentence, 'mx1.far.example accepted it for r1@far.example.');
});
