import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatMailbox, parseMailbox, parsePath } from './mailbox.ts';

const A64 = 'a'.repeat(64);

const GOOD: readonly (readonly [string, string, string, string?])[] = [
  ['user@example.org', 'user', 'example.org'],
  ['User.Name+tag@EXAMPLE.Org', 'User.Name+tag', 'example.org', 'User.Name+tag@example.org'],
  ["!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", 'x'],
  ['"plain"@example.org', 'plain', 'example.org', 'plain@example.org'],
  ['"\\p\\l"@example.org', 'pl', 'example.org', 'pl@example.org'],
  ['"two words"@example.org', 'two words', 'example.org'],
  ['"a\\"b\\\\c"@example.org', 'a"b\\c', 'example.org'],
  ['"a@b>"@example.org', 'a@b>', 'example.org'],
  ['""@example.org', '', 'example.org'],
  ['".a..b."@example.org', '.a..b.', 'example.org'],
  ['u@[192.0.2.1]', 'u', '[192.0.2.1]'],
  ['u@[ipv6:2001:DB8:0:0::1]', 'u', '[IPv6:2001:db8::1]', 'u@[IPv6:2001:db8::1]'],
  ['u@[IPv6:::ffff:192.0.2.1]', 'u', '[IPv6:::ffff:c000:201]', 'u@[IPv6:::ffff:c000:201]'],
  ['u@[IPv6:1:2:3:4:5:6:7:8]', 'u', '[IPv6:1:2:3:4:5:6:7:8]'],
  ['u@[IPv6:::]', 'u', '[IPv6:::]'],
  ['é@bücher.example', 'é', 'xn--bcher-kva.example', 'é@xn--bcher-kva.example'],
  ['u@BÜCHER。example', 'u', 'xn--bcher-kva.example', 'u@xn--bcher-kva.example'],
  ['"é è"@example.org', 'é è', 'example.org'],
  ['😀@example.org', '😀', 'example.org'],
  [`${A64}@example.org`, A64, 'example.org'],
  [`u@${'b'.repeat(63)}.org`, 'u', `${'b'.repeat(63)}.org`],
];

const BAD: readonly string[] = [
  '',
  '@',
  'u',
  'u@',
  '@x',
  'u@x.',
  'u@.x',
  'u@x..y',
  '.u@x',
  'u.@x',
  'u..v@x',
  'u v@x',
  'u@x y',
  'u@-x',
  'u@x-',
  'u@x_y',
  '"u@x',
  '"u"v@x',
  '"u".v@x',
  '"a\r\nb"@x',
  '"\u0000"@x',
  'u@[1.2.3]',
  'u@[1.2.3.256]',
  'u@[01.2.3.4]',
  'u@[1.2.3.4',
  'u@[IPv6:1:2:3:4:5:6:7]',
  'u@[IPv6:1::2::3]',
  'u@[IPv6:1:2:3:4:5:6::8]x',
  'u@[IPv6:1:2:3:4:5:6:7::8]',
  'u@[IPv6:12345::]',
  'u@[IPv6:1.2.3.4::1]',
  'u@[x]',
  'u@[tag:x]',
  '(c)u@x',
  'u@x(c)',
  'a@b@c',
  '\ufffd@x',
  '\u0085@x',
  '\ud800@x',
  'u@\ufffd',
  `${A64}a@x`,
  `"${'a'.repeat(63)}"@x`,
  `${'é'.repeat(33)}@x`,
  `u@${'b'.repeat(64)}.org`,
  `u@${'bbbbbbb.'.repeat(40)}org`,
  `${A64}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`,
  'u@１.2.3.4',
  'u@é%41.org',
  '"é\\é"@x',
];

test('a legal mailbox becomes its meaning and is written back in one form', () => {
  for (const [text, local, domain, canonical] of GOOD) {
    const result = parseMailbox(text);
    assert.ok(result.ok, `${text}: ${result.ok || result.why}`);
    assert.deepEqual([result.mailbox.local, result.mailbox.domain], [local, domain], text);
    assert.equal(formatMailbox(result.mailbox), canonical ?? text);
    assert.equal(result.mailbox.smtpUtf8, /[^ -~]/.test(local));
    assert.deepEqual(parseMailbox(formatMailbox(result.mailbox)), result);
    const path = parsePath(`<${text}> SIZE=1`);
    assert.ok(path.ok && path.path.kind === 'mailbox', text);
    assert.deepEqual([path.path.mailbox, path.length], [result.mailbox, text.length + 2]);
  }
});

test('an illegal mailbox is refused with a position inside it', () => {
  for (const text of BAD) {
    const result = parseMailbox(text);
    assert.ok(!result.ok, `accepted ${JSON.stringify(text)}`);
    assert.ok(result.at >= 0 && result.at <= text.length && result.why !== '', text);
    if (text !== '') assert.ok(!parsePath(`<${text}>`).ok, `accepted as a path: ${JSON.stringify(text)}`);
  }
});

test('paths: null, postmaster and source routes (RFC 5321 4.1.1.3, appendix C)', () => {
  assert.deepEqual(parsePath('<> BODY=8BITMIME'), { ok: true, path: { kind: 'null' }, length: 2 });
  assert.deepEqual(parsePath('<PostMaster>'), { ok: true, path: { kind: 'postmaster' }, length: 12 });
  const routed = parsePath('<@a.example,@[192.0.2.1]:u@d.example> X=1');
  assert.deepEqual(routed, {
    ok: true,
    path: { kind: 'mailbox', mailbox: { local: 'u', domain: 'd.example', smtpUtf8: false } },
    length: 37,
  });
  for (const text of [
    '',
    'u@x',
    '<u@x',
    '<u@x ',
    '< u@x>',
    '<u@x >',
    '<@a u@d>',
    '<@a,b:u@d>',
    '<@:u@d>',
    '<:u@d>',
    '<user>',
    '<@a:>',
  ]) {
    assert.ok(!parsePath(text).ok, `accepted ${text}`);
  }
});

test('random text never throws, and what parses survives a round trip', () => {
  let seed = 20180312;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pieces = [
    'a',
    'B',
    '.',
    '@',
    '"',
    '\\',
    '<',
    '>',
    '[',
    ']',
    ':',
    ',',
    '-',
    'é',
    '\u0000',
    '\ud83d',
    ' ',
    '1',
    'IPv6:',
    '::',
    'xn--',
    'a'.repeat(40),
  ];
  let parsed = 0;
  for (let run = 0; run < 30_000; run += 1) {
    let text = '';
    for (let length = next(6); length > 0; length -= 1) text += pieces[next(pieces.length)];
    if (next(2) === 0)
      text = next(2) === 0 ? `${text}@a.example` : `"${text}"@${pieces[next(pieces.length)]}`;
    const result = parseMailbox(text);
    const path = parsePath(`<${text}`);
    if (path.ok) assert.ok(path.length <= text.length + 1);
    if (!result.ok) continue;
    parsed += 1;
    assert.deepEqual(parseMailbox(formatMailbox(result.mailbox)), result, text);
  }
  assert.ok(parsed > 500, `only ${parsed} texts parsed`);
});

test('a hostile length costs little', () => {
  for (const text of [
    'a'.repeat(100_000),
    `a@${'b.'.repeat(50_000)}`,
    `<@${'a,@'.repeat(50_000)}`,
    `"${'a'.repeat(100_000)}"@x`,
    `<${'a.'.repeat(50_000)}@x>`,
  ]) {
    assert.ok(!parseMailbox(text).ok);
    assert.ok(!parsePath(text).ok);
  }
});

/** Where this parser and isemail differ, by the id of the vector, and why. */
const DISAGREEMENTS: Readonly<Record<string, string>> = {};

const VECTORS = '../shared/data/vectors/isemail/tests.xml';

test('isemail vectors agree on what SMTP allows', {
  skip: existsSync(VECTORS) ? false : `needs ${VECTORS}`,
}, async () => {
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    trimValues: false,
    htmlEntities: true,
  });
  const tests: { '@_id': string; address: string; category: string }[] = parser.parse(
    readFileSync(VECTORS, 'utf8'),
  ).tests.test;
  const wrong: string[] = [];
  for (const { '@_id': id, address, category } of tests) {
    // The vectors show control characters as U+2400 and up.
    const text = address.replace(/[\u2400-\u241f]/g, (char) =>
      String.fromCharCode(char.charCodeAt(0) - 0x2400),
    );
    const legal = ['ISEMAIL_VALID_CATEGORY', 'ISEMAIL_DNSWARN', 'ISEMAIL_RFC5321'].includes(category.trim());
    if ((parseMailbox(text).ok === legal) === id in DISAGREEMENTS)
      wrong.push(`${id} ${JSON.stringify(text)} ${category}`);
  }
  assert.ok(tests.length > 150);
  assert.deepEqual(wrong, []);
});
