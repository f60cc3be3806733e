import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, MailboxId, MessageId } from '../envelope.ts';
import { packSketches, type SketchBlock, unpackSketches } from './sketch-block.ts';
import { SketchCache } from './sketch-cache.ts';

const ACCOUNT = 7 as AccountId;
const REF = { layer: 'envelope', mailbox: 9 as MailboxId, block: 1 } as const;

function rowOf(messages: readonly number[], bytes = 64): { messages: Uint8Array; block: SketchBlock } {
  const packed = packSketches(
    messages.map((message) => ({ message: message as MessageId, bits: new Uint8Array(bytes) })),
  );
  const block = unpackSketches(packed);
  assert.ok(block !== undefined);
  return { messages: packed.messages, block };
}

test('a row is there for its account as long as it is about the same messages', () => {
  const cache = new SketchCache();
  const row = rowOf([1, 2, 3]);
  cache.keep(ACCOUNT, REF, row);
  assert.equal(cache.get(ACCOUNT, REF, Uint8Array.from(row.messages)), row.block);
  assert.equal(cache.get(8 as AccountId, REF, row.messages), undefined);
  assert.equal(cache.get(ACCOUNT, REF, rowOf([1, 2, 3, 4]).messages), undefined);
  assert.deepEqual([cache.get(ACCOUNT, REF, row.messages), cache.bytes], [undefined, 0]);
});

test('texts are not kept', () => {
  const cache = new SketchCache();
  cache.keep(ACCOUNT, { ...REF, layer: 'body' }, rowOf([1]));
  assert.equal(cache.bytes, 0);
});

test('what was not used for longest goes when there is too much', () => {
  const cache = new SketchCache();
  const row = rowOf(
    Array.from({ length: 1000 }, (_, at) => at),
    512,
  );
  for (let block = 1; block <= 200; block++) {
    cache.keep(ACCOUNT, { ...REF, block }, row);
    cache.get(ACCOUNT, { ...REF, block: 1 }, row.messages);
  }
  assert.ok(cache.bytes <= 32 * 1024 * 1024);
  const there = [1, 2, 199, 200].map((block) => cache.get(ACCOUNT, { ...REF, block }, row.messages));
  assert.deepEqual(there, [row.block, undefined, row.block, row.block]);
});
