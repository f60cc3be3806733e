import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStructure } from '../../wire/mime/structure-codec.ts';
import { parseMessage } from './parse.ts';

function message(fields: string, text = 'Hello there'): Buffer {
  return Buffer.from(`Received: from x\r\n${fields}\r\n${text}\r\n`);
}

test('structure, preview and thread of a message are made of its octets', () => {
  const bytes = message('Subject: Lunch\r\nMessage-ID: <1@x>\r\n');
  const { structure, preview, threadKeys } = parseMessage(bytes);
  const { root, envelope } = decodeStructure(Buffer.from(structure)) ?? assert.fail();
  assert.equal(root.headerBytes + root.bodyBytes, bytes.length);
  assert.deepEqual([envelope.subject, preview, threadKeys.length], ['Lunch', 'Hello there', 1]);
});

test('an answer has the key of what it answers', () => {
  const [key] = parseMessage(message('Subject: Lunch\r\nMessage-ID: <1@x>\r\n')).threadKeys;
  const answer = 'Subject: Re: lunch\r\nMessage-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\n';
  assert.ok(parseMessage(message(answer)).threadKeys.includes(key as number));
  assert.ok(!parseMessage(message(answer.replace('lunch', 'dinner'))).threadKeys.includes(key as number));
});

test('octets that are no message give something all the same', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from([0, 255, 10, 13]), Buffer.from(':\r\n\r\n')])
    assert.ok(parseMessage(bytes).structure.length > 0);
});
