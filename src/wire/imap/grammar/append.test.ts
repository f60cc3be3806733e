import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../../../test/imap-line.ts';
import { InputReader } from '../input.ts';
import type { AppendCommand } from './append.ts';

/** Runs a command whose literals all come unasked; what it says, or why it is refused. */
function append(line: string): { command?: AppendCommand; messages: string[]; why?: string } {
  const reader = new InputReader(LIMITS);
  reader.feed(Buffer.from(`a ${line}\r\n`, 'latin1'));
  const messages: string[] = [];
  for (let input = reader.next(); input.kind !== 'need-more'; input = reader.next()) {
    if (input.kind === 'message') {
      reader.accept();
      messages.push('');
      assert.equal(input.soFar.messages.at(-1)?.parts.at(-1)?.kind, 'literal');
    } else if (input.kind === 'octets') messages.push(`${messages.pop()}${input.bytes.toString('latin1')}`);
    else if (input.kind === 'refusal') return { messages, why: input.text };
    else if (input.kind === 'command') return { messages, ...(input.append && { command: input.append }) };
  }
  return { messages };
}

const literal = (bytes: number): object => ({ kind: 'literal', bytes, isBinary: false });
const literal8 = (bytes: number): object => ({ kind: 'literal', bytes, isBinary: true });
const plain = { flags: [], utf8: false, catenated: false };
const DATE = Date.UTC(1994, 1, 8, 5, 52, 25);

const GOOD: readonly (readonly [line: string, command: object, ...messages: string[]])[] = [
  [
    'APPEND saved-messages (\\Seen) {5+}\r\nhello',
    {
      verb: 'APPEND',
      mailbox: 'saved-messages',
      messages: [{ ...plain, flags: ['\\Seen'], parts: [literal(5)] }],
    },
    'hello',
  ],
  [
    'APPEND "b c" () " 7-Feb-1994 21:52:25 -0800" ~{1+}\r\n\0',
    {
      verb: 'APPEND',
      mailbox: 'b c',
      messages: [{ ...plain, internalDate: DATE, parts: [literal8(1)] }],
    },
    '\0',
  ],
  [
    'APPEND {5+}\r\ninbox {1+}\r\na (\\Draft x) {2+}\r\nbc "08-Feb-1994 05:52:25 +0000" {0+}\r\n',
    {
      verb: 'APPEND',
      mailbox: 'INBOX',
      messages: [
        { ...plain, parts: [literal(1)] },
        { ...plain, flags: ['\\Draft', 'x'], parts: [literal(2)] },
        { ...plain, internalDate: DATE, parts: [literal(0)] },
      ],
    },
    'a',
    'bc',
    '',
  ],
  [
    'APPEND b (\\Seen) UTF8 (~{2+}\r\n\xc3\xa9) {1+}\r\nx',
    {
      verb: 'APPEND',
      mailbox: 'b',
      messages: [
        { ...plain, flags: ['\\Seen'], utf8: true, parts: [literal8(2)] },
        { ...plain, parts: [literal(1)] },
      ],
    },
    '\xc3\xa9',
    'x',
  ],
  [
    'APPEND Drafts (\\Draft) CATENATE (URL "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER" TEXT {3+}\r\nabc URL {2+}\r\n/x) {1+}\r\ny',
    {
      verb: 'APPEND',
      mailbox: 'Drafts',
      messages: [
        {
          flags: ['\\Draft'],
          utf8: false,
          catenated: true,
          parts: [
            { kind: 'url', url: '/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER' },
            literal(3),
            { kind: 'url', url: '/x' },
          ],
        },
        { ...plain, parts: [literal(1)] },
      ],
    },
    'abc',
    'y',
  ],
  [
    'APPEND b CATENATE (URL "/x")',
    {
      verb: 'APPEND',
      mailbox: 'b',
      messages: [{ ...plain, catenated: true, parts: [{ kind: 'url', url: '/x' }] }],
    },
  ],
  [
    'REPLACE 4 Drafts (\\Seen) {2+}\r\nab',
    {
      verb: 'REPLACE',
      replaces: 4,
      mailbox: 'Drafts',
      messages: [{ ...plain, flags: ['\\Seen'], parts: [literal(2)] }],
    },
    'ab',
  ],
  [
    'UID REPLACE 7 {1+}\r\nb {1+}\r\na',
    { verb: 'UID REPLACE', replaces: 7, mailbox: 'b', messages: [{ ...plain, parts: [literal(1)] }] },
    'a',
  ],
];

test('messages and what is said of them', () => {
  for (const [line, command, ...messages] of GOOD)
    assert.deepEqual(append(line), { command, messages }, line);
});

test('what is no APPEND is refused before its message', () => {
  for (const line of [
    'APPEND',
    'APPEND b',
    'APPEND b (\\Seen)',
    'APPEND b "x" {1+}\r\na',
    'APPEND b (\\Seen {1+}\r\na',
    'APPEND b  {1+}\r\na',
    'APPEND b{1+}\r\na',
    'APPEND b hello',
    'APPEND b "hello"',
    'APPEND b "31-Feb-1994 21:52:25 -0800" {1+}\r\na',
    'APPEND b "07-Feb-1994 25:52:25 -0800" {1+}\r\na',
    'APPEND b UTF8 ({1+}\r\na)',
    'APPEND b UTF8 ("a")',
    'APPEND b CATENATE ()',
    'APPEND b CATENATE (TEXT "a")',
    'APPEND b CATENATE (FOO {1+}\r\na)',
    'APPEND & {1+}\r\na',
    'REPLACE b {1+}\r\na',
    'REPLACE 1:2 b {1+}\r\na',
    'REPLACE $ b {1+}\r\na',
  ]) {
    const { why, messages } = append(line);
    assert.match(why ?? '', /^[ -~]+$/, line);
    assert.deepEqual(messages, [], line);
  }
});

test('what comes behind a message is refused as well', () => {
  for (const line of [
    'APPEND b {1+}\r\nax',
    'APPEND b {1+}\r\na )',
    'APPEND b UTF8 (~{1+}\r\na',
    'APPEND b CATENATE (TEXT {1+}\r\na',
    'APPEND b CATENATE (TEXT {1+}\r\na FOO)',
    'REPLACE 1 b {1+}\r\na {1+}\r\nb',
  ]) {
    const { why, messages } = append(line);
    assert.match(why ?? '', /^[ -~]+$/, line);
    assert.deepEqual(messages, ['a'], line);
  }
});

test('messages of one command have an end', () => {
  assert.match(append(`APPEND b${' {0+}\r\n'.repeat(1_002)}`).why ?? '', /1000 messages/);
  assert.match(append(`APPEND b CATENATE (URL x${' URL x'.repeat(200)})`).why ?? '', /200 parts/);
});
