import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DSN_WORDS, fill, sayDate } from './words.ts';

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

function holes(sentence: string): string[] {
  return [...new Set(sentence.match(/\{\w+\}/g) ?? [])].sort();
}

test('French sets a non-breaking space before the tall marks, and keeps English quotes out', () => {
  for (const text of strings(DSN_WORDS.fr)) {
    assert.doesNotMatch(text, /[^\u00a0][:;?!]/, text);
    assert.doesNotMatch(text, /['"]/, text);
  }
  assert.ok(strings(DSN_WORDS.fr).some((text) => text.includes('\u00a0:')));
  for (const text of strings(DSN_WORDS.en)) assert.doesNotMatch(text, /\s[:;?!]/, text);
});

test('both languages name the same things, and every failure says that it is over or only late', () => {
  for (const [mishap, en] of Object.entries(DSN_WORDS.en.mishaps)) {
    const fr = DSN_WORDS.fr.mishaps[mishap as keyof typeof DSN_WORDS.fr.mishaps];
    assert.deepEqual(holes(fr), holes(en), mishap);
  }
  for (const [situation, en] of Object.entries(DSN_WORDS.en.situations)) {
    const fr = DSN_WORDS.fr.situations[situation as keyof typeof DSN_WORDS.fr.situations];
    assert.deepEqual(holes(fr), holes(en), situation);
    assert.ok(holes(en).includes('{rcpt}'), situation);
    if (situation.startsWith('delayed')) {
      assert.match(en, /late, not lost/, situation);
      assert.match(fr, /en retard, pas perdu/, situation);
    } else if (!['delivered', 'relayed', 'expanded'].includes(situation)) {
      assert.match(en, /will not be tried again/, situation);
      assert.match(fr, /nous n’essaierons plus/, situation);
    }
  }
});

test('dates are said in words, in UTC', () => {
  const ms = Date.UTC(2018, 2, 12, 9, 5);
  assert.equal(sayDate(DSN_WORDS.en, ms), 'Monday 12 March 2018 at 09:05 UTC');
  assert.equal(sayDate(DSN_WORDS.fr, ms), 'lundi 12 mars 2018 à 09:05 UTC');
});

test('what is put into a sentence is not looked at again', () => {
  assert.equal(fill('{a} {b} {c}', { a: '{b}', b: 'x' }), '{b} x {c}');
});
