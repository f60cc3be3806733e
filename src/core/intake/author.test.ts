import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanHeader } from '../../wire/mime/header.ts';
import type { Account } from '../directory/port.ts';
import type { AccountId } from '../envelope.ts';
import { decideAuthor } from './author.ts';

const ALICE: Account = {
  id: 1 as AccountId,
  address: 'alice@x.example',
  language: 'en',
  password: '',
  scram: '',
};
const HELD = new Set(['alice@x.example', 'sales@x.example']);
const directory = {
  isLocal: (domain: string) => domain === 'x.example',
  holds: (id: AccountId, address: string) => id === ALICE.id && HELD.has(address.toLowerCase()),
};

function decide(...fields: string[]) {
  return decideAuthor(ALICE, scanHeader(Buffer.from(`${fields.join('\r\n')}\r\n\r\nHello\r\n`)), directory);
}

async function code(...fields: string[]): Promise<string> {
  const decision = await decide(...fields);
  return decision.ok
    ? `signed as ${decision.signAs}`
    : `${decision.refusal.code} ${decision.refusal.enhanced}`;
}

test('an account writes as the addresses it holds', async () => {
  assert.equal(await code('From: alice@x.example'), 'signed as alice@x.example');
  assert.equal(await code('From: "Sales, all" <Sales@x.example>'), 'signed as Sales@x.example');
  assert.equal(await code('From: alice@x.example, Sales <sales@x.example>'), 'signed as alice@x.example');
});

test('an account does not write as anybody else', async () => {
  assert.equal(await code('From: bob@x.example'), '550 5.7.1');
  assert.equal(await code('From: alice@x.example, bob@x.example'), '550 5.7.1');
  assert.equal(await code('From: alice@x.example <bob@x.example>'), '550 5.7.1');
  assert.equal(await code('From: "alice@x.example" <bob@elsewhere.example>'), '550 5.7.1');
  assert.equal(await code('From: Everybody: alice@x.example, bob@x.example;'), '550 5.7.1');
});

test('two authors in two fields are refused: programs differ in which one they show', async () => {
  assert.equal(await code('From: alice@x.example', 'from: bob@x.example'), '550 5.6.0');
});

test('a message passed on leaves as it is, unsigned, when the account is who resends it', async () => {
  assert.equal(await code('From: bob@y.example', 'Resent-From: alice@x.example'), 'signed as undefined');
  assert.equal(await code('From: bob@y.example', 'Resent-From: carol@x.example'), '550 5.7.1');
  assert.equal(await code('From: bob@y.example', 'Sender: alice@x.example'), '550 5.7.1');
  assert.equal(
    await code('From: bob@x.example', 'Resent-From: alice@x.example'),
    '550 5.7.1',
    'bob lives here',
  );
});

test('a message without From is not signed', async () => {
  assert.equal(await code('Subject: none'), 'signed as undefined');
});

test('what the client wrote does not break the reply', async () => {
  const decision = await decide('From: <bob\t\u00e9@x.example>');
  assert.ok(!decision.ok && /^[\x20-\x7e]+$/.test(decision.refusal.text));
});

test('a header that others may read differently is refused', async () => {
  const junk = Array.from({ length: 2_000 }, (_, n) => `X-${n}: 0`);
  assert.equal(await code(...junk, 'From: bob@x.example'), '550 5.6.0');
  assert.equal(await code('Subject: a', 'no field', 'From: bob@x.example'), '550 5.6.0');
  assert.equal(await code('X-\u00e9: b', 'From: bob@x.example'), '550 5.6.0');
  assert.equal(await code(' orphan', 'From: alice@x.example'), '550 5.6.0');
});

test('a hostile From costs little', async () => {
  assert.equal(await code(`From: ${'a@x.example, '.repeat(50_000)}`), '550 5.6.0');
});
