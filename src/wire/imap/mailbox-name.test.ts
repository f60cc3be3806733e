import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { decodeMailboxName, decodeUtf7, encodeMailboxName, encodeUtf7 } from './mailbox-name.ts';

const PAIRS: readonly (readonly [name: string, wire: string])[] = [
  ['INBOX', 'INBOX'],
  ['', ''],
  ['a&b', 'a&-b'],
  ['&', '&-'],
  ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
  ['Envoyés', 'Envoy&AOk-s'],
  ['Éléments supprimés', '&AMk-l&AOk-ments supprim&AOk-s'],
  ['☺!', '&Jjo-!'],
  ['😀', '&2D3eAA-'],
  ['été&', '&AOk-t&AOk-&-'],
];

test('names in modified UTF-7, both ways', () => {
  for (const [name, wire] of PAIRS) {
    assert.equal(encodeUtf7(name), wire);
    assert.equal(decodeUtf7(wire), name);
    assert.equal(decodeMailboxName(wire, 'utf7'), name);
    assert.equal(encodeMailboxName(name, 'utf7'), wire);
    assert.equal(encodeMailboxName(name, 'utf8'), name);
  }
});

test('what is not written as it must be is no name', () => {
  for (const wire of [
    '&',
    'a&b',
    '&AOk',
    '&AGE-',
    '&AOk-&AOk-',
    '&AO-',
    '&AOkA-',
    '&====-',
    '&2D0-',
    'é',
    '&AAA-',
    '&AAo-',
  ])
    assert.equal(decodeMailboxName(wire, 'utf7'), undefined, wire);
  for (const name of ['a\nb', '\ud800', 'a\0']) assert.equal(decodeMailboxName(name, 'utf8'), undefined);
});

test('INBOX is one name, and names are composed', () => {
  assert.equal(decodeMailboxName('inBox', 'utf7'), 'INBOX');
  assert.equal(decodeMailboxName('inbox/x', 'utf8'), 'inbox/x');
  assert.equal(decodeMailboxName('e\u0301', 'utf8'), 'é');
  assert.equal(decodeMailboxName('a&b', 'utf8'), 'a&b');
});

test('any name comes back', () => {
  const { next } = chance(1);
  for (let run = 0; run < 5_000; run++) {
    let name = '';
    for (let count = next(12); count > 0; count--)
      name += String.fromCodePoint([0x26, 0x2d, 0x61, 0x20, 0xe9, 0x4e00, 0x1f600, 0x7f][next(8)] as number);
    assert.equal(decodeUtf7(encodeUtf7(name)), name);
    const wire = Array.from({ length: next(10) }, () => '&-AOk,+/=é'[next(10)]).join('');
    const decoded = decodeUtf7(wire);
    if (decoded !== undefined) assert.equal(encodeUtf7(decoded), wire);
  }
});
