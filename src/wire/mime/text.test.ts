/** What a person or a search reads of a message: words, names, charsets, HTML, previews, subjects, dates, ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { attachmentName } from './attachment-name.ts';
import { baseSubject } from './base-subject.ts';
import { decodeCharset, isKnownCharset } from './charset.ts';
import { decodeWords } from './encoded-words.ts';
import { scanHeader } from './header.ts';
import { htmlSteps, htmlToText } from './html-text.ts';
import { messageIdsIn, threadIds } from './message-ids.ts';
import { MAX_PREVIEW, previewOf } from './preview.ts';
import { MAX_SEARCHED_HEADER, searchables } from './searchable-text.ts';
import { parseSentDate } from './sent-date.ts';
import { bodyStart } from './structure.ts';
import { readStructure } from './structure-reader.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('encoded words are undone, also where a character is cut in two', () => {
  const cases: readonly (readonly [text: string, is: string])[] = [
    ['plain', 'plain'],
    ['=?utf-8?q?caf=C3=A9_x?= y', 'café x y'],
    ['=?utf-8?b?w6k=?= =?utf-8?b?w6k=?=', 'éé'],
    ['=?utf-8?b?ww==?=\t=?UTF-8?b?qQ==?=', 'é'],
    ['=?utf-8?q?=C3?= =?iso-8859-1?q?=E9?=', '\ufffdé'],
    ['=?iso-2022-jp?b?GyRCRnxLXDhsGyhC?=', '日本語'],
    ['=?nobody?q?x?=', '=?nobody?q?x?='],
    ['=?utf-8?q?a?= b =?utf-8?q?c?=', 'a b c'],
    ['=?us-ascii*en?q?a?=', 'a'],
    ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
  ];
  for (const [text, is] of cases) assert.equal(decodeWords(text), is, text);
});

test('octets are text by their charset, and something legible without', () => {
  const cases: readonly (readonly [octets: string, charset: string | undefined, is: string])[] = [
    ['caf\xe9', 'iso-8859-1', 'café'],
    ['caf\xc3\xa9', 'UTF-8', 'café'],
    ['caf\xc3\xa9', undefined, 'café'],
    ['caf\xe9', undefined, 'café'],
    ['caf\xe9', 'us-ascii', 'café'],
    ['caf\xe9', 'no-such-charset', 'café'],
    ['\x93\xfa\x96{', 'shift_jis', '日本'],
    ['\xc4\xe3', 'gb2312', '你'],
    ['\xef\xbb\xbfx', 'utf-8', 'x'],
    ['caf\xe9', 'utf-8', 'caf\ufffd'],
    ['caf\x82', 'IBM437', 'café'],
    ['caf\x82 \xd5', 'cp850', 'café ı'],
    ['Hi Mom -+Jjo--!', 'utf-7', 'Hi Mom -☺-!'],
    ['+AOk-t+AOk', 'unicode-1-1-utf-7', 'été'],
    ['w6k=', 'base64', 'w6k='],
  ];
  for (const [octets, charset, is] of cases) assert.equal(decodeCharset(bytes(octets), charset), is);
  assert.ok(isKnownCharset('KOI8-R') && isKnownCharset('us-ascii') && !isKnownCharset('x-no'));
});

test('an attachment has the name that it was given', () => {
  const cases: readonly (readonly [fields: string, name: string | undefined])[] = [
    ['Content-Type: image/png', undefined],
    ['Content-Type: image/png; name=a.png', 'a.png'],
    ['Content-Disposition: attachment; filename="b c.png"\r\nContent-Type: image/png; name=a.png', 'b c.png'],
    ["Content-Disposition: attachment; filename*=UTF-8''na%C3%AFve%20plan.txt; filename=x", 'naïve plan.txt'],
    [
      `Content-Disposition: attachment; filename*0*=iso-8859-1'fr'caf%E9; filename*1=" pl"; filename*2="an.txt"`,
      'café plan.txt',
    ],
    ["Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A9", 'é'],
    ['Content-Disposition: attachment; filename="=?utf-8?b?w6kudHh0?="', 'é.txt'],
    ['Content-Disposition: attachment; filename=caf\xc3\xa9.txt', 'café.txt'],
    ['Content-Disposition: attachment; filename=""', undefined],
    ["Content-Disposition: attachment; filename*=''%00%zz", '%zz'],
  ];
  for (const [fields, name] of cases)
    assert.equal(attachmentName(readStructure(bytes(`${fields}\r\n\r\n`)).root), name, fields);
});

test('HTML is the text that is shown of it', () => {
  const cases: readonly (readonly [html: string, text: RegExp])[] = [
    ['<p>Hello <b>wor</b>ld</p>', /^\s*Hello world\s*$/],
    ['a<br>b<td>c', /^a\nb c$/],
    ['<STYLE>x{}</Style >a<script>if (a<b)</script>b<!-- <p>c --> d', /^ a b d$/],
    ['&eacute;&Eacute;&#233;&#xe9;&amp;lt;&nbsp;&nosuch; &#0;', /^éÉéé&lt;\u00a0&nosuch; {2}$/],
    ['1 < 2 <3', /^1 < 2 <3$/],
    ['a <script>never ends', /^a {2}$/],
    ['a<b', /^a$/],
  ];
  for (const [html, text] of cases) assert.match(htmlToText(html), text, html);
});

const reading = (whole: Buffer) => (start: number, end: number) => whole.subarray(start, end);

test('a preview is the beginning of the first text', () => {
  const preview = (text: string): string => {
    const whole = bytes(text);
    return previewOf(readStructure(whole), reading(whole));
  };
  const mixed = 'Content-Type: multipart/mixed; boundary=b\n\n';
  assert.equal(preview('A: b\n\n Hello,\r\n\r\n  world\t!\n'), 'Hello, world !');
  assert.equal(preview('A: b\n\n> quoted\nanswer\n'), 'answer');
  assert.equal(preview('A: b\n\n> quoted\n'), '> quoted');
  assert.equal(preview(`${mixed}--b\nContent-Type: text/html\n\n<b>html</b>\n--b\n\nplain\n--b--`), 'plain');
  assert.equal(preview(`${mixed}--b\nContent-Type: text/html\n\n<p>html\n--b\n\n \n--b--`), 'html');
  assert.equal(
    preview(`${mixed}--b\nContent-Disposition: attachment\n\nno\n--b\nContent-Type: image/png\n\nx\n--b--`),
    '',
  );
  const long = preview(`A: b\nContent-Type: text/plain; charset=utf-8\n\n${'\xf0\x9f\x98\x80'.repeat(300)}`);
  assert.deepEqual([[...long].length, long.isWellFormed()], [MAX_PREVIEW, true]);
});

test('a search sees header, texts and names of all parts', () => {
  const whole = bytes(
    'Subject: =?utf-8?q?=C3=A9t=C3=A9?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nw6k=\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ntext\n--b\nContent-Type: application/pdf; name=plan.pdf\n\nX\n--b--\n',
  );
  const message = readStructure(whole);
  const texts = (mostBytes: number): string[] =>
    [...searchables(message, mostBytes)].map(
      ({ of, start, end, steps }) => `${of} ${[...steps(whole.subarray(start, end))].join('')}`,
    );
  const [header = '', ...bodies] = texts(1_000);
  assert.match(header, /^header Subject: été\n/);
  assert.deepEqual(bodies, ['body é', 'body Subject: inner\n', 'body text', 'body plan.pdf']);
  const headerBytes = bodyStart(message.root);
  assert.deepEqual(texts(headerBytes + 4), [header, 'body é', 'body plan.pdf']);
});

test('a search looks at so many octets of a message, headers of nested ones among them', () => {
  const inner = `Content-Type: message/rfc822\n\nSubject: ${'=?utf-8?q?=C3=A9?= '.repeat(500)}\n\n\n`;
  const long = `Subject: long\n${`X: ${'y'.repeat(900)}\n`.repeat(300)}`;
  const head = `${long}Content-Type: multipart/mixed; boundary=b\n\n`;
  const message = readStructure(bytes(`${head}${`--b\n${inner}\n`.repeat(100)}--b--\n`));
  const sizes = [...searchables(message, 300_000)].map(({ start, end }) => end - start);
  assert.equal(sizes[0], MAX_SEARCHED_HEADER);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    300_000,
  );
});

test('long HTML is read in steps, none of them long, that make up the whole', () => {
  const pieces = ['&eacute;', 'word ', '<b>', '</td>', '<script>if (a<b)</script>', '<!-- > -->', '&', '< '];
  const parts = Array.from(
    { length: 60_000 },
    (_, at) => pieces[(at * 7 + (at >> 3)) % pieces.length] as string,
  );
  const [html, repeated] = [parts.join(''), (text: string) => text.repeat(50_000)];
  for (const long of [html, repeated('&eacute;'), repeated('words'), repeated('<b>')]) {
    const steps = [...htmlSteps(long)];
    assert.ok(steps.length > 2 && steps.every((step) => step.length <= 65_600), long.slice(0, 10));
  }
  assert.equal([...htmlSteps(html)].join(''), parts.map(htmlToText).join(''));
});

/** RFC 5256 2.1 and its erratum on what is a reply. */
const SUBJECTS: readonly (readonly [subject: string, base: string, isReply: boolean])[] = [
  ['', '', false],
  ['Hello', 'Hello', false],
  ['Re: Hello', 'Hello', true],
  ['RE : [list] Fwd: Hello  there (fwd)', 'Hello there', true],
  ['Re[2]: x', 'x', true],
  ['[list] x', 'x', false],
  ['[list]', '[list]', false],
  ['[a] re: [b] x', 'x', true],
  ['[Fwd: Re: x]', 'x', true],
  ['fw: x (fwd) (fwd) ', 'x', true],
  ['Re:', '', true],
  ['Regarding: x', 'Regarding: x', false],
  ['=?utf-8?q?Re:_=C3=A9t=C3=A9?=', 'été', true],
];

test('a subject is compared without its ornaments', () => {
  for (const [subject, text, isReply] of SUBJECTS)
    assert.deepEqual(baseSubject(subject), { text, isReply }, subject);
});

test('a date is read as it was written', () => {
  const cases: readonly (readonly [text: string, iso: string | undefined, zone?: number])[] = [
    ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06.000Z', -360],
    ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06.000Z', 0],
    ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06.000Z', -360],
    ['Thu,\r\n 13\r\n Feb 1969 23:32 -0330 (Newfoundland Time)', '1969-02-14T03:02:00.000Z', -210],
    ['Mon, 12 Mar 2018 09:00:00 EST', '2018-03-12T14:00:00.000Z', -300],
    ['Mon, 12 Mar 2018 09:00:00', '2018-03-12T09:00:00.000Z', 0],
    ['12-Mar-18 09:00:00 +0530', '2018-03-12T03:30:00.000Z', 330],
    ['Mon, 12 Foo 2018 09:00:00 +0000', undefined],
    ['yesterday', undefined],
    ['99 Mar 2018 09:00:00', undefined],
  ];
  for (const [text, iso, zone] of cases) {
    const date = parseSentDate(text);
    assert.equal(date && new Date(date.ms).toISOString(), iso, text);
    assert.equal(date?.zoneMinutes, zone, text);
  }
});

test('a message refers to others by References, or the first of In-Reply-To', () => {
  const ids = (text: string) => threadIds(scanHeader(bytes(text)));
  assert.deepEqual(ids('Message-ID: <a@x>\nReferences: <b@x>\n <c@x>\nIn-Reply-To: <d@x>\n\n'), {
    messageId: 'a@x',
    references: ['b@x', 'c@x'],
  });
  assert.deepEqual(ids('In-Reply-To: Your message of <d@x> <e@x>\n\n'), { references: ['d@x'] });
  assert.deepEqual(messageIdsIn('<"01KF8JCEOCBS0045PS"@xxx.yyy.com> x@y <z>'), [
    '01KF8JCEOCBS0045PS@xxx.yyy.com',
  ]);
});

test('random text never throws', () => {
  const { next, pick } = chance(8);
  const words = [
    '=?utf-8?q?',
    '=?x?b?',
    '?=',
    '<',
    '>',
    '&#x',
    ';',
    '&',
    '[',
    ']',
    're:',
    '(fwd)',
    '"',
    '\\',
    '\ud83d',
    '<!--',
    '<script',
    "utf-8''%",
    '12 Mar',
    '\0',
    ' ',
    'é',
    '@',
    '=',
    '*',
  ];
  for (let run = 0; run < 20_000; run++) {
    let text = '';
    for (let count = next(20); count > 0; count--) text += pick(words);
    for (const read of [decodeWords, htmlToText, baseSubject, parseSentDate, messageIdsIn]) read(text);
    attachmentName(
      readStructure(Buffer.from(`Content-Disposition: x; filename*=${text}; name*0*=${text}\n\n`)).root,
    );
    const whole = Buffer.from(`Content-Type: text/html; charset=${text}\n\n${text}`);
    previewOf(readStructure(whole), reading(whole));
  }
});
