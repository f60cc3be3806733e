import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { scanHeader } from './header.ts';
import { looseParts, MAX_LOOKED_AT_BYTES, textParts } from './text-parts.ts';

const OFFER = '<p>Order <a href="http://shop.far.example/">this</a> today</p>';
const READ = 'Order this today';

function html(message: string, most?: number): string {
  const bytes = Buffer.from(message, 'latin1');
  return textParts(scanHeader(bytes), bytes, most).html.toString().trim();
}

function plain(message: string, most?: number): string {
  const bytes = Buffer.from(message, 'latin1');
  return textParts(scanHeader(bytes), bytes, most).plain.toString().trim();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\r\n');
}

/** The fields of the text behind `type`, or those of a part between the lines of `boundary`. */
function encoded(type: string, encoding = 'base64'): string {
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${base64(OFFER)}\r\n`;
}

function multipart(type: string, boundary: string, part = encoded('text/html')): string {
  return `Content-Type: ${type}\r\n\r\n--${boundary}\r\n${part}--${boundary}--\r\n`;
}

function nested(levels: number): string {
  const begun = Array.from(
    { length: levels },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  );
  return begun.join('') + encoded('text/html');
}

const SHOWN: readonly (readonly [what: string, message: string])[] = [
  ['an encoding and a comment', encoded('text/html', 'base64 (x)')],
  ['a comment and an encoding', encoded('text/html', '(7bit) BASE64')],
  ['an encoding and a semicolon', encoded('text/html', 'base64;')],
  ['an encoding and a parameter', encoded('text/html', 'base64; x=7bit')],
  ['an encoding and a word', encoded('text/html', 'base64 x')],
  ['an encoding in a word', encoded('text/html', '"x-base64"')],
  ['a type between quotation marks', encoded('"text/html"')],
  ['a type behind a comment', encoded('(text/plain) text/html (x)')],
  ['a type of white space', encoded('\r\n text / HTML ;\r\n charset=utf-8')],
  ['a charset in another value', encoded('text/html; x="charset=utf-16"')],
  ['a charset in another name', encoded('text/html; xcharset=utf-16; charset=utf-8')],
  ['the first of two charsets', encoded('text/html; charset=utf-8; charset=utf-16')],
  ['a boundary behind a comment', multipart('(hi) multipart/mixed; boundary=b', 'b')],
  ['a boundary in another value', multipart('multipart/mixed; x="boundary=z"; boundary=b', 'b')],
  ['a boundary in another name', multipart('multipart/mixed; xboundary=z; boundary=b', 'b')],
  ['the first of two boundaries', multipart('multipart/mixed; boundary=b; boundary=z', 'b')],
  ['a boundary in pieces', multipart('multipart/mixed; boundary*0=b; boundary*1="c d"', 'bc d')],
  ['an encoded boundary', multipart("multipart/mixed; boundary*=utf-8''%62c", 'bc')],
  ['a boundary in pieces and another', multipart('multipart/mixed; boundary=b; boundary*0=c', 'b')],
  ['another boundary and one in pieces', multipart('multipart/mixed; boundary=b; boundary*0=c', 'c')],
  ['a boundary behind a bracket', multipart('multipart/mixed; x=(; boundary=b', 'b')],
  ['a boundary behind a comment without an end', multipart('multipart/mixed; x=y (; boundary=b', 'b')],
  ['a charset that is none', encoded('text/html; charset="utf-16;')],
  ['a boundary far behind', multipart(`multipart/mixed; x="${'y'.repeat(9_000)}"; boundary=b`, 'b')],
  ['a boundary behind many', multipart(`multipart/mixed; ${named(500)}boundary=b`, 'b')],
  ['a long boundary', multipart(`multipart/mixed; boundary=${'b'.repeat(200)}`, 'b'.repeat(200))],
  ['a boundary past ASCII', multipart('multipart/mixed; boundary="\xe9\xff"', '\xe9\xff')],
  ['a boundary like a field', multipart('multipart/mixed; boundary="a:b"', 'a:b')],
  [
    'a delimiter in a header',
    multipart(
      'multipart/mixed; boundary="a:b"',
      'a:b',
      `Content-Type: image/png\r\n--a:b\r\n${encoded('text/html')}`,
    ),
  ],
  [
    'an odd line in a header',
    multipart('multipart/mixed; boundary=b', 'b', `X: y\r\nFrom x\r\n${encoded('text/html')}`),
  ],
  [
    'an odd line before a header',
    multipart('multipart/mixed; boundary=b', 'b', `--x\r\n${encoded('text/html')}`),
  ],
  ['white space behind a delimiter', multipart('multipart/mixed; boundary=b', 'b \t')],
  ['a part behind 101', multipart('multipart/mixed; boundary=b', 'b', `${dots(101)}${encoded('text/html')}`)],
  [
    'a part behind 2000',
    multipart('multipart/mixed; boundary=b', 'b', `${dots(2_000)}${encoded('text/html')}`),
  ],
  ['twenty levels', nested(20)],
  [
    'a type behind many fields',
    multipart('multipart/mixed; boundary=b', 'b', `${'X:\n'.repeat(3_000)}${encoded('text/html')}`),
  ],
  ['a thousand levels', nested(1_000)],
  [
    'an encoded message',
    `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(nested(3))}`,
  ],
  [
    'a digest',
    `Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n${encoded('text/html')}--b--\r\n`,
  ],
  [
    'a message that says it is encoded',
    `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded('text/html')}`,
  ],
];

function named(count: number): string {
  return Array.from({ length: count }, (_, index) => `x${index}=y; `).join('');
}

function dots(count: number): string {
  return '\r\n.\r\n--b\r\n'.repeat(count);
}

for (const [what, message] of SHOWN)
  test(`a text that mail programs show is read: ${what}`, () => {
    assert.equal(html(message), READ);
  });

test('what mail programs show as it stands is not decoded', () => {
  const text = 'We met on Tuesday to talk of the fence, and nobody could say who had left the gate open.';
  for (const encoding of ['x-base64', 'no base64', 'binary', 'x'])
    assert.equal(plain(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${text}`), text, encoding);
  const parts = `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b x\r\nContent-Type: image/png\r\n\r\ntwo\r\n--bc\r\n--b-\r\nthree\r\n--b--x\r\nfour\r\n--b--\r\nfive`;
  const odd =
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\none\r\nContent-Type: text/html\r\n\r\n<p>two';
  assert.equal(plain(odd), 'one\r\nContent-Type: text/html');
  assert.equal(html(odd), 'two');
  const behind = encoded('text/html').replace('Content-Tr', 'x\r\n$&');
  assert.match(html(multipart('multipart/mixed; boundary=b', 'b', behind)), /Order this today$/);
  const unbounded = `Content-Type: multipart/mixed\r\nContent-Transfer-Encoding: base64\r\n\r\n${text}`;
  assert.equal(plain(unbounded), text);
  assert.match(
    plain(parts),
    /^one\s+--b x\s+Content-Type: image\/png\s+two\s+--bc\s+--b-\s+three\s+--b--x\s+four$/,
  );
});

/** Milliseconds of the fastest look in each manner, put together. */
function cost(message: Buffer): number {
  const header = scanHeader(message);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    textParts(header, message);
    textParts(header, message, MAX_LOOKED_AT_BYTES);
    looseParts(header, message);
    best = Math.min(best, process.cpuUsage(start).user / 1_000);
  }
  return best;
}

function repeated(begun: string, piece: string): string {
  return begun + piece.repeat((MAX_LOOKED_AT_BYTES - begun.length) / piece.length);
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';

test('what is made to be slow is not', () => {
  const hyphens = Array.from({ length: 16 }, (_, level) => '-'.repeat(60 - level)).map(
    (boundary) => `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`,
  );
  const messages = [
    `${hyphens.join('')}Content-Type: text/html\r\n\r\nx${'-'.repeat(62_000)}`,
    repeated(`${hyphens.join('')}\r\n`, `${'-'.repeat(70)}\r\n`),
    repeated(`${hyphens.join('')}\r\n`, '--\n'),
    repeated(nested(600), '--b\r\n'),
    repeated(MIXED, '--b\n\n.\n'),
    repeated(`${MIXED}--b\n`, 'X:\n'),
    repeated(MIXED, '--b\nContent-Type:text/html\n\n<\n'),
    repeated(`${MIXED}--b\r\n`, `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n`),
    repeated('Content-Type: multipart/mixed; boundary="a:b"\r\n\r\n', '--a:b\r\n'),
    repeated('', 'Content-Type: message/rfc822\r\n\r\n'),
    repeated('', 'Content-Type: multipart/mixed; boundary=b\r\n--b\r\n'),
    repeated(`${nested(400).replaceAll('\r\n\r\n', '\r\nx\r\n')}`, 'x:\n'),
    repeated('', 'Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n'),
    repeated(MIXED, `--b\r\nContent-Type: text/html; charset=utf-7\r\n\r\n${'+AGE-'.repeat(120)}\r\n`),
    `Content-Type: text/plain; ${named(80_000)}\r\n\r\nx`,
    `Content-Type: text/plain;${'\r\n '.repeat(250_000)}\r\n\r\nx`,
    `Content-Transfer-Encoding: ${'(base64'.repeat(100_000)}\r\n\r\nx`,
  ];
  for (const [index, message] of messages.entries()) {
    const ms = cost(Buffer.from(message));
    assert.ok(ms < 150, `${index}: ${ms} ms`);
    assert.ok(ms < 100, `${index}: ${ms} ms`);
  }
});

test('random octets never throw', () => {
  const { next, pick } = chance(12);
  const words = [
    'Content-Type: multipart/mixed; boundary=b\n',
    'Content-Type: multipart/digest; boundary="b-"; boundary*=c\n',
    'Content-Type: message/rfc822\n',
    'Content-Type: text/html; charset=utf-7\n',
    'Content-Type: text/calendar; method=x\n',
    'Content-Transfer-Encoding: base64\n',
    'Content-Transfer-Encoding: quoted-printable\n',
    '--b\n',
    '--b--\n',
    '--b-\n',
    '--c',
    '\n',
    '\r',
    ' \n',
    '<p>',
    '=3',
    'AAAA',
    '\0',
  ];
  for (let run = 0; run < 10_000; run++) {
    let text = '';
    for (let count = next(40); count > 0; count--) text += pick(words);
    const bytes = Buffer.from(text);
    const { plain: read, html: seen } = textParts(scanHeader(bytes), bytes);
    assert.ok(read.length <= 2 * bytes.length && seen.length <= 3 * bytes.length);
  }
});
