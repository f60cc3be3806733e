import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BadEvent, readEvent, writeEvent } from './event.ts';

test('what is written is read back, and what is no time, account or list is told', () => {
  const event = { at: 5, account: 'ann@x.test', to: ['a', 'b'], sizeBytes: 7, list: true, bands: ['~1'] };
  assert.deepEqual(readEvent(JSON.parse(JSON.stringify(writeEvent(event)))), event);
  for (const t of [-1, 1e300, 8.64e15 + 1, Number.NaN, '5', undefined])
    assert.throws(() => readEvent({ t, account: 'ann@x.test' }), BadEvent, String(t));
  for (const wrong of [
    { account: '' },
    { account: 'a', to: 1 },
    { account: 'a', to: [1] },
    { account: 'a', asn: 'AS64500 or so' },
    { account: 'a', size: '9' },
  ])
    assert.throws(() => readEvent({ t: 1, ...wrong }), BadEvent, JSON.stringify(wrong));
  const plainly = readEvent({ t: 1, account: 'a', to: 'x', linkDomains: 'y.example', asn: 'AS64500' });
  assert.deepEqual([plainly.to, plainly.linkDomains, plainly.asn], [['x'], ['y.example'], 64_500]);
  for (const wrong of [null, [], 'x']) assert.throws(() => readEvent(wrong), BadEvent);
});
