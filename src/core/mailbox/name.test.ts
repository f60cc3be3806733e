import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInferior, MAX_LEVELS, superiors, toMailboxName } from './name.ts';

test('names are composed, and INBOX is one name in any case', () => {
  const cases: [string, string][] = [
    ['Envoye\u0301s', 'Envoyés'],
    ['受信箱/2018', '受信箱/2018'],
    ['inbox', 'INBOX'],
    ['Inbox/work', 'INBOX/work'],
    ['inboxes', 'inboxes'],
    ['a/Inbox', 'a/Inbox'],
    ['Folder/', 'Folder'],
    ['50 % * off', '50 % * off'],
  ];
  for (const [written, name] of cases) assert.deepEqual(toMailboxName(written), { name });
});

test('what is no name is told why', () => {
  const cases: [string, string][] = [
    ['', 'empty'],
    ['/', 'empty'],
    ['a//b', 'empty level'],
    ['/a', 'empty level'],
    ['a//', 'empty level'],
    ['a\u0000b', 'control character'],
    ['a\u0085b', 'control character'],
    ['a\u2028b', 'control character'],
    ['safe\u202egpj', 'control character'],
    ['a\ud800', 'not Unicode'],
    ['#news', 'reserved'],
    ['x'.repeat(256), 'too long'],
    ['é'.repeat(128), 'too long'],
    [Array.from({ length: 9 }, () => 'x'.repeat(200)).join('/'), 'too long'],
    [Array.from({ length: MAX_LEVELS + 1 }, () => 'x').join('/'), 'too deep'],
  ];
  for (const [written, fault] of cases) assert.deepEqual(toMailboxName(written), { fault });
});

test('what lies above a name, and below it', () => {
  assert.deepEqual(superiors('a/b/c'), ['a', 'a/b']);
  assert.deepEqual(superiors('a'), []);
  assert.ok(isInferior('a/b', 'a'));
  assert.ok(!isInferior('ab', 'a') && !isInferior('a', 'a'));
});
