import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
  UnitError,
} from './units.ts';

test('sizes: MB is decimal, MiB is binary, case and a missing B do not matter', () => {
  const cases = {
    '35MB': 35e6,
    '10MiB': 10 * 2 ** 20,
    '1.5 GB': 1.5e9,
    '64k': 64e3,
    '64KiB': 65536,
    '512': 512,
    '1mib': 2 ** 20,
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(parseSize(text), expected, text);
});

test('durations: one unit or several in a row', () => {
  const cases = {
    '500ms': 500,
    '30s': 30e3,
    '5m': 3e5,
    '5d': 432e6,
    '1h30m': 54e5,
    '1.5h': 54e5,
    '0': 0,
    '0s': 0,
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(parseDuration(text), expected, text);
});

test('rates are bits a second', () => {
  assert.equal(parseRate('80Mbit/s'), 80e6);
  assert.equal(parseRate('1.5 gbit/s'), 1.5e9);
  assert.equal(parseRate('9600bit/s'), 9600);
});

test('what cannot be read is named, with what to write instead', () => {
  const bad: [(text: string) => number, string][] = [
    [parseSize, 'big'],
    [parseSize, ''],
    [parseSize, '-1MB'],
    [parseSize, '5 parsecs'],
    [parseSize, '999999999999999TB'],
    [parseDuration, '5'],
    [parseDuration, ''],
    [parseDuration, '5 minutes'],
    [parseDuration, '-5m'],
    [parseDuration, '1..5s'],
    [parseRate, '80'],
    [parseRate, '80MB/s'],
    [parseRate, '80Mbit'],
  ];
  for (const [parse, text] of bad) {
    assert.throws(
      () => parse(text),
      (error: unknown) => {
        assert.ok(error instanceof UnitError);
        return error.message.includes(`"${text}"`) && /write a number/.test(error.message);
      },
      text,
    );
  }
});

test('what is printed reads back as the same number', () => {
  for (const value of [
    0,
    1,
    999,
    1000,
    1024,
    35e6,
    10 * 2 ** 20,
    2 ** 40,
    1e12,
    123_456_789,
    3e5,
    54e5,
    432e6,
  ]) {
    assert.equal(parseSize(formatSize(value)), value);
    assert.equal(parseDuration(formatDuration(value)), value);
    assert.equal(parseRate(formatRate(value)), value);
  }
  assert.deepEqual(
    [formatSize(35e6), formatSize(65536), formatDuration(3e5), formatRate(8e7)],
    ['35MB', '64KiB', '5m', '80Mbit/s'],
  );
});
