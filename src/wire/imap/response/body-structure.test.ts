import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStructure } from '../../mime/structure-reader.ts';
import { formatBody } from './body-structure.ts';
import { formatEnvelope } from './envelope.ts';

function shown(
  lines: readonly string[],
  kind: 'BODY' | 'BODYSTRUCTURE',
  form: 'utf7' | 'utf8' = 'utf7',
): string {
  return formatBody(readStructure(Buffer.from(lines.join('\r\n'))).root, { kind, form });
}

const MIXED = [
  'Content-Type: multipart/mixed; boundary=b',
  'Content-Language: fr, en',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: Quoted-Printable',
  '',
  'one',
  'two',
  '--b',
  'Content-Type: application/pdf; name="é.pdf"',
  'Content-ID: <960723163407.20117h@cac.washington.edu>',
  'Content-Description: Compiler diff',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename="a b.pdf"',
  'Content-Location: http://x/',
  'Content-Language: de',
  '',
  'AAAA',
  '--b--',
];

test('BODY and BODYSTRUCTURE of parts', () => {
  const one = '("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "QUOTED-PRINTABLE" 8 1';
  const two =
    '("APPLICATION" "PDF" ("NAME" {6}\r\né.pdf) "<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4';
  assert.equal(shown(MIXED, 'BODY'), `(${one})${two}) "MIXED")`);
  assert.equal(
    shown(MIXED, 'BODYSTRUCTURE'),
    `(${one} NIL NIL NIL NIL)${two} NIL ("ATTACHMENT" ("FILENAME" "a b.pdf")) "de" "http://x/") "MIXED" ("BOUNDARY" "b") NIL ("fr" "en") NIL)`,
  );
  assert.match(shown(MIXED, 'BODY', 'utf8'), /"NAME" "é\.pdf"/);
});

test('a message in a message has its envelope, structure and lines', () => {
  const lines = ['Content-Type: message/rfc822', '', 'Subject: s', '', 'x', ''];
  assert.equal(
    shown(lines, 'BODY'),
    '("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 17 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 3 1) 3)',
  );
});

test('a multipart without parts has one of nothing, as the grammar wants', () => {
  assert.equal(
    shown(['Content-Type: multipart/mixed; boundary=b', '', 'x'], 'BODY'),
    '(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 0 0) "MIXED")',
  );
});

test('an envelope has groups, and From where nobody else is named', () => {
  const { envelope } = readStructure(
    Buffer.from('From: a@b\nSender: c@d\nTo: g: x <@r:e@f>;\nSubject:\nDate: \xe9\n\n'),
  );
  assert.equal(
    formatEnvelope(envelope, 'utf7'),
    '({2}\r\né "" ((NIL NIL "a" "b")) ((NIL NIL "c" "d")) ((NIL NIL "a" "b")) ((NIL NIL "g" NIL)("x" "@r" "e" "f")(NIL NIL NIL NIL)) NIL NIL NIL NIL)',
  );
});
