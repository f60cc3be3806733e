import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { decodeBody } from './transfer-encoding.ts';

const CASES: readonly (readonly [encoding: string, body: string, is: string])[] = [
  ['7bit', 'a=\r\n', 'a=\r\n'],
  ['binary', '\0', '\0'],
  ['base64', 'aGVs\r\nbG8=\r\n', 'hello'],
  ['base64', 'aGVsbG8', 'hello'],
  ['base64', 'aA==\r\naQ==\r\n', 'hi'],
  ['base64', '*aG!k=', 'hi'],
  ['base64', '====', ''],
  ['base64', '', ''],
  ['quoted-printable', 'a=3Db', 'a=b'],
  ['quoted-printable', 'caf=c3=A9', 'cafÃ©'],
  ['quoted-printable', 'one=\r\ntwo= \t\nthree', 'onetwothree'],
  ['quoted-printable', 'a \t\r\nb \n c ', 'a\r\nb\n c '],
  ['quoted-printable', 'a=20\r\nb', 'a \r\nb'],
  ['quoted-printable', 'a=ZZ=4', 'a=ZZ=4'],
  ['quoted-printable', 'a=', 'a'],
  ['quoted-printable', 'a\rb', 'a\rb'],
];

test('a body without its transfer encoding', () => {
  for (const [encoding, body, is] of CASES)
    assert.equal(decodeBody(Buffer.from(body, 'latin1'), encoding)?.toString('latin1'), is, body);
  assert.equal(decodeBody(Buffer.from('x'), 'x-uuencode'), undefined);
});

test('base64 with padding in its midst is what its pieces are', () => {
  const { next, bytes } = chance(1);
  for (let run = 0; run < 500; run++) {
    const pieces = Array.from({ length: 1 + next(4) }, () => Buffer.from(bytes(next(40))));
    const encoded = pieces.map((piece) => piece.toString('base64').replace(/.{7}/g, '$&\r\n')).join('\r\n');
    // A piece of whole groups has no padding, and the next one follows it all the same.
    assert.deepEqual(decodeBody(Buffer.from(encoded), 'base64'), Buffer.concat(pieces));
  }
});
