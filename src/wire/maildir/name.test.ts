import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  escapeLevel,
  formatFolderName,
  formatKeywords,
  lettered,
  maildirInfo,
  parseFolderName,
  parseKeywords,
  parseMaildirName,
  parseUidList,
  unescapeLevel,
} from './name.ts';

test('flags stand behind the name of a file, and come back', () => {
  const keywords = lettered(Array.from({ length: 30 }, (_, index) => `k${index}`));
  assert.equal(keywords.length, 26);
  const flags = ['\\Draft', '\\Flagged', '$Forwarded', '\\Answered', '\\Seen', '\\Deleted', 'k0', 'k25'];
  const file = `1.a.b${maildirInfo([...flags, 'k27'], keywords)}`;
  assert.equal(file, '1.a.b:2,DFPRSTaz');
  assert.deepEqual(parseMaildirName(file, keywords), { unique: '1.a.b', flags });
  assert.deepEqual(parseMaildirName('1.a.b,S=5;2,Sc', ['x']), { unique: '1.a.b,S=5', flags: ['\\Seen'] });
  assert.deepEqual(parseMaildirName('1.a.b', []), { unique: '1.a.b', flags: [] });
  assert.deepEqual(parseKeywords(formatKeywords(keywords)), keywords);
  assert.deepEqual(parseKeywords('1 b\nnone\n99 c\n'), ['', 'b']);
});

test('folders of Maildir++ have modified UTF-7 and points, and names with both come back', () => {
  for (const levels of [['Été 2018', 'Réunions & comptes'], ['日本語', 'v1.2'], ['a']])
    assert.deepEqual(parseFolderName(formatFolderName(levels)), levels);
  assert.equal(formatFolderName(['Envoyés', 'a.b']), '.Envoy&AOk-s.a&AC4-b');
  assert.deepEqual(parseFolderName('.a&b.c&!-'), ['a&b', 'c&!-']);
  assert.deepEqual(['cur', '.', '..'].map(parseFolderName), [undefined, undefined, undefined]);
});

test('the UIDs of Dovecot are read by the unique part of a name', () => {
  const text = '3 V1 N9 G0\n5 :1.a.b\n7 G00 W20 :2.a.b:2,S\nnone\n';
  assert.deepEqual(
    [...parseUidList(text)],
    [
      ['1.a.b', 5],
      ['2.a.b', 7],
    ],
  );
});

test('a level that would have a meaning as a file has a character of it shifted, and comes back', () => {
  assert.equal(escapeLevel('..', 0), '&AC4-.');
  assert.equal(escapeLevel('cur', 0), '&AGM-ur');
  assert.equal(escapeLevel('a.sbd', 1), 'a&AC4-sbd');
  // Modified UTF-7 of other programs is a name as it stands.
  for (const level of ['R&D', 'a&-b', 'Envoy&AOk-s', '会議', 'x&AAA-', '&AC4'])
    assert.deepEqual([escapeLevel(level), unescapeLevel(level)], [level, level]);
  for (const level of ['.', '..', '&AC4-', '.&AC4-x', '&ACY-AC4-', 'a&AC4-&AC4-'])
    for (const place of [undefined, 0]) assert.equal(unescapeLevel(escapeLevel(level, place)), level);
});
