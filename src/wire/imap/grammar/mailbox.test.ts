import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertCommands, assertRefused, parseLine } from '../../../../test/imap-line.ts';

const ranges = (...list: [number, number][]): object => ({ kind: 'ranges', ranges: list });
const NO_RETURN = { subscribed: false, children: false, specialUse: false, status: [] };
const list = (reference: string, patterns: string[], rest: object = {}): object => ({
  verb: 'LIST',
  selection: [],
  reference,
  patterns,
  returns: NO_RETURN,
  extended: false,
  ...rest,
});

const GOOD: readonly (readonly [line: string, command: object])[] = [
  ['SELECT inbox', { verb: 'SELECT', mailbox: 'INBOX', condStore: false }],
  ['EXAMINE "&AOk-"', { verb: 'EXAMINE', mailbox: 'é', condStore: false }],
  ['SELECT INBOX (CONDSTORE)', { verb: 'SELECT', mailbox: 'INBOX', condStore: true }],
  [
    'SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))',
    {
      verb: 'SELECT',
      mailbox: 'INBOX',
      condStore: false,
      qresync: {
        uidValidity: 67890007,
        modSeq: Number.MAX_SAFE_INTEGER,
        knownUids: ranges([41, 41], [43, 211], [214, 541]),
      },
    },
  ],
  [
    'SELECT INBOX (CONDSTORE QRESYNC (1 5 1:9 (1,3 2,4)))',
    {
      verb: 'SELECT',
      mailbox: 'INBOX',
      condStore: true,
      qresync: {
        uidValidity: 1,
        modSeq: 5,
        knownUids: ranges([1, 9]),
        sequenceMatch: { numbers: ranges([1, 1], [3, 3]), uids: ranges([2, 2], [4, 4]) },
      },
    },
  ],
  [
    'SELECT INBOX (QRESYNC (1 5 (1 2)))',
    {
      verb: 'SELECT',
      mailbox: 'INBOX',
      condStore: false,
      qresync: {
        uidValidity: 1,
        modSeq: 5,
        sequenceMatch: { numbers: ranges([1, 1]), uids: ranges([2, 2]) },
      },
    },
  ],
  ['CREATE owatagusiam/', { verb: 'CREATE', mailbox: 'owatagusiam/', specialUse: [] }],
  [
    'CREATE MyDrafts (USE (\\Drafts \\Sent))',
    { verb: 'CREATE', mailbox: 'MyDrafts', specialUse: ['\\Drafts', '\\Sent'] },
  ],
  ['DELETE {5}\r\nblurd', { verb: 'DELETE', mailbox: 'blurd' }],
  ['RENAME a "b c"', { verb: 'RENAME', from: 'a', to: 'b c' }],
  ['SUBSCRIBE #news.comp.mail.mime', { verb: 'SUBSCRIBE', mailbox: '#news.comp.mail.mime' }],
  ['UNSUBSCRIBE x', { verb: 'UNSUBSCRIBE', mailbox: 'x' }],
  [
    'STATUS blurdybloop (UIDNEXT messages UIDNEXT)',
    { verb: 'STATUS', mailbox: 'blurdybloop', items: ['UIDNEXT', 'MESSAGES'] },
  ],
  [
    'STATUS x (SIZE DELETED-STORAGE MAILBOXID APPENDLIMIT)',
    { verb: 'STATUS', mailbox: 'x', items: ['SIZE', 'DELETED-STORAGE', 'MAILBOXID', 'APPENDLIMIT'] },
  ],
  ['LIST "" ""', list('', [''])],
  ['LIST ~/Mail/ %', list('~/Mail/', ['%'])],
  ['LIST "" "a*"', list('', ['a*'])],
  ['LSUB "#news." "comp.%"', list('#news.', ['comp.%'], { verb: 'LSUB' })],
  ['LIST "" (INBOX Drafts "Sent/%")', list('', ['INBOX', 'Drafts', 'Sent/%'], { extended: true })],
  [
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" "*" RETURN (CHILDREN)',
    list('', ['*'], {
      selection: ['SUBSCRIBED', 'RECURSIVEMATCH'],
      extended: true,
      returns: { ...NO_RETURN, children: true },
    }),
  ],
  [
    'LIST "" % RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN))',
    list('', ['%'], {
      extended: true,
      returns: { subscribed: true, children: false, specialUse: true, status: ['MESSAGES', 'UNSEEN'] },
    }),
  ],
  ['LIST () "" x RETURN ()', list('', ['x'], { extended: true })],
];

test('commands about mailboxes', () => assertCommands(GOOD));

test('what is no such command says why', () => {
  assertRefused([
    'SELECT',
    'SELECT a b',
    'SELECT &',
    'SELECT "é"',
    'SELECT a (CONDSTORE',
    'SELECT a (WHAT)',
    'SELECT a (QRESYNC (0 1))',
    'SELECT a (QRESYNC (1 1 1:*))',
    'SELECT a (QRESYNC (1 1 1 (1)))',
    'CREATE a (USE Drafts)',
    'CREATE a (SIZE 5)',
    'RENAME a',
    'STATUS a',
    'STATUS a ()',
    'STATUS a (FOO)',
    'LIST',
    'LIST ""',
    'LIST "" ()',
    'LIST (RECURSIVEMATCH) "" *',
    'LIST (SUBSCRIBED)"" *',
    'LIST "" * RETURN (FOO)',
    'LIST "" * FOO (CHILDREN)',
    'LSUB "" (a b)',
  ]);
});

test('names are UTF-8 once that is enabled', () => {
  const result = parseLine('SELECT "Été & hiver"', 'utf8');
  assert.ok(result.ok && result.command.verb === 'SELECT');
  assert.equal(result.command.mailbox, 'Été & hiver');
});
