import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFull, isOver, isRefused, type Quota, warningOf } from './quota.ts';

const NOTHING = { bytes: 0, messages: 0 };

function quotaWith(about: Partial<Quota>): Quota {
  return { address: 'a@x', account: NOTHING, limits: {}, ...about };
}

test('what reaches a limit has room, what passes it has none', () => {
  const limits = { bytes: 100 };
  const used = { bytes: 60, messages: 9 };
  assert.ok(!isOver(limits, used, { bytes: 40, messages: 1 }));
  assert.ok(isOver(limits, used, { bytes: 41, messages: 1 }));
  assert.ok(!isOver(limits, used, { bytes: 0, messages: 1 }), 'of unknown size');
  assert.ok(isOver(limits, { ...used, bytes: 100 }, { bytes: 0, messages: 1 }));
  assert.ok(isOver({ messages: 9 }, used, { bytes: 1, messages: 1 }));
  assert.ok(!isOver({}, used, { bytes: 1e15, messages: 1e15 }));
});

test('an account is full when its domain is', () => {
  const domain = { usage: { bytes: 0, messages: 5 }, limits: { messages: 5 } };
  assert.ok(isFull(quotaWith({ domain }), { bytes: 1, messages: 1 }));
  assert.ok(!isFull(quotaWith({}), { bytes: 1, messages: 1 }));
});

test('an address is refused when nobody behind it has room', () => {
  const full = { quota: quotaWith({ limits: { messages: 0 } }) };
  assert.ok(isRefused({ accounts: [full, full], forwards: [] }, 1));
  assert.ok(!isRefused({ accounts: [full, {}], forwards: [] }, 1));
  assert.ok(!isRefused({ accounts: [full], forwards: ['b@far.example'] }, 1));
  assert.ok(!isRefused({ accounts: [], forwards: [] }, 1));
});

test('an owner is told at 80 and 95 percent, once, and anew after there was room', () => {
  const at = (messages: number, warned?: 80 | 95) =>
    warningOf(
      {
        account: { bytes: 0, messages: messages - 1 },
        limits: { messages: 100 },
        ...(warned === undefined ? {} : { warned }),
      },
      { bytes: 10, messages: 1 },
    );
  assert.deepEqual([at(79), at(80), at(94), at(95), at(120)], [undefined, 80, 80, 95, 95]);
  assert.deepEqual([at(80, 80), at(95, 80), at(96, 95), at(80, 95)], [undefined, 95, undefined, undefined]);
  assert.deepEqual(
    [at(76, 80), at(74, 80), at(74, 95), at(74)],
    [undefined, 'relieved', 'relieved', undefined],
  );
});
