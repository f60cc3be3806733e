import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { sectionRange } from './section.ts';
import { decodeStructure, encodeStructure } from './structure-codec.ts';
import { MAX_DEPTH, MAX_PARTS, readStructure, StructureReader } from './structure-reader.ts';
import { allParts, bodyEnd, bodyStart, type Message, type Part } from './structure.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

/** `type[parts]`, with the octets of each body. */
function outline(part: Part, message: Buffer): string {
  const name = `${part.type}/${part.subtype}`;
  if (part.message !== undefined) return `${name}(${outline(part.message.root, message)})`;
  if (part.type === 'multipart')
    return `${name}[${part.parts.map((child) => outline(child, message)).join(' ')}]`;
  return `${name}{${message.toString('latin1', bodyStart(part), bodyEnd(part)).replaceAll('\r', '')}}`;
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b\n\n';
const CASES: readonly { what: string; text: string; is: string }[] = [
  { what: 'nothing', text: '', is: 'text/plain{}' },
  { what: 'text', text: 'A: b\n\nhello\n', is: 'text/plain{hello\n}' },
  { what: 'a header that ends in the middle', text: 'Content-Type: text/html', is: 'text/html{}' },
  {
    what: 'two parts',
    text: `${MIXED}--b\n\none\n--b\n\ntwo\n--b--\n`,
    is: 'multipart/mixed[text/plain{one} text/plain{two}]',
  },
  {
    what: 'preamble and epilogue',
    text: `${MIXED}pre\n--b\n\none\n--b--\n--b\n\nno part\n`,
    is: 'multipart/mixed[text/plain{one}]',
  },
  { what: 'no end', text: `${MIXED}--b\n\none\n`, is: 'multipart/mixed[text/plain{one\n}]' },
  { what: 'no part', text: `${MIXED}nothing\n`, is: 'multipart/mixed[]' },
  { what: 'a delimiter and nothing behind it', text: `${MIXED}--b`, is: 'multipart/mixed[]' },
  { what: 'a part of nothing', text: `${MIXED}--b\n--b--`, is: 'multipart/mixed[text/plain{}]' },
  {
    what: 'a header without its blank line',
    text: `${MIXED}--b\nContent-Type: text/html\n--b--\n`,
    is: 'multipart/mixed[text/html{}]',
  },
  {
    what: 'a header with a line that is none',
    text: `${MIXED}--b\nContent-Type: text/html\n<p>hi\n--b--\n`,
    is: 'multipart/mixed[text/html{<p>hi}]',
  },
  { what: 'no boundary', text: 'Content-Type: multipart/mixed\n\n--b\n', is: 'text/plain{--b\n}' },
  {
    what: 'an outer delimiter ends inner parts',
    text: `${MIXED}--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--`,
    is: 'multipart/mixed[multipart/alternative[text/plain{one}] text/plain{two}]',
  },
  {
    what: 'a boundary that begins like another',
    text: `${MIXED}--b\nContent-Type: multipart/related; boundary=b-1\n\n--b-1\n\none\n--b-1--\n--b\n\ntwo\n--b--`,
    is: 'multipart/mixed[multipart/related[text/plain{one}] text/plain{two}]',
  },
  {
    what: 'a boundary that begins like the end of another',
    text: `${MIXED}--b\nContent-Type: multipart/related; boundary=b--x\n\n--b--x\n\none\n--b--x--\n--b\n\ntwo\n--b--`,
    is: 'multipart/mixed[multipart/related[text/plain{one}] text/plain{two}]',
  },
  {
    what: 'one boundary for two',
    text: `${MIXED}--b\nContent-Type: multipart/related; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n--b--`,
    is: 'multipart/mixed[multipart/related[text/plain{one}] text/plain{two}]',
  },
  {
    what: 'a boundary that ends like the mark of an end',
    text: 'Content-Type: multipart/mixed; boundary="b--"\n\n--b--\n\none\n--b----\n',
    is: 'multipart/mixed[text/plain{one}]',
  },
  {
    what: 'no delimiters',
    text: `${MIXED}--b\n\n--bc\n -- b\n--\n-\n--b--`,
    is: 'multipart/mixed[text/plain{--bc\n -- b\n--\n-}]',
  },
  { what: 'padding', text: `${MIXED}--b \t\n\none\n--b-- \n`, is: 'multipart/mixed[text/plain{one}]' },
  {
    what: 'a message in a message',
    text: 'Content-Type: message/rfc822\n\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n',
    is: 'message/rfc822(multipart/mixed[text/plain{one}])',
  },
  {
    what: 'a digest',
    text: 'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b\n--b--\n',
    is: 'multipart/digest[message/rfc822(text/plain{one}) message/rfc822(text/plain{})]',
  },
  { what: 'a type that is none', text: 'Content-Type: x y z\n\none', is: 'text/plain{one}' },
  {
    what: 'half a type',
    text: 'Content-Type: application; name=x\n\none',
    is: 'application/octet-stream{one}',
  },
];

test('the parts of a message, with either line end and however it is cut', () => {
  for (const { what, text, is } of CASES) {
    for (const whole of [bytes(text), bytes(crlf(text))]) {
      const message = readStructure(whole);
      assert.equal(outline(message.root, whole), is, what);
      for (let cut = 0; cut <= whole.length; cut++)
        assert.deepEqual(inPieces([whole.subarray(0, cut), whole.subarray(cut)]), message, `${what}, ${cut}`);
      assert.deepEqual(
        inPieces([...whole].map((byte) => Buffer.of(byte))),
        message,
        `${what}, octet by octet`,
      );
    }
  }
});

function inPieces(pieces: readonly Buffer[]): Message {
  const reader = new StructureReader();
  for (const piece of pieces) reader.feed(piece);
  return reader.end();
}

const CUT_OFF: readonly { boundaries: readonly string[]; text: string }[] = [
  {
    boundaries: ['----=_Part_12_34.5'],
    text: 'Content-Type: multipart/mixed; boundary="----=_Part_12_34.5"\n\n------=_Part_12_34.5\nContent-Type: text/html\n\nhello\n------=_Part_12_34.5--\n',
  },
  {
    boundaries: ['report', 'inner'],
    text: 'Content-Type: multipart/report; boundary=report\n\n--report\n\nFailed.\n--report\nContent-Type: message/delivery-status\n\nAction: failed\n--report\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=inner\n\n--inner\n\none\n--inner--\n--report--\n',
  },
  { boundaries: ['b--'], text: 'Content-Type: multipart/mixed; boundary="b--"\n\n--b--\n\none\n--b----\n' },
  {
    boundaries: ['bbb'],
    text: 'Content-Type: multipart/mixed; boundary=bbb\n\n--bbb\n\none\n----------------\n',
  },
];

test('a message is cut off anywhere: a last line that is too short for a delimiter is none', () => {
  for (const { boundaries, text } of CUT_OFF)
    for (const whole of [text, crlf(text)])
      for (let length = 0; length <= whole.length; length++) {
        const cut = whole.slice(0, length);
        const last = cut.slice(cut.lastIndexOf('\n') + 1);
        const delimits = boundaries.some(
          (name) => last.trimEnd().replace(/--$/, '') === `--${name}` || last === `--${name}`,
        );
        const message = readStructure(bytes(cut));
        assert.ok(allParts(message).every((part) => bodyEnd(part) <= length));
        const hyphens = /^-+/.exec(last)?.[0].length ?? 0;
        const asText = cut.slice(0, length - last.length) + 'x'.repeat(hyphens) + last.slice(hyphens);
        if (!delimits) assert.deepEqual(message, readStructure(bytes(asText)), cut);
      }
});

test('octets and lines are those of the body without the line end of its delimiter', () => {
  const text = crlf(
    `${MIXED}--b\n\na\nb\n--b\nContent-Type: message/rfc822\n\nSubject: s\n\nx\ny\n\n--b\nContent-Type: image/png\n\n1\n2\n--b--\n`,
  );
  const [plain, nested, image] = readStructure(bytes(text)).root.parts as [Part, Part, Part];
  assert.deepEqual([plain.bodyBytes, plain.lines], [4, 1]);
  assert.deepEqual([nested.bodyBytes, nested.lines], [20, 4]);
  assert.deepEqual([nested.message?.root.bodyBytes, nested.message?.root.lines], [6, 2]);
  assert.deepEqual([image.bodyBytes, image.lines], [4, 0]);
  assert.equal(
    text.slice(nested.start, nested.start + nested.headerBytes),
    'Content-Type: message/rfc822\r\n\r\n',
  );
});

test('what the header of a part says', () => {
  const header = [
    'content-TYPE: Text/HTML; Charset="iso-8859-1" (Latin); name=two words.txt; name="no"; bad; x="a\\"b',
    'Content-Transfer-Encoding: (why) BASE64 ',
    'Content-Disposition: Attachment; filename="a;b=c"',
    'Content-ID: <1@x>',
    'Content-Description: =?utf-8?q?caf=C3=A9?=',
    'Content-Language: fr, en (English)',
    'Content-Location: http://x/\r\n y',
  ].join('\r\n');
  const { root } = readStructure(bytes(`${header}\r\n\r\n`));
  const { type, subtype, parameters, encoding, disposition, id, description, languages, location } = root;
  assert.deepEqual(
    { type, subtype, parameters, encoding, disposition, id, description, languages, location },
    {
      type: 'text',
      subtype: 'html',
      parameters: [
        ['charset', 'iso-8859-1'],
        ['name', 'two words.txt'],
        ['x', 'a"b'],
      ],
      encoding: 'base64',
      disposition: { type: 'attachment', parameters: [['filename', 'a;b=c']] },
      id: '<1@x>',
      description: '=?utf-8?q?caf=C3=A9?=',
      languages: ['fr', 'en'],
      location: 'http://x/y',
    },
  );
});

test('parts and depth have an end, and what lies behind it is still covered', () => {
  const many = bytes(`${MIXED}${'--b\n\nx\n'.repeat(MAX_PARTS + 10)}--b--\n`);
  const { root } = readStructure(many);
  assert.equal(allParts(readStructure(many)).length, MAX_PARTS);
  assert.ok((root.parts.at(-1) as Part).bodyBytes > 60);
  const deep = bytes('Content-Type: message/rfc822\n\n'.repeat(500));
  assert.equal(allParts(readStructure(deep)).length, MAX_DEPTH + 1);
  let nested = '';
  for (let level = 0; level < 500; level++)
    nested += `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`;
  assert.equal(allParts(readStructure(bytes(nested))).length, MAX_DEPTH + 1);
  const digests = 'Content-Type: multipart/digest; boundary=b\n\n--b\n\n'.repeat(3_000);
  assert.ok(allParts(readStructure(bytes(digests))).length <= MAX_PARTS);
});

test('what is made to be slow is not', () => {
  const sizes = [200_000, 800_000] as const;
  const levels = Array.from({ length: MAX_DEPTH }, (_, level) => level);
  const deep = levels
    .map((level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`)
    .join('');
  const makers: readonly ((size: number) => string)[] = [
    (size) => `${deep}\n${'--b\n'.repeat(size / 4)}`,
    (size) => `${deep.replaceAll('\n\n', '\n')}${'--\n'.repeat(size / 3)}`,
    (size) => `${deep.replaceAll('\n\n', '\n')}${'x:\n'.repeat(size / 3)}`,
    (size) => `${MIXED}${'--c\n'.repeat(size / 4)}`,
    (size) => `${MIXED}${'\n'.repeat(size)}`,
    (size) => `Content-Type: text/plain${';'.repeat(size)}=`,
    (size) => `Content-Type: text/plain${'; x'.repeat(size / 3)}`,
    (size) => `Content-Type: (${'('.repeat(size)}`,
    (size) => `To: ${'<a,'.repeat(size / 3)}`,
    (size) => `To: ${'"a" '.repeat(size / 4)}`,
    (size) => `To: ${'a:'.repeat(size / 2)}`,
    (size) => `To: ${'@'.repeat(size)}`,
    (size) => `${'A\n'.repeat(size / 2)}`,
    (size) => `${MIXED}${'--b\n'.repeat(size / 4)}`,
    (size) => `Content-Type: message/rfc822\n\n${'x\n'.repeat(size / 2)}`,
  ];
  for (const [index, make] of makers.entries()) {
    const [short, long] = sizes.map((size) => fastest(bytes(make(size)))) as [number, number];
    // Four times the octets: linear is 4, quadratic 16.
    assert.ok(long < Math.max(10 * short, 50), `${index}: ${short} ms, then ${long} ms`);
    // Nor does it take long for its length: deep nesting once took a microsecond for each octet.
    assert.ok(long < 400, `${index}: ${long} ms`);
  }
});

function fastest(message: Buffer): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    readStructure(message);
    best = Math.min(best, process.cpuUsage(start).user / 1_000);
  }
  return best;
}

test('random octets give a structure within the message, the same in pieces, and through the codec', () => {
  const { next, pick, pieces } = chance(5);
  const words = [
    'Content-Type: multipart/mixed; boundary=b\n',
    'Content-Type: multipart/digest; boundary="b"\n',
    'Content-Type: multipart/alternative; boundary=b-\n',
    'Content-Type: message/rfc822\n',
    'Content-Type: text/html; charset=x\n',
    "Content-Disposition: attachment; filename*=utf-8''%e2\n",
    'From: a <b@c>, g: d@e;\n',
    'Subject: \xff\0\n',
    '--b\n',
    '--b--\n',
    '--b-\n',
    '--b---\n',
    '\n',
    '\n\n',
    '\r\n',
    '\r',
    '-',
    '--',
    ' \n',
    'From x\n',
    'text',
    ':',
    '\0',
  ];
  let parts = 0;
  for (let run = 0; run < 8_000; run++) {
    let text = pick(words.slice(0, 5));
    for (let count = next(30); count > 0; count--) text += pick(words);
    const whole = bytes(text);
    const message = readStructure(whole);
    for (const part of allParts(message)) {
      parts += 1;
      assert.ok(
        part.start >= 0 && part.headerBytes >= 0 && part.bodyBytes >= 0 && bodyEnd(part) <= whole.length,
      );
      let at = bodyStart(part);
      for (const child of [...part.parts, ...(part.message === undefined ? [] : [part.message.root])]) {
        assert.ok(child.start >= at && bodyEnd(child) <= Math.max(bodyEnd(part), bodyStart(child)), text);
        at = bodyEnd(child);
      }
    }
    const path = Array.from({ length: next(4) }, () => 1 + next(3));
    const range = sectionRange(message, { path, kind: pick(['whole', 'header', 'text', 'mime'] as const) });
    assert.ok(range === undefined || (range.start <= range.end && range.end <= whole.length), text);
    assert.deepEqual(inPieces(pieces(whole, 1 + next(20))), message, JSON.stringify(text));
    assert.deepEqual(decodeStructure(encodeStructure(message)), message);
  }
  assert.ok(parts > 10_000, `${parts} parts`);
});
