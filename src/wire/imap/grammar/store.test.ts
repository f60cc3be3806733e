import { test } from 'node:test';
import { assertCommands, assertRefused } from '../../../../test/imap-line.ts';

const set = { kind: 'ranges', ranges: [[2, 4]] };

test('commands that change messages', () => {
  const stored = { verb: 'STORE', set, action: 'add', silent: false, flags: ['\\Deleted'] };
  assertCommands([
    ['STORE 2:4 +FLAGS (\\Deleted)', stored],
    ['STORE 2:4 +flags \\deleted', stored],
    [
      'UID STORE 2:4 -FLAGS.SILENT (\\Seen $Junk \\SEEN)',
      { ...stored, verb: 'UID STORE', action: 'remove', silent: true, flags: ['\\Seen', '$Junk'] },
    ],
    ['STORE 2:4 FLAGS ()', { ...stored, action: 'replace', flags: [] }],
    ['STORE 2:4 FLAGS a b', { ...stored, action: 'replace', flags: ['a', 'b'] }],
    [
      'STORE 2:4 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)',
      { ...stored, silent: true, unchangedSince: 12121230045 },
    ],
    ['COPY 2:4 MEETING', { verb: 'COPY', set, mailbox: 'MEETING' }],
    ['UID COPY 2:4 inbox', { verb: 'UID COPY', set, mailbox: 'INBOX' }],
    ['MOVE 2:4 "a b"', { verb: 'MOVE', set, mailbox: 'a b' }],
    ['UID MOVE 2:4 {3}\r\nfoo', { verb: 'UID MOVE', set, mailbox: 'foo' }],
    ['UID EXPUNGE 2:4', { verb: 'UID EXPUNGE', set }],
    ['EXPUNGE', { verb: 'EXPUNGE' }],
  ]);
});

test('what is no such command says why', () => {
  assertRefused([
    'STORE 1',
    'STORE 1 FLAGS',
    'STORE 1 +FLAG (a)',
    'STORE 1 +FLAGS (\\Recent)',
    'STORE 1 +FLAGS (\\Foo)',
    'STORE 1 +FLAGS (\\*)',
    'STORE 1 +FLAGS ("a")',
    'STORE 1 (UNCHANGEDSINCE) FLAGS (a)',
    'STORE 1 (CHANGEDSINCE 1) FLAGS (a)',
    'COPY 1',
    'EXPUNGE 1',
    'UID EXPUNGE',
    'MOVE a b',
  ]);
});
