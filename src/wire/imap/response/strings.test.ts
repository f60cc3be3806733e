import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../../test/chance.ts';
import { parseLine } from '../../../../test/imap-line.ts';
import {
  formatAstring,
  formatDateTime,
  formatFlags,
  formatMailbox,
  formatNstring,
  formatString,
} from './strings.ts';

test('strings are quoted where they can be, else literals', () => {
  const cases: readonly (readonly [text: string, utf7: string, utf8?: string])[] = [
    ['', '""'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['é', '{2}\r\né', '"é"'],
    ['a\r\nb', '{4}\r\na\r\nb'],
    ['a\0b', '{2}\r\nab'],
    ['\ud800', '{3}\r\n\ud800'],
    ['x'.repeat(5_000), `{5000}\r\n${'x'.repeat(5_000)}`],
  ];
  for (const [text, utf7, utf8 = utf7] of cases) {
    assert.equal(formatString(text, 'utf7'), utf7);
    assert.equal(formatString(text, 'utf8'), utf8);
  }
  assert.equal(formatNstring(undefined, 'utf7'), 'NIL');
  assert.equal(formatNstring(null, 'utf7'), 'NIL');
});

test('atoms where they can be', () => {
  for (const text of ['INBOX', 'a/b', 'a.b[1', '$x']) assert.equal(formatAstring(text, 'utf7'), text);
  for (const text of ['', 'a b', 'nil', 'a]', 'a%', 'a*', '(', '{1}', 'a\\'])
    assert.match(formatAstring(text, 'utf7'), /^"/, text);
  assert.equal(formatMailbox('été', 'utf7'), '&AOk-t&AOk-');
  assert.equal(formatMailbox('été', 'utf8'), '"été"');
  assert.equal(formatMailbox('a&b c', 'utf7'), '"a&-b c"');
  assert.equal(formatFlags(['\\Seen', 'x']), '(\\Seen x)');
  assert.equal(formatDateTime(Date.UTC(1994, 1, 1, 21, 2, 5)), '" 1-Feb-1994 21:02:05 +0000"');
  assert.equal(formatDateTime(Date.UTC(2018, 11, 31)), '"31-Dec-2018 00:00:00 +0000"');
});

test('what is written is read back', () => {
  const { next, pick } = chance(6);
  const letters = ['a', ' ', '"', '\\', 'é', '&', '%', '台', '😀', ']', 'NIL', '\r', '\n', '(', '{1}'];
  for (let run = 0; run < 3_000; run++) {
    const text = Array.from({ length: next(8) }, () => pick(letters)).join('');
    const form = pick(['utf7', 'utf8'] as const);
    const login = parseLine(`LOGIN ${formatAstring(text, form)} x`, form);
    assert.deepEqual(
      login,
      { ok: true, command: { verb: 'LOGIN', user: text, password: 'x' } },
      JSON.stringify(text),
    );
    if (/[\r\n]/.test(text) || text === '') continue;
    const select = parseLine(`DELETE ${formatMailbox(text, form)}`, form);
    assert.deepEqual(select, { ok: true, command: { verb: 'DELETE', mailbox: text } }, JSON.stringify(text));
  }
});
