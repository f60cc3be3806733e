import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatFolderName,
  formatKeywords,
  lettered,
  maildirInfo,
  parseFolderName,
  parseKeywords,
  parseMaildirName,
  parseUidList,
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
