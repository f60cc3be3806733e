import { test } from 'node:test';
import { assertCommands, assertRefused } from '../../../../test/imap-line.ts';

test('METADATA', () => {
  const get = { verb: 'GETMETADATA', mailbox: 'INBOX', entries: ['/private/comment'], depth: 0 };
  assertCommands([
    ['GETMETADATA INBOX /private/comment', get],
    [
      'GETMETADATA "" (/shared/comment /private/Comment)',
      { ...get, mailbox: '', entries: ['/shared/comment', '/private/comment'] },
    ],
    [
      'GETMETADATA (MAXSIZE 1024 DEPTH infinity) INBOX (/private/comment)',
      { ...get, maxSize: 1024, depth: 'infinity' },
    ],
    ['GETMETADATA INBOX (DEPTH 1) /private/comment', { ...get, depth: 1 }],
    [
      'SETMETADATA INBOX (/private/comment {3}\r\na b /shared/x NIL)',
      {
        verb: 'SETMETADATA',
        mailbox: 'INBOX',
        values: new Map<string, Buffer | null>([
          ['/private/comment', Buffer.from('a b')],
          ['/shared/x', null],
        ]),
      },
    ],
    [
      'SETMETADATA "" (/shared/x ~{2}\r\n\0\0)',
      { verb: 'SETMETADATA', mailbox: '', values: new Map([['/shared/x', Buffer.alloc(2)]]) },
    ],
    [
      'SETMETADATA "" (/shared/x "y")',
      { verb: 'SETMETADATA', mailbox: '', values: new Map([['/shared/x', Buffer.from('y')]]) },
    ],
  ]);
  assertRefused([
    'GETMETADATA INBOX',
    'GETMETADATA INBOX /comment',
    'GETMETADATA INBOX /private//x',
    'GETMETADATA INBOX /private/x/',
    'GETMETADATA INBOX "/private/*"',
    'GETMETADATA (DEPTH 2) INBOX /private/x',
    'GETMETADATA (FOO 2) INBOX /private/x',
    'SETMETADATA INBOX ()',
    'SETMETADATA INBOX (/private/x)',
  ]);
});
