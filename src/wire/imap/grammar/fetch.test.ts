import { test } from 'node:test';
import { assertCommands, assertRefused } from '../../../../test/imap-line.ts';

const fetched = (items: object[], rest: object = {}): object => ({
  verb: 'FETCH',
  set: { kind: 'ranges', ranges: [[1, 1]] },
  items,
  vanished: false,
  ...rest,
});
const body = (section: object, rest: object = {}): object => ({
  kind: 'BODY[]',
  peek: false,
  section,
  ...rest,
});

const GOOD: readonly (readonly [line: string, command: object])[] = [
  ['FETCH 1 FLAGS', fetched([{ kind: 'FLAGS' }])],
  ['FETCH 1 fast', fetched([{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }])],
  [
    'FETCH 1 ALL',
    fetched([{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }, { kind: 'ENVELOPE' }]),
  ],
  [
    'FETCH 1 FULL',
    fetched([
      { kind: 'FLAGS' },
      { kind: 'INTERNALDATE' },
      { kind: 'RFC822.SIZE' },
      { kind: 'ENVELOPE' },
      { kind: 'BODY' },
    ]),
  ],
  ['FETCH 1 (UID flags UID)', fetched([{ kind: 'UID' }, { kind: 'FLAGS' }])],
  [
    'FETCH 1 (RFC822.HEADER RFC822.TEXT RFC822)',
    fetched([{ kind: 'RFC822.HEADER' }, { kind: 'RFC822.TEXT' }, { kind: 'RFC822' }]),
  ],
  [
    'FETCH 1 (EMAILID THREADID SAVEDATE MODSEQ BODYSTRUCTURE)',
    fetched([
      { kind: 'EMAILID' },
      { kind: 'THREADID' },
      { kind: 'SAVEDATE' },
      { kind: 'MODSEQ' },
      { kind: 'BODYSTRUCTURE' },
    ]),
  ],
  ['FETCH 1 BODY[]', fetched([body({ kind: 'whole', path: [] })])],
  [
    'FETCH 1 BODY.PEEK[]<0.2048>',
    fetched([body({ kind: 'whole', path: [] }, { peek: true, partial: { offset: 0, count: 2048 } })]),
  ],
  ['FETCH 1 BODY[4.2.2.1]', fetched([body({ kind: 'whole', path: [4, 2, 2, 1] })])],
  ['FETCH 1 BODY[HEADER]', fetched([body({ kind: 'header', path: [] })])],
  ['FETCH 1 BODY[3.TEXT]', fetched([body({ kind: 'text', path: [3] })])],
  ['FETCH 1 BODY[4.1.mime]', fetched([body({ kind: 'mime', path: [4, 1] })])],
  [
    'FETCH 1 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])',
    fetched([{ kind: 'FLAGS' }, body({ kind: 'fields', path: [], names: ['DATE', 'FROM'], not: false })]),
  ],
  [
    'FETCH 1 BODY.PEEK[2.HEADER.FIELDS.NOT ("x" {1}\r\ny)]<5.6>',
    fetched([
      body(
        { kind: 'fields', path: [2], names: ['x', 'y'], not: true },
        { peek: true, partial: { offset: 5, count: 6 } },
      ),
    ]),
  ],
  [
    'FETCH 1 (BINARY[1.2]<0.5> BINARY.PEEK[] BINARY.SIZE[3])',
    fetched([
      { kind: 'BINARY', peek: false, path: [1, 2], partial: { offset: 0, count: 5 } },
      { kind: 'BINARY', peek: true, path: [] },
      { kind: 'BINARY.SIZE', path: [3] },
    ]),
  ],
  ['FETCH 1 PREVIEW', fetched([{ kind: 'PREVIEW', lazy: false }])],
  ['FETCH 1 (PREVIEW (LAZY) UID)', fetched([{ kind: 'PREVIEW', lazy: true }, { kind: 'UID' }])],
  ['FETCH 1 PREVIEW (CHANGEDSINCE 5)', fetched([{ kind: 'PREVIEW', lazy: false }], { changedSince: 5 })],
  ['FETCH 1 FLAGS (CHANGEDSINCE 12345)', fetched([{ kind: 'FLAGS' }], { changedSince: 12345 })],
  [
    'UID FETCH $ FLAGS (CHANGEDSINCE 12345 VANISHED)',
    fetched([{ kind: 'FLAGS' }], {
      verb: 'UID FETCH',
      set: { kind: 'saved' },
      changedSince: 12345,
      vanished: true,
    }),
  ],
];

test('FETCH and its items', () => assertCommands(GOOD));

test('what is no FETCH says why', () => {
  assertRefused([
    'FETCH',
    'FETCH 1',
    'FETCH 0 FLAGS',
    'FETCH 1, FLAGS',
    'FETCH 1 ()',
    'FETCH 1 FOO',
    'FETCH 1 (FLAGS  UID)',
    'FETCH 1 (FLAGS',
    'FETCH 1 (ALL)',
    'FETCH 1 BODY[',
    'FETCH 1 BODY[1.]',
    'FETCH 1 BODY[0]',
    'FETCH 1 BODY[MIME]',
    'FETCH 1 BODY[FOO]',
    'FETCH 1 BODY[1.HEADER.FIELDS]',
    'FETCH 1 BODY[HEADER.FIELDS ()]',
    'FETCH 1 BODY[]<0.0>',
    'FETCH 1 BODY[]<1>',
    'FETCH 1 BODY.PEEK',
    'FETCH 1 BINARY',
    'FETCH 1 BINARY[TEXT]',
    'FETCH 1 PREVIEW (FUZZY)',
    'FETCH 1 FLAGS (CHANGEDSINCE)',
    'FETCH 1 FLAGS (PARTIAL 1:2)',
    'UID FETCH 1 FLAGS (PARTIAL)',
    'UID FETCH 1 FLAGS (PARTIAL 1:*)',
    'UID FETCH 1 FLAGS (PARTIAL 0:2)',
    'UID FETCH 1 FLAGS (PARTIAL -1:2)',
    'UID FETCH 1 FLAGS (PARTIAL 1:2 PARTIAL 3:4)',
    'FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)',
    'UID FETCH 1 FLAGS (VANISHED)',
    `FETCH 1 BODY[${'1.'.repeat(200)}1]`,
  ]);
});
