import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadKeys } from './thread.ts';

const ABOUT = { messageId: 'a@x', references: [], baseSubject: 'Lunch' };

test('a key is of a Message-ID and the subject, whose case does not count', () => {
  assert.deepEqual(threadKeys(ABOUT), threadKeys({ ...ABOUT, baseSubject: 'LUNCH' }));
  assert.notDeepEqual(threadKeys(ABOUT), threadKeys({ ...ABOUT, baseSubject: 'Dinner' }));
  const answer = threadKeys({ messageId: 'b@x', references: ['a@x'], baseSubject: 'lunch' });
  assert.equal(answer.length, 2);
  assert.equal(answer[1], threadKeys(ABOUT)[0]);
  assert.ok(answer.every(Number.isSafeInteger));
});

test('of many references the first and the nearest count', () => {
  const references = Array.from({ length: 50 }, (_, index) => `r${index}@x`);
  const keys = threadKeys({ ...ABOUT, references });
  const keyOf = (messageId: string): number => threadKeys({ ...ABOUT, messageId })[0] as number;
  assert.deepEqual(keys, ['a@x', 'r0@x', ...references.slice(-6)].map(keyOf));
});

test('a message without any Message-ID has no key', () => {
  assert.deepEqual(threadKeys({ references: [], baseSubject: 'x' }), []);
});
