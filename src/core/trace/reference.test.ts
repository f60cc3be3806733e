import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId } from '../envelope.ts';
import { chance } from '../../../test/chance.ts';
import { decodeReference, encodeReference } from './reference.ts';

const SECRET = Buffer.from('0123456789abcdef');
const OTHER = Buffer.from('fedcba9876543210');

const ids = [0, 1, 31, 32, 1023, 1024, 123_456_789, 2 ** 40, Number.MAX_SAFE_INTEGER] as MessageId[];

test('a reference leads back to its message, as a person would write it', () => {
  for (const id of ids) {
    const reference = encodeReference(id, SECRET);
    assert.match(reference, /^R[0-9A-HJKMNP-TV-Z]{9,20}$/);
    for (const written of [reference, reference.toLowerCase(), `  ${reference}\n`]) {
      assert.equal(decodeReference(written, SECRET), id, written);
    }
    const alike = `R${reference.slice(1).replace(/0/g, 'o').replace(/1/g, 'l')}`;
    assert.equal(decodeReference(alike, SECRET), id, alike);
  }
});

test('a reference of somebody else, or with one character changed, leads nowhere', () => {
  for (const id of ids) {
    const reference = encodeReference(id, SECRET);
    assert.equal(decodeReference(encodeReference(id, OTHER), SECRET), undefined);
    for (let at = 0; at < reference.length; at++) {
      const changed = reference.slice(0, at) + (reference[at] === '7' ? '8' : '7') + reference.slice(at + 1);
      assert.equal(decodeReference(changed, SECRET), undefined, changed);
    }
  }
});

test('what is no reference leads nowhere and throws nothing', () => {
  const { next, pick } = chance(10);
  const letters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ é\0-'];
  for (let run = 0; run < 5_000; run++) {
    let text = pick(['R', '', 'r', 'X']);
    for (let length = next(25); length > 0; length--) text += pick(letters);
    assert.equal(decodeReference(text, SECRET), undefined, text);
  }
  assert.equal(decodeReference('R'.padEnd(100_000, '7'), SECRET), undefined);
});
