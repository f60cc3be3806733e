import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import type { MessageId } from '../envelope.ts';
import { LAYERS, probesOf, Sketcher } from './sketch.ts';
import {
  mayHave,
  packSketches,
  type Sketch,
  type SketchBlock,
  sketchesIn,
  unpackSketches,
} from './sketch-block.ts';

const LUCK = chance(11);
/** Latin, Greek with both sigmas, Hangul in letters, kana, ideographs, an emoji and one of two units. */
const LETTERS = [...'aabcdeeeioort   .1σς', '\u1112', '\u1161', '\u11ab', ...'の字漢漢文', '😀', '𠮷'];

function someText(length: number): string {
  return Array.from({ length }, () => LUCK.pick(LETTERS)).join('');
}

function sketch(...pieces: string[]): Uint8Array {
  const sketcher = new Sketcher('body');
  for (const piece of pieces) sketcher.add(piece);
  return sketcher.finish();
}

function blockOf(...all: Uint8Array[]): SketchBlock {
  const block = unpackSketches(
    packSketches(all.map((bits, index) => ({ message: index as MessageId, bits }))),
  );
  assert.ok(block !== undefined);
  return block;
}

test('a text may have each of its parts, however short they are and wherever they were cut', () => {
  for (let round = 0; round < 300; round++) {
    const text = someText(LUCK.next(200));
    const cut = LUCK.next(text.length + 1);
    const bits = sketch(text.slice(0, cut), '', text.slice(cut));
    assert.deepEqual(bits, sketch(text));
    const block = blockOf(bits);
    for (let look = 0; look < 20; look++) {
      const from = LUCK.next(text.length + 1);
      const part = text.slice(from, from + LUCK.next(20));
      assert.ok(mayHave(block, 0, probesOf(part)), JSON.stringify([text, part]));
    }
  }
});

test('either sigma is the other', () => {
  assert.ok(mayHave(blockOf(sketch('οδος και')), 0, probesOf('οδοσ')));
});

test('what has other pieces is excluded, of ideographs also by one or two', () => {
  const block = blockOf(sketch('the quick brown fox'), sketch('東京都に行く'));
  const found = ['quick br', 'slow', 'xof', '京都', '都京', '京', '大', 'ab', ''].map((text) =>
    [0, 1].filter((at) => mayHave(block, at, probesOf(text))),
  );
  assert.deepEqual(found, [[0], [], [], [1], [], [1], [], [0, 1], [0, 1]]);
});

test('fields of an envelope are told apart, and texts of one field do not go on in each other', () => {
  const sketcher = new Sketcher('envelope');
  sketcher.addField(1, 'hans');
  sketcher.addField(1, 'wurst');
  sketcher.addField(4, 'gretel');
  const block = blockOf(sketcher.finish());
  const has = (text: string, field: number): boolean => mayHave(block, 0, probesOf(text, field));
  assert.deepEqual(
    [has('hans', 1), has('wurst', 1), has('nswur', 1), has('hans', 4), has('gretel', 4), has('gretel', 1)],
    [true, true, false, false, true, false],
  );
});

test('a sketch has four bits for each piece, and never more octets than its layer allows', () => {
  assert.equal(sketch('').length, 0);
  assert.equal(sketch('ab').length, 0);
  assert.equal(sketch('abc').length, 8);
  const sizes = LAYERS.map((layer) => {
    const sketcher = new Sketcher(layer);
    for (let at = 0; at < 200; at++) sketcher.add(Buffer.from(LUCK.bytes(3000)).toString('base64'));
    return sketcher.finish().length;
  });
  assert.deepEqual(sizes, [512, 2048, 8192]);
});

test('what is looked for asks for so many pieces at most', () => {
  assert.ok(probesOf(someText(100_000)).length < 40);
});

test('sketches come back from their row as they were, by message; the last of one message counts', () => {
  const sketches: Sketch[] = Array.from({ length: 500 }, () => ({
    message: LUCK.next(LUCK.next(2) === 0 ? 300 : 2 ** 50) as MessageId,
    bits: LUCK.bytes(LUCK.pick([0, 8, 64])),
  }));
  const expected = new Map(sketches.map((one) => [one.message, one.bits]));
  const block = unpackSketches(packSketches(sketches));
  assert.ok(block !== undefined);
  const back = sketchesIn(block);
  assert.deepEqual(
    back.map(({ message }) => message),
    [...expected.keys()].sort((a, b) => a - b),
  );
  for (const { message, bits } of back) assert.deepEqual(Uint8Array.from(bits), expected.get(message));
});

test('rows of another version are not read', () => {
  const packed = packSketches([{ message: 1 as MessageId, bits: new Uint8Array(8) }]);
  packed.messages[0] = 0;
  assert.equal(unpackSketches(packed), undefined);
});
