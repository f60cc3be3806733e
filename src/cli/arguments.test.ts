import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  commandLine,
  toAddress,
  toCount,
  toDomain,
  toMoment,
  toOutsideAddress,
  toSender,
} from './arguments.ts';
import { columns, counted, fromNow, sizeForPeople } from './output.ts';

const NOW = Date.UTC(2018, 2, 12, 8);

test('a moment is how long ago, or a date', () => {
  assert.equal(toMoment('24h', NOW), NOW - 86_400_000);
  assert.equal(toMoment('1h30m', NOW), NOW - 5_400_000);
  assert.equal(toMoment('2018-03-12T08:00:00Z', 0), NOW);
  assert.equal(toMoment('2018-03-12', 0), new Date(2018, 2, 12).getTime());
  assert.equal(toMoment('2018-03-12 08:00', 0), new Date(2018, 2, 12, 8).getTime());
  for (const text of ['yesterday', '2018-13-01', '12/03/2018', '24'])
    assert.throws(() => toMoment(text, NOW), /will not do/);
});

test('addresses and domains come out in one form', () => {
  assert.equal(toAddress('Ana@Here.Example'), 'ana@here.example');
  assert.equal(toOutsideAddress('Ana@Here.Example'), 'Ana@here.example');
  assert.equal(toDomain('Élan.Example'), 'xn--lan-9la.example');
  assert.equal(toSender('<>'), '');
  assert.throws(() => toAddress('ana'), /"ana" will not do/);
  assert.throws(() => toDomain('[192.0.2.1]'), /a domain is a name/);
  assert.throws(() => toCount('0'), /whole number/);
});

test('a command line to copy is quoted for the shell and keeps the data folder', () => {
  const call = { options: { data: '/my data', config: undefined } };
  assert.equal(
    commandLine(call, ['path', 'thaw', 'a>b', "it's"]),
    `relais path thaw 'a>b' 'it'\\''s' --data '/my data'`,
  );
});

test('numbers and columns for people', () => {
  assert.deepEqual([999, 1000, 12_345, 999_950, 35_000_000].map(sizeForPeople), [
    '999 B',
    '1 kB',
    '12.3 kB',
    '1 MB',
    '35 MB',
  ]);
  assert.deepEqual(
    [counted(1, 'delivery'), counted(2, 'delivery'), counted(2, 'address')],
    ['1 delivery', '2 deliveries', '2 addresses'],
  );
  assert.deepEqual(
    [fromNow(NOW + 60_000, NOW), fromNow(NOW - 7_500_000, NOW)],
    ['in 1 min', '2 h 05 min ago'],
  );
  assert.deepEqual(
    columns(
      [
        ['a', '1'],
        ['élan', '22'],
        ['x', ''],
      ],
      [1],
    ),
    ['a      1', 'élan  22', 'x'],
  );
});
