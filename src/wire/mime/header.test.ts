import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countReceived,
  fieldName,
  fieldValue,
  findFields,
  hasField,
  type Header,
  MAX_FIELDS,
  MAX_HEADER_BYTES,
  scanHeader,
} from './header.ts';

function scan(text: string): Header {
  return scanHeader(Buffer.from(text));
}

function shown(header: Header): string[] {
  return header.fields.map((field) => `${fieldName(header, field)}=${fieldValue(header, field)}`);
}

const CASES: readonly { what: string; text: string; fields: string[]; body: string; problems?: string[] }[] =
  [
    { what: 'plain', text: 'A: 1\r\nB: 2\r\n\r\nbody\r\n', fields: ['A=1', 'B=2'], body: 'body\r\n' },
    { what: 'folded', text: 'A: 1\r\n\t2\r\n  3\r\nB:\r\n\r\n', fields: ['A=1\t2  3', 'B='], body: '' },
    { what: 'no body', text: 'A: 1\r\n', fields: ['A=1'], body: '', problems: ['no-blank-line'] },
    { what: 'cut in a field', text: 'A: 1', fields: ['A=1'], body: '', problems: ['no-blank-line'] },
    { what: 'cut in a name', text: 'A: 1\r\nBC', fields: ['A=1'], body: 'BC', problems: ['not-a-field'] },
    { what: 'empty', text: '', fields: [], body: '', problems: ['no-blank-line'] },
    { what: 'no header', text: '\r\nbody', fields: [], body: 'body' },
    {
      what: 'missing blank line',
      text: 'A: 1\r\nHello world\r\n',
      fields: ['A=1'],
      body: 'Hello world\r\n',
      problems: ['not-a-field'],
    },
    {
      what: 'only a body',
      text: 'Hello world\r\n',
      fields: [],
      body: 'Hello world\r\n',
      problems: ['not-a-field'],
    },
    { what: 'white space before the colon', text: 'Subject \t: x\r\n\r\n', fields: ['Subject=x'], body: '' },
    {
      what: 'a blank-looking continuation',
      text: 'A: 1\r\n \r\nB: 2\r\n\r\n',
      fields: ['A=1', 'B=2'],
      body: '',
    },
    { what: 'colons in the value', text: 'A:b:c\r\n\r\n', fields: ['A=b:c'], body: '' },
    { what: 'bare LF', text: 'A: 1\nB: 2\n\nbody', fields: ['A=1', 'B=2'], body: 'body' },
    {
      what: 'mbox line',
      text: 'From me@x Mon\r\nA: 1\r\n\r\n',
      fields: ['A=1'],
      body: '',
      problems: ['mbox-line'],
    },
    {
      what: 'orphan continuation',
      text: ' x\r\n y\r\nA: 1\r\n\r\n',
      fields: ['A=1'],
      body: '',
      problems: ['orphan-continuation'],
    },
    { what: 'UTF-8 value', text: 'Subject: déjà vu\r\n\r\n', fields: ['Subject=déjà vu'], body: '' },
  ];

test('fields, body start and problems of a header', () => {
  for (const { what, text, fields, body, problems } of CASES) {
    const header = scan(text);
    assert.deepEqual(shown(header), fields, what);
    assert.equal(header.bytes.toString('utf8', header.bodyStart), body, what);
    assert.deepEqual(
      header.problems.map(({ kind }) => kind),
      problems ?? [],
      what,
    );
  }
});

test('fields are found by name without case', () => {
  const header = scan(
    'RECEIVED: a\r\nX-Received: no\r\nReceived: b\r\nreceived : c\r\n\r\nReceived: in the body\r\n',
  );
  assert.equal(countReceived(header), 3);
  assert.deepEqual(
    findFields(header, 'received').map((field) => fieldValue(header, field)),
    ['a', 'b', 'c'],
  );
  assert.ok(hasField(header, 'x-received'));
  assert.ok(!hasField(header, 'x-receive'));
});

test('the number of fields and the size are bounded', () => {
  const many = scan(`${'A: 1\r\n'.repeat(MAX_FIELDS + 500)}\r\nbody`);
  assert.equal(many.fields.length, MAX_FIELDS);
  assert.deepEqual(
    many.problems.map(({ kind }) => kind),
    ['too-many-fields'],
  );
  assert.equal(many.bytes.toString('utf8', many.bodyStart), 'body');
  const large = scan(`A: ${'x'.repeat(2 * MAX_HEADER_BYTES)}\r\n\r\nbody`);
  assert.equal(large.bodyStart, MAX_HEADER_BYTES);
  assert.deepEqual(
    large.problems.map(({ kind }) => kind),
    ['too-large'],
  );
});

test('random bytes never throw, and the fields tile the header', () => {
  let seed = 1;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pieces = [
    'A',
    ':',
    ' ',
    '\t',
    '\r\n',
    '\r\n',
    '\n',
    '\r',
    'Received',
    '\u0000',
    'é',
    'From ',
    '\r\n\r\n',
    'x: y\r\n',
  ];
  for (let run = 0; run < 20_000; run += 1) {
    let text = '';
    for (let length = next(20); length > 0; length -= 1) text += pieces[next(pieces.length)];
    const header = scan(text);
    let at = header.fields[0]?.start ?? 0;
    for (const field of header.fields) {
      assert.equal(field.start, at, JSON.stringify(text));
      assert.ok(
        field.start < field.nameEnd && field.nameEnd < field.valueStart && field.valueStart <= field.end,
        JSON.stringify(text),
      );
      at = field.end;
    }
    assert.ok(
      header.fields.length === 0 || (header.bodyStart >= at && header.bodyStart - at <= 2),
      JSON.stringify(text),
    );
    assert.ok(header.bodyStart <= header.bytes.length);
  }
});
