import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../../base/random.ts';
import type { Blame, DeliveryId, MessageId, PathKey, RemoteReply, Stage, WorkerId } from '../envelope.ts';
import type { ClaimedDelivery, LastReply, Settlement } from '../queue/port.ts';
import { settlementOf } from './outcome.ts';

const MINUTE_MS = 60_000;
const PORTS = {
  notices: { compose: async () => undefined },
  random: { float: () => 0.5, bytes: () => new Uint8Array() } satisfies Random,
  options: { lanesMs: [MINUTE_MS] },
  expiryOf: (one: ClaimedDelivery) => one.expiresAt,
};

function delivery(last?: LastReply): ClaimedDelivery {
  return {
    id: 1 as DeliveryId,
    path: 'far.example>default' as PathKey,
    recipient: { address: 'someone@far.example' },
    customer: 'here.example/-',
    was: 'ready',
    dueAt: 0,
    attempts: 0,
    lane: 0,
    ...(last === undefined ? {} : { last }),
    expiresAt: 1e9,
    delayTold: false,
    message: {
      id: 2 as MessageId,
      envelope: { reversePath: 'a@here.example', bodyType: '7BIT', smtpUtf8: false, requireTls: false },
      prefix: Buffer.alloc(0),
      sizeBytes: 100,
      acceptedAt: 0,
      language: 'en',
    },
  };
}

const broken = (stage: Stage): RemoteReply => ({ stage, text: 'connection lost', afterMs: 3 });

function after(
  reply: RemoteReply,
  blame: Blame,
  about: { last?: LastReply; canary?: true } = {},
): Promise<Settlement> {
  return settlementOf(
    {
      delivery: delivery(about.last),
      worker: 1 as WorkerId,
      verdict: { kind: 'path-trouble', blame: blame as 'path' },
      reply,
      at: 1000,
      tried: true,
      dsnOffered: false,
      ...(about.canary === undefined ? {} : { canary: true }),
    },
    PORTS,
  );
}

test('a dialogue that breaks costs the delivery nothing', async () => {
  for (const stage of ['connect', 'banner', 'mail', 'rcpt', 'data', 'end-of-data'] as const) {
    const { next, attempted } = await after(broken(stage), 'path');
    assert.deepEqual([next, attempted], [{ state: 'ready' }, false], stage);
  }
});

test('how the reply was read is kept with the attempt', async () => {
  const reading = { class: 'greylist', rule: 'message/greylist' } as const;
  const reply = { stage: 'rcpt', code: 450, text: 'greylisted', afterMs: 3 } as const;
  const about = {
    delivery: delivery(),
    worker: 1 as WorkerId,
    reply,
    at: 1000,
    tried: true,
    dsnOffered: false,
  };
  const verdict = { kind: 'deferred', blame: 'recipient', reading } as const;
  assert.deepEqual((await settlementOf({ ...about, verdict }, PORTS)).reading, reading);
});

test('one that breaks again over the same message lets others go first for a moment, and its lane stays', async () => {
  const last = { ...broken('data'), blame: 'path' as const, at: 500 };
  const aside = { state: 'waiting', lane: 0, dueAt: 21_000 } as const;
  for (const stage of ['mail', 'rcpt', 'data', 'end-of-data'] as const) {
    const { next, attempted } = await after(broken(stage), 'path', { last });
    assert.deepEqual([next, attempted], [aside, false], stage);
  }
  assert.deepEqual((await after(broken('connect'), 'path', { last })).next, { state: 'ready' });
  assert.deepEqual((await after(broken('data'), 'local', { last })).next, { state: 'ready' });
});

test('a refusal by reputation at MAIL costs nothing, however often', async () => {
  const reply = { stage: 'mail', code: 421, text: 'unusual rate of mail', afterMs: 3 } as const;
  const last = { ...reply, blame: 'reputation' as const, at: 500 };
  const { next, attempted } = await after(reply, 'reputation', { last });
  assert.deepEqual([next, attempted], [{ state: 'ready' }, false]);
});

test('who refuses our address over one recipient may take others: the second time they go first', async () => {
  for (const stage of ['rcpt', 'end-of-data'] as const) {
    const reply = { stage, code: 550, text: 'blocked using zen.spamhaus.org', afterMs: 3 } as const;
    assert.deepEqual((await after(reply, 'reputation')).next, { state: 'ready' }, stage);
    const last = { ...reply, blame: 'reputation' as const, at: 500 };
    const { next, attempted } = await after(reply, 'reputation', { last });
    assert.deepEqual([next, attempted], [{ state: 'waiting', lane: 0, dueAt: 21_000 }, false], stage);
  }
});

test('one at what the message itself says lets others go first the second time, as a break does', async () => {
  const reply = { stage: 'rcpt', code: 421, text: 'unusual rate from your domain', afterMs: 3 } as const;
  assert.deepEqual((await after(reply, 'reputation')).next, { state: 'ready' });
  const last = { ...reply, blame: 'reputation' as const, at: 500 };
  const { next, attempted } = await after(reply, 'reputation', { last });
  assert.deepEqual([next, attempted], [{ state: 'waiting', lane: 0, dueAt: 21_000 }, false]);
});

test('a canary over which the far end breaks off lets another be the next', async () => {
  for (const blame of ['path', 'reputation'] as const) {
    const { next, attempted } = await after(broken('end-of-data'), blame, { canary: true });
    assert.deepEqual([next, attempted], [{ state: 'waiting', lane: 0, dueAt: 361_000 }, false]);
  }
  assert.deepEqual((await after(broken('connect'), 'path', { canary: true })).next, {
    state: 'ready',
  });
  assert.deepEqual((await after(broken('data'), 'local', { canary: true })).next, {
    state: 'ready',
  });
});
