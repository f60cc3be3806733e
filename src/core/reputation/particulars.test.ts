import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearingOf } from './clearing.ts';
import { particularsOf } from './particulars.ts';

test('a reply names a list, a page, our address and a time to wait', () => {
  const said: readonly (readonly [text: string, particulars: object])[] = [
    [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1.',
      { list: 'Spamhaus ZEN', url: 'https://www.spamhaus.org/query/ip/192.0.2.1', address: '192.0.2.1' },
    ],
    ['550 blocked using rbl.example.org', { list: 'rbl.example.org' }],
    ['450 4.7.1 Greylisting in action, please come back in 00:04:59', { waitMs: 299_000 }],
    ['451 Greylisted, please try again in 180 seconds', { waitMs: 180_000 }],
    ['450 4.2.0 greylisted for 5 minutes', { waitMs: 300_000 }],
    ['554 This IP has been blocked for the day', { waitMs: 86_400_000 }],
    ['421 blocked, try after an hour', { waitMs: 3_600_000 }],
    ['550 5.7.25 [2001:db8::25] has no PTR', { address: '2001:db8::25' }],
    ['550 5.7.1 no such user', {}],
    ['', {}],
  ];
  for (const [text, particulars] of said) assert.deepEqual(particularsOf(text), particulars, text);
});

test('a long text costs little', () => {
  const begun = process.cpuUsage();
  for (const piece of ['1.', ':', 'http://', 'blocked using a.', 'in 1 ', 'a:'])
    particularsOf(piece.repeat(500_000));
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 1_000_000, `${user + system} µs`);
});

test('who takes a block off: the list that is named, else the provider', () => {
  assert.match(clearingOf({ list: 'Spamhaus PBL', provider: 'yahoo' })?.ask ?? '', /spamhaus/);
  assert.match(clearingOf({ list: 'rbl.example.org', provider: 'sfr' })?.en ?? '', /2 hours/);
  assert.equal(clearingOf({ provider: 'x' }), undefined);
  assert.equal(clearingOf({}), undefined);
});
