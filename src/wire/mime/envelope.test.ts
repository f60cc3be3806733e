import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ADDRESSES, parseAddressList } from './address-list.ts';
import { displayName, readEnvelope } from './envelope.ts';
import { scanHeader } from './header.ts';
import type { EnvelopeAddress } from './structure.ts';

/** `name|route|mailbox|host`, `-` for what is missing. */
function shown(list: readonly EnvelopeAddress[]): string[] {
  return list.map(({ name, route, mailbox, host }) =>
    [name, route, mailbox, host].map((text) => text ?? '-').join('|'),
  );
}

const END = '-|-|-|-';
/** The lists of RFC 5322 appendix A, and what comes in real mail. */
const LISTS: readonly (readonly [text: string, ...entries: string[]])[] = [
  [''],
  [' , ;,'],
  ['john@example.com', '-|-|john|example.com'],
  ['John Doe <jdoe@machine.example>', 'John Doe|-|jdoe|machine.example'],
  ['"Joe Q. Public" <john.q.public@example.com>', 'Joe Q. Public|-|john.q.public|example.com'],
  ['Joe Q. Public <john@example.com>', 'Joe Q. Public|-|john|example.com'],
  [
    'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
    'Mary Smith|-|mary|x.test',
    '-|-|jdoe|example.org',
    'Who?|-|one|y.test',
  ],
  [
    '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
    '-|-|boss|nil.test',
    'Giant; "Big" Box|-|sysservices|example.net',
  ],
  [
    'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
    '-|-|A Group|-',
    'Ed Jones|-|c|a.test',
    '-|-|joe|where.test',
    'John|-|jdoe|one.test',
    END,
  ],
  ['Undisclosed recipients:;', '-|-|Undisclosed recipients|-', END],
  ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', 'Pete|-|pete|silly.test'],
  [
    "A Group(Some people)\r\n :Chris Jones <c@(Chris's host.)public.example>, joe@example.org;",
    '-|-|A Group|-',
    'Chris Jones|-|c|public.example',
    '-|-|joe|example.org',
    END,
  ],
  ['(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;', '-|-|Hidden recipients|-', END],
  ['Joe <@node.test,@b:john @ example . com>', 'Joe|@node.test,@b|john|example.com'],
  ['john.doe @ example.com', '-|-|john.doe|example.com'],
  ['john . doe@example.com', '-|-|john.doe|example.com'],
  ['user@example.com (Real (nested) Name)', 'Real (nested) Name|-|user|example.com'],
  ['"a b"@example.com', '-|-|a b|example.com'],
  ['x@[192.0.2.1]', '-|-|x|[192.0.2.1]'],
  ['=?utf-8?q?Zo=C3=A9?= <z@x>', '=?utf-8?q?Zo=C3=A9?=|-|z|x'],
  ['Zoé <z@exämple.org>', 'Zoé|-|z|exämple.org'],
  ['localuser', '-|-|localuser|'],
  ['"Name" <>', 'Name|-||'],
  ['Name Only <x>', 'Name Only|-|x|'],
  ['John Doe john@x.test', 'John Doe|-|john|x.test'],
  ['a@b c@d, e@f', '-|-|a|b', '-|-|e|f'],
  ['a@b; c@d', '-|-|a|b', '-|-|c|d'],
  ['Foo <a@b, c@d>', 'Foo|-|a|b', '-|-|c|d'],
  ['"unclosed <a@b>', '-|-|unclosed <a@b>|'],
  ['g: a@b', '-|-|g|-', '-|-|a|b', END],
  ['g: a@b, h: c@d;', '-|-|g|-', '-|-|a|b', END, '-|-|h|-', '-|-|c|d', END],
  ['<a@b> junk "x, y" more, c@d', '-|-|a|b', '-|-|c|d'],
  ['<<a@b>>', '-|-|a|b'],
  ['@x', '-|-||x'],
];

test('address lists are entries as ENVELOPE has them', () => {
  for (const [text, ...entries] of LISTS) assert.deepEqual(shown(parseAddressList(text)), entries, text);
});

test('a list has an end', () => {
  assert.equal(parseAddressList('a@b,'.repeat(10_000)).length, MAX_ADDRESSES);
});

test('an envelope has the first of each field, and lists put together', () => {
  const header = scanHeader(
    Buffer.from(
      [
        'Received: x',
        'DATE : Mon, 12 Mar 2018 09:00:00 +0000',
        'Subject: =?utf-8?q?a?=\r\n b',
        'Subject: no',
        'To: a@b',
        'to: c@d',
        'Sender: s@x',
        'Reply-To:',
        'In-Reply-To: <1@x>',
        'Message-Id: <2@x>',
        'Bcc: \xff\0<e@f>',
        '',
        '',
      ].join('\r\n'),
      'latin1',
    ),
  );
  assert.deepEqual(readEnvelope(header), {
    date: 'Mon, 12 Mar 2018 09:00:00 +0000',
    subject: '=?utf-8?q?a?= b',
    from: [],
    sender: [{ mailbox: 's', host: 'x' }],
    replyTo: [],
    to: [
      { mailbox: 'a', host: 'b' },
      { mailbox: 'c', host: 'd' },
    ],
    cc: [],
    bcc: [{ name: 'ÿ', mailbox: 'e', host: 'f' }],
    inReplyTo: '<1@x>',
    messageId: '<2@x>',
  });
});

test('a list is shown by its first name, or address', () => {
  const cases: readonly (readonly [list: string, name: string])[] = [
    ['=?utf-8?q?Zo=C3=A9?= <z@x>, a@b', 'Zoé'],
    ['a@b', 'a@b'],
    ['team: a@b;', 'team'],
    ['', ''],
  ];
  for (const [list, name] of cases) assert.equal(displayName(parseAddressList(list)), name);
});
