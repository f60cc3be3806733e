import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertCommands, assertRefused, parseLine } from '../../../../test/imap-line.ts';

const day = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;
const flag = (name: string): object => ({ kind: 'flag', flag: name });
const not = (key: object): object => ({ kind: 'not', key });
const set = (first: number, last: number): object => ({ kind: 'ranges', ranges: [[first, last]] });

const KEYS: readonly (readonly [text: string, key: object])[] = [
  ['ALL', { kind: 'all' }],
  [
    'FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"',
    {
      kind: 'and',
      keys: [
        flag('\\Flagged'),
        { kind: 'date', of: 'internal', is: 'since', day: day('1994-02-01') },
        not({ kind: 'header', name: 'From', text: 'Smith' }),
      ],
    },
  ],
  ['TEXT "string not in mailbox"', { kind: 'text', text: 'string not in mailbox' }],
  ['BODY {6}\r\néàü', { kind: 'body', text: 'éàü' }],
  ['UNSEEN', not(flag('\\Seen'))],
  ['NEW', { kind: 'and', keys: [{ kind: 'recent' }, not(flag('\\Seen'))] }],
  ['OLD', not({ kind: 'recent' })],
  ['KEYWORD $Forwarded UNKEYWORD x', { kind: 'and', keys: [flag('$Forwarded'), not(flag('x'))] }],
  [
    'OR SEEN (DELETED DRAFT)',
    { kind: 'or', keys: [flag('\\Seen'), { kind: 'and', keys: [flag('\\Deleted'), flag('\\Draft')] }] },
  ],
  ['2:4', { kind: 'numbers', set: set(2, 4) }],
  ['$', { kind: 'numbers', set: { kind: 'saved' } }],
  ['*', { kind: 'numbers', set: set(0, 0) }],
  ['UID 5:*', { kind: 'uids', set: set(5, 0) }],
  ['HEADER Message-ID ""', { kind: 'header', name: 'Message-ID', text: '' }],
  ['SENTBEFORE "12-Mar-2018"', { kind: 'date', of: 'sent', is: 'before', day: day('2018-03-12') }],
  ['SAVEDON 12-Mar-2018', { kind: 'date', of: 'saved', is: 'on', day: day('2018-03-12') }],
  ['SAVEDATESUPPORTED', { kind: 'saved-dates' }],
  ['ON 1-jan-1970', { kind: 'date', of: 'internal', is: 'on', day: 0 }],
  [
    'LARGER 1000 SMALLER 5000000000',
    {
      kind: 'and',
      keys: [
        { kind: 'larger', bytes: 1000 },
        { kind: 'smaller', bytes: 5_000_000_000 },
      ],
    },
  ],
  ['YOUNGER 259200', { kind: 'younger', seconds: 259200 }],
  [
    'FUZZY (SUBJECT a FUZZY TEXT b)',
    {
      kind: 'fuzzy',
      key: {
        kind: 'and',
        keys: [
          { kind: 'header', name: 'Subject', text: 'a' },
          { kind: 'fuzzy', key: { kind: 'text', text: 'b' } },
        ],
      },
    },
  ],
  ['MODSEQ 620162338', { kind: 'mod-seq', atLeast: 620162338 }],
  ['MODSEQ "/flags/\\\\draft" all 5', { kind: 'mod-seq', atLeast: 5 }],
  [
    'EMAILID M6d99ac3275bb4e THREADID T-_1',
    {
      kind: 'and',
      keys: [
        { kind: 'email-id', id: 'M6d99ac3275bb4e' },
        { kind: 'thread-id', id: 'T-_1' },
      ],
    },
  ],
];

test('search keys', () => {
  assertCommands(KEYS.map(([text, key]) => [`SEARCH ${text}`, { verb: 'SEARCH', key }]));
  assertCommands(
    KEYS.map(([text, key]) => [`UID SEARCH CHARSET utf-8 ${text}`, { verb: 'UID SEARCH', key }]),
  );
});

const ALL = { kind: 'all' };
const returns = (rest: object): object => ({
  min: false,
  max: false,
  all: false,
  count: false,
  save: false,
  relevancy: false,
  context: false,
  update: false,
  ...rest,
});

test('SEARCH, SORT and THREAD with what they return', () => {
  assertCommands([
    ['SEARCH RETURN () ALL', { verb: 'SEARCH', returns: returns({ all: true }), key: ALL }],
    [
      'SEARCH RETURN (MIN COUNT) ALL',
      { verb: 'SEARCH', returns: returns({ min: true, count: true }), key: ALL },
    ],
    [
      'SEARCH RETURN (SAVE) CHARSET US-ASCII ALL',
      { verb: 'SEARCH', returns: returns({ save: true }), key: ALL },
    ],
    [
      'UID SEARCH RETURN (UPDATE CONTEXT PARTIAL 500:1) ALL',
      {
        verb: 'UID SEARCH',
        returns: returns({ update: true, context: true, partial: { first: 1, last: 500, fromEnd: false } }),
        key: ALL,
      },
    ],
    [
      'SEARCH RETURN (UPDATE (UID FLAGS) COUNT) ALL',
      {
        verb: 'SEARCH',
        returns: returns({ update: true, count: true, updateFetch: [{ kind: 'UID' }, { kind: 'FLAGS' }] }),
        key: ALL,
      },
    ],
    [
      'SEARCH RETURN (PARTIAL -1:-100 RELEVANCY) ALL',
      {
        verb: 'SEARCH',
        returns: returns({ relevancy: true, partial: { first: 1, last: 100, fromEnd: true } }),
        key: ALL,
      },
    ],
    [
      'SORT (SUBJECT REVERSE DATE) UTF-8 ALL',
      {
        verb: 'SORT',
        order: [
          { by: 'SUBJECT', reverse: false },
          { by: 'DATE', reverse: true },
        ],
        key: ALL,
      },
    ],
    [
      'UID SORT RETURN (COUNT) (DISPLAYFROM) UTF-8 ALL',
      {
        verb: 'UID SORT',
        returns: returns({ count: true }),
        order: [{ by: 'DISPLAYFROM', reverse: false }],
        key: ALL,
      },
    ],
    ['THREAD ORDEREDSUBJECT UTF-8 ALL', { verb: 'THREAD', algorithm: 'ORDEREDSUBJECT', key: ALL }],
    ['UID THREAD references US-ASCII ALL', { verb: 'UID THREAD', algorithm: 'REFERENCES', key: ALL }],
    ['CANCELUPDATE "A1" "A2"', { verb: 'CANCELUPDATE', tags: ['A1', 'A2'] }],
  ]);
});

test('texts are in the charset that was announced, if that is known', () => {
  const result = parseLine('SEARCH CHARSET ISO-8859-1 SUBJECT {2}\r\né');
  assert.deepEqual(result.ok && result.command, {
    verb: 'SEARCH',
    key: { kind: 'header', name: 'Subject', text: 'Ã©' },
  });
  for (const line of [
    'SEARCH CHARSET x-klingon ALL',
    'SORT (DATE) x-klingon ALL',
    'THREAD REFERENCES x-klingon ALL',
  ]) {
    const unknown = parseLine(line);
    assert.ok(!unknown.ok);
    assert.equal(unknown.kind, 'charset');
  }
});

test('what is no search says why', () => {
  assertRefused([
    'SEARCH',
    'SEARCH FOO',
    'SEARCH ()',
    'SEARCH (ALL',
    'SEARCH ALL)',
    'SEARCH OR ALL',
    'SEARCH NOT',
    'SEARCH HEADER x',
    'SEARCH SINCE yesterday',
    'SEARCH SINCE 31-Feb-2018',
    'SEARCH SINCE 1-Foo-2018',
    'SEARCH LARGER x',
    'SEARCH OLDER 0',
    'SEARCH MODSEQ "/flags/x" most 5',
    'SEARCH EMAILID a/b',
    'SEARCH KEYWORD \\Seen',
    'SEARCH 1:',
    'SEARCH RETURN ALL',
    'SEARCH RETURN (FOO) ALL',
    'SEARCH RETURN (PARTIAL 0:5) ALL',
    'SEARCH RETURN (PARTIAL 1:-5) ALL',
    'SEARCH RETURN (PARTIAL 1:5 ALL) ALL',
    'SEARCH RETURN (PARTIAL 1:5 PARTIAL 6:9) ALL',
    'SEARCH TEXT {2}\r\n\u0000a',
    'SORT UTF-8 ALL',
    'SORT () UTF-8 ALL',
    'SORT (FOO) UTF-8 ALL',
    'SORT (REVERSE) UTF-8 ALL',
    'THREAD JWZ UTF-8 ALL',
    'THREAD REFERENCES ALL',
    `SEARCH ${'NOT '.repeat(1_000)}ALL`,
    `SEARCH ${'('.repeat(1_000)}ALL${')'.repeat(1_000)}`,
    `SEARCH ${'ALL '.repeat(5_000)}ALL`,
  ]);
});
