import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterHeader, partAt, type Section, sectionRange } from './section.ts';
import { readStructure } from './structure-reader.ts';

/** The shape of the example of RFC 9051 6.4.5.1, with the text of each part its number. */
const MESSAGE = [
  'Subject: outer',
  'Content-Type: multipart/mixed; boundary=a',
  '',
  '--a',
  '',
  'one',
  '--a',
  'Content-Type: application/octet-stream',
  '',
  'two',
  '--a',
  'Content-Type: message/rfc822',
  'X-Of: 3',
  '',
  'Subject: three',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'three.one',
  '--b',
  'X-Of: 3.2',
  '',
  'three.two',
  '--b--',
  '--a',
  'Content-Type: multipart/mixed; boundary=c',
  '',
  '--c',
  'Content-Type: image/gif',
  '',
  'four.one',
  '--c',
  'Content-Type: message/rfc822',
  '',
  'Subject: four.two',
  '',
  'four.two.one',
  '--c--',
  '--a--',
  '',
].join('\r\n');
const message = readStructure(Buffer.from(MESSAGE));

/** `1.2.HEADER` as a section. */
function section(text: string): Section {
  const words = text === '' ? [] : text.split('.');
  const path = words.filter((word) => /^\d+$/.test(word)).map(Number);
  const kind = (words.find((word) => !/^\d+$/.test(word)) ?? 'whole').toLowerCase();
  return { path, kind: kind as 'whole' };
}

const CASES: readonly (readonly [section: string, octets: string | RegExp | undefined])[] = [
  ['', MESSAGE],
  ['HEADER', 'Subject: outer\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n'],
  ['TEXT', /^--a\r\n[\s\S]*--a--\r\n$/],
  ['1', 'one'],
  ['1.MIME', '\r\n'],
  ['1.HEADER', undefined],
  ['1.TEXT', undefined],
  ['1.1', undefined],
  ['2', 'two'],
  ['3', /^Subject: three\r\n[\s\S]*--b--$/],
  ['3.MIME', 'Content-Type: message/rfc822\r\nX-Of: 3\r\n\r\n'],
  ['3.HEADER', 'Subject: three\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'],
  ['3.TEXT', /^--b\r\n[\s\S]*--b--$/],
  ['3.1', 'three.one'],
  ['3.2', 'three.two'],
  ['3.2.MIME', 'X-Of: 3.2\r\n\r\n'],
  ['3.3', undefined],
  ['3.1.1', undefined],
  ['4', /^--c\r\n[\s\S]*--c--$/],
  ['4.1', 'four.one'],
  ['4.2.HEADER', 'Subject: four.two\r\n\r\n'],
  ['4.2.TEXT', 'four.two.one'],
  ['4.2.1', 'four.two.one'],
  ['4.2.1.1', undefined],
  ['4.2.1.MIME', 'Subject: four.two\r\n\r\n'],
  ['4.3', undefined],
  ['5', undefined],
];

test('a section is a range of the message', () => {
  for (const [text, octets] of CASES) {
    const range = sectionRange(message, section(text));
    const found = range === undefined ? undefined : MESSAGE.slice(range.start, range.end);
    if (octets instanceof RegExp) assert.match(found ?? '', octets, text);
    else assert.equal(found, octets, text);
  }
  assert.equal(partAt(message, [4, 1])?.subtype, 'gif');
});

test('of a message that is no multipart, part 1 is the body', () => {
  const text = 'Subject: s\r\n\r\nbody\r\n';
  const plain = readStructure(Buffer.from(text));
  const octets = (name: string): string | undefined => {
    const range = sectionRange(plain, section(name));
    return range && text.slice(range.start, range.end);
  };
  assert.equal(octets('1'), 'body\r\n');
  assert.equal(octets('1.MIME'), 'Subject: s\r\n\r\n');
  for (const none of ['2', '1.1', '1.HEADER', '1.TEXT']) assert.equal(octets(none), undefined, none);
});

const HEADER = 'A: 1\r\nb : 2\r\n  3\r\nC: 4\r\na: 5\r\n\r\n';
const FILTERS: readonly (readonly [header: string, names: readonly string[], not: boolean, is: string])[] = [
  [HEADER, ['a'], false, 'A: 1\r\na: 5\r\n\r\n'],
  [HEADER, ['B', 'x'], false, 'b : 2\r\n  3\r\n\r\n'],
  [HEADER, ['x'], false, '\r\n'],
  [HEADER, ['A', 'C'], true, 'b : 2\r\n  3\r\n\r\n'],
  ['A: 1\r\nB: 2\r\n', ['B'], false, 'B: 2\r\n'],
  ['\r\n', ['B'], true, '\r\n'],
  ['', ['B'], true, ''],
];

test('fields of a header by name, with its blank line', () => {
  for (const [header, names, not, is] of FILTERS)
    assert.equal(filterHeader(Buffer.from(header), { names, not }).toString(), is);
});
