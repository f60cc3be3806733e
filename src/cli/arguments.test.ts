import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  commandLine,
  durationOf,
  momentOf,
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
  assert.equal(toMoment('2020-02-29T00:00:00Z', 0), Date.UTC(2020, 1, 29));
  for (const text of ['yesterday', '2018-13-01', '2018-02-29', '2018-11-31 08:00', '12/03/2018', '24'])
    assert.throws(() => toMoment(text, NOW), /will not do/);
});

test('a length of time that is not allowed is told with its option, as typed, and what is', () => {
  const allowed = { least: '1m', most: '24h', further: 'look again then' };
  const read = (text: string): number | undefined => durationOf({ options: { for: text } }, 'for', allowed);
  assert.equal(read('1h30m'), 5_400_000);
  assert.equal(read('24h'), 86_400_000);
  assert.equal(durationOf({ options: {} }, 'for', allowed), undefined);
  for (const text of ['100h', '59s', '0'])
    assert.throws(() => read(text), {
      exitCode: 2,
      message: `--for ${text} is out of range: write a time from 1m to 24h; look again then`,
    });
  assert.throws(() => read('10'), { exitCode: 2, message: /^--for 10: write a number and one of ms, s, m/ });
});

test('so is a moment', () => {
  const read = (text: string): number | undefined => momentOf({ options: { since: text } }, 'since', NOW);
  assert.equal(read('24h'), NOW - 86_400_000);
  assert.throws(() => read('99999999d'), { exitCode: 2, message: /^--since 99999999d is out of range: / });
  assert.throws(() => read('yesterday'), { exitCode: 2, message: /^--since: "yesterday" will not do: / });
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
