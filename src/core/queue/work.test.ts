import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageReader } from '../delivery/port.ts';
import type { MessageId } from '../envelope.ts';
import type { ClaimedMessage, QueueStore } from './port.ts';
import { DamagedMessage, openMessage } from './work.ts';

const PREFIX = Buffer.from('Received: here\r\n');
const BODY = Buffer.from('0123456789');

function message(contentBytes: number): ClaimedMessage {
  return {
    id: 7 as MessageId,
    envelope: { reversePath: 'a@a.example', bodyType: '7BIT', smtpUtf8: false, requireTls: false },
    prefix: PREFIX,
    sizeBytes: PREFIX.length + contentBytes,
    acceptedAt: 0,
    language: 'en',
  };
}

/** Gives four octets at a time. */
function storeOf(body: Buffer): QueueStore {
  const readContent: QueueStore['readContent'] = async ({ offset }) => body.subarray(offset, offset + 4);
  return { readContent } as QueueStore;
}

async function readAll(reader: MessageReader): Promise<string> {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = await reader.next();
    if (piece === undefined) return Buffer.concat(pieces).toString();
    pieces.push(piece);
  }
}

test('a message is its trace fields and its content, wherever that is', async () => {
  const whole = `${PREFIX}${BODY}`;
  assert.equal(await readAll(await openMessage(storeOf(BODY), message(BODY.length), undefined)), whole);
  assert.equal(await readAll(await openMessage(storeOf(BODY), message(BODY.length), BODY)), whole);
  assert.equal(await readAll(await openMessage(storeOf(BODY), message(0), undefined)), `${PREFIX}`);
});

test('a store that is away is met before the first piece is asked for', async () => {
  const away = { readContent: () => Promise.reject(new Error('away')) } as unknown as QueueStore;
  await assert.rejects(openMessage(away, message(BODY.length), undefined), /away/);
});

test('a message that ends too early is damaged, at once or in its middle', async () => {
  await assert.rejects(openMessage(storeOf(Buffer.alloc(0)), message(5), undefined), DamagedMessage);
  const reader = await openMessage(storeOf(BODY), message(BODY.length + 1), undefined);
  await assert.rejects(readAll(reader), /message 7 is damaged: it ends at octet 10 of 11/);
});
