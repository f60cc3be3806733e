import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { decodeEnvelope, decodeStructure, encodeStructure } from './structure-codec.ts';
import { readStructure } from './structure-reader.ts';

const MESSAGE = Buffer.from(
  [
    'Date: Mon, 12 Mar 2018 09:00:00 +0100',
    'From: Zoé <zoe@example.org>, Team: a@b, c@d;',
    'Subject: =?utf-8?q?caf=C3=A9?=',
    'Message-ID: <1@example.org>',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    '',
    'text',
    '--b',
    'Content-Type: message/rfc822',
    'Content-Language: fr',
    'Content-Disposition: inline; filename=x',
    '',
    'Subject: inner',
    'Content-Type: application/x-strange; a=b',
    'Content-ID: <2@x>',
    'Content-Transfer-Encoding: x-odd',
    '',
    'octets',
    '--b--',
    '',
  ].join('\r\n'),
);

test('a structure is the same after it was stored', () => {
  const message = readStructure(MESSAGE);
  const stored = encodeStructure(message);
  assert.deepEqual(decodeStructure(stored), message);
  assert.deepEqual(decodeEnvelope(stored), message.envelope);
  assert.ok(stored.length < MESSAGE.length, `${stored.length} octets`);
});

test('what was stored by version 1 stays readable', () => {
  const simple = encodeStructure(readStructure(Buffer.from('From: a@b\n\nx\n')));
  assert.equal(simple.toString('hex'), '0110010c0161016203010100' + '0b020101010875732d6173636969');
  assert.equal(decodeStructure(simple)?.root.bodyBytes, 2);
});

test('damaged octets are no structure, and never throw', () => {
  const stored = encodeStructure(readStructure(MESSAGE));
  for (let length = 0; length < stored.length; length++)
    assert.equal(decodeStructure(stored.subarray(0, length)), undefined);
  assert.equal(decodeStructure(Buffer.concat([stored, Buffer.of(0)])), undefined);
  const { next, bytes } = chance(3);
  for (let run = 0; run < 20_000; run++) {
    const damaged = Buffer.from(stored);
    for (let edits = 1 + next(4); edits > 0; edits--) damaged[next(damaged.length)] = next(256);
    decodeStructure(damaged);
    decodeEnvelope(damaged);
    decodeStructure(Buffer.from(bytes(next(60))));
  }
  const deep = Buffer.concat([Buffer.of(1), Buffer.from('0080010901000000'.repeat(1_000), 'hex')]);
  assert.equal(decodeStructure(deep), undefined);
});
