import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { type DelimiterLine, OpenDelimiters } from './open-delimiters.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Boundaries from the outermost on. */
function opened(...boundaries: readonly string[]): OpenDelimiters {
  const delimiters = new OpenDelimiters();
  for (const [level, boundary] of boundaries.entries()) delimiters.open(bytes(boundary), level);
  return delimiters;
}

test('a line is the longest delimiter that fits, of equal ones the innermost', () => {
  const delimiters = opened('a', 'ab', 'a', 'a--b', '-', 'z');
  const cases: readonly (readonly [line: string, is: string])[] = [
    ['--a\n', '2 3'],
    ['--a', '2 3'],
    ['--a--', '2 3 closes'],
    ['--a--b\n', '3 6'],
    ['--a--b', '3 6'],
    ['--a--bc\n', '2 3 closes'],
    ['--a-b\n', ''],
    ['--ab\r\n', '1 4'],
    ['--ab--\r\n', '1 4 closes'],
    ['--abc\n', ''],
    ['---\n', '4 3'],
    ['-----\n', '4 3 closes'],
    ['----\n', ''],
    ['--', ''],
    ['-', ''],
    ['', ''],
    ['a-a\n', ''],
  ];
  for (const [line, is] of cases) assert.equal(said(delimiters.find(bytes(line), 0, 'all')), is, line);
  assert.equal(said(delimiters.find(bytes('--ab\n'), 0, 'ends')), '');
  assert.equal(said(delimiters.find(bytes('--ab--\n'), 0, 'ends')), '1 4 closes');
});

function said(found: DelimiterLine | undefined): string {
  return found === undefined ? '' : `${found.level} ${found.bytes}${found.closes ? ' closes' : ''}`;
}

test('what is closed is no longer a delimiter, and an outer one of the same name is again', () => {
  const delimiters = opened('a', 'b', 'a', 'longer');
  assert.equal(delimiters.longest, 8);
  const line = bytes('--a--');
  const found = delimiters.find(line, 0, 'all');
  assert.equal(said(found), '2 3 closes');
  delimiters.close(line, 0, found as DelimiterLine);
  assert.equal(delimiters.longest, 3);
  assert.equal(said(delimiters.find(line, 0, 'all')), '0 3 closes');
  delimiters.closeBehind(0);
  assert.equal(said(delimiters.find(bytes('--b\n'), 0, 'all')), '');
  delimiters.closeBehind(-1);
  assert.equal(delimiters.longest, 0);
});

test('random delimiters are found as if each were asked', () => {
  const { next, pick } = chance(11);
  const name = (): string => Array.from({ length: 1 + next(4) }, () => pick(['a', 'b', '-', '\t'])).join('');
  let found = 0;
  for (let run = 0; run < 5_000; run++) {
    const open = Array.from({ length: next(12) }, name);
    const delimiters = opened(...open);
    const kept = next(12);
    delimiters.closeBehind(kept - 1);
    for (let count = 0; count < 10; count++) {
      const line = `--${name()}${pick(['', '\n', '--', '-', 'a'])}`;
      const is = oneByOne(open.slice(0, kept), line);
      assert.equal(said(delimiters.find(bytes(line), 0, 'all')), is, JSON.stringify([open, kept, line]));
      if (is !== '') found++;
    }
  }
  assert.ok(found > 1_000, `${found}`);
});

function oneByOne(open: readonly string[], line: string): string {
  let best = '';
  let most = 0;
  for (const [level, boundary] of open.entries()) {
    const bytes = boundary.length + 2;
    if (!line.startsWith(`--${boundary}`) || bytes < most) continue;
    const closes = line.startsWith('--', bytes);
    if (!closes && (line[bytes] ?? '\n') > ' ') continue;
    most = bytes;
    best = `${level} ${bytes}${closes ? ' closes' : ''}`;
  }
  return best;
}
