import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { type Command, type CommandResult, parseCommand } from './command.ts';

const PATH = { kind: 'mailbox', mailbox: { local: 'u', domain: 'x.example', smtpUtf8: false } } as const;
const NULL = { kind: 'null' } as const;

const GOOD: readonly (readonly [line: string, command: Command])[] = [
  ['EHLO mail.example.org', { verb: 'EHLO', domain: 'mail.example.org' }],
  ['ehlo [192.0.2.1]', { verb: 'EHLO', domain: '[192.0.2.1]' }],
  ['HeLo  [IPv6:2001:db8::1]  ', { verb: 'HELO', domain: '[IPv6:2001:db8::1]' }],
  ['EHLO WIN-PC_1', { verb: 'EHLO', domain: 'WIN-PC_1' }],
  ['EHLO B\ufffdro', { verb: 'EHLO', domain: 'B\ufffdro' }],
  [`EHLO ${'a'.repeat(255)}`, { verb: 'EHLO', domain: 'a'.repeat(255) }],
  ['MAIL FROM:<u@x.example>', { verb: 'MAIL', path: PATH, parameters: {} }],
  ['mail from:<u@X.EXAMPLE>', { verb: 'MAIL', path: PATH, parameters: {} }],
  ['MAIL FROM: <u@x.example> ', { verb: 'MAIL', path: PATH, parameters: {} }],
  ['MAIL FROM:<@a.example,@b.example:u@x.example>', { verb: 'MAIL', path: PATH, parameters: {} }],
  [
    'MAIL FROM:<> SIZE=100 BODY=8bitmime',
    { verb: 'MAIL', path: NULL, parameters: { size: 100, body: '8BITMIME' } },
  ],
  ['MAIL FROM:<u@x.example>   RET=hdrs', { verb: 'MAIL', path: PATH, parameters: { ret: 'HDRS' } }],
  ['RCPT TO:<u@x.example>', { verb: 'RCPT', path: PATH, parameters: {} }],
  ['RCPT TO:<PostMaster>', { verb: 'RCPT', path: { kind: 'postmaster' }, parameters: {} }],
  ['RCPT TO:<u@x.example> NOTIFY=never', { verb: 'RCPT', path: PATH, parameters: { notify: ['NEVER'] } }],
  ['DATA', { verb: 'DATA' }],
  ['data   ', { verb: 'DATA' }],
  ['RSET', { verb: 'RSET' }],
  ['QUIT', { verb: 'QUIT' }],
  ['STARTTLS', { verb: 'STARTTLS' }],
  ['NOOP', { verb: 'NOOP', argument: '' }],
  ['NOOP any thing', { verb: 'NOOP', argument: 'any thing' }],
  ['VRFY root', { verb: 'VRFY', argument: 'root' }],
  ['EXPN list', { verb: 'EXPN', argument: 'list' }],
  ['HELP', { verb: 'HELP', argument: '' }],
  ['BDAT 0', { verb: 'BDAT', size: 0, last: false }],
  ['BDAT 86 last', { verb: 'BDAT', size: 86, last: true }],
  ['BDAT 999999999999999 LAST ', { verb: 'BDAT', size: 999_999_999_999_999, last: true }],
  ['AUTH plain', { verb: 'AUTH', mechanism: 'PLAIN' }],
  ['AUTH PLAIN AHUAcA==', { verb: 'AUTH', mechanism: 'PLAIN', initial: 'AHUAcA==' }],
  ['AUTH PLAIN =', { verb: 'AUTH', mechanism: 'PLAIN', initial: '=' }],
  ['AUTH SCRAM-SHA-256-PLUS', { verb: 'AUTH', mechanism: 'SCRAM-SHA-256-PLUS' }],
];

type Kind = Extract<CommandResult, { ok: false }>['kind'];

const BAD: readonly (readonly [line: string, kind: Kind, verb: string])[] = [
  ['', 'unknown', ''],
  [' NOOP', 'unknown', ''],
  ['NOOP\tx', 'unknown', 'NOOP\tX'],
  ['WIZ', 'unknown', 'WIZ'],
  ['GET / HTTP/1.1', 'unknown', 'GET'],
  ['x'.repeat(1_000), 'unknown', 'X'.repeat(16)],
  ['__proto__ x', 'unknown', '__PROTO__'],
  ['constructor', 'unknown', 'CONSTRUCTOR'],
  ['EHLO', 'syntax', 'EHLO'],
  ['HELO  ', 'syntax', 'HELO'],
  ['EHLO two words', 'syntax', 'EHLO'],
  [`EHLO ${'a'.repeat(256)}`, 'syntax', 'EHLO'],
  ['EHLO x(comment', 'syntax', 'EHLO'],
  ['EHLO <x>', 'syntax', 'EHLO'],
  ['EHLO x;y', 'syntax', 'EHLO'],
  ['EHLO x\ty', 'syntax', 'EHLO'],
  ['EHLO x\u0085', 'syntax', 'EHLO'],
  ['MAIL', 'syntax', 'MAIL'],
  ['MAIL FROM', 'syntax', 'MAIL'],
  ['MAIL TO:<u@x.example>', 'syntax', 'MAIL'],
  ['MAIL FROM :<u@x.example>', 'syntax', 'MAIL'],
  ['MAIL FROM:<u@x.example>SIZE=1', 'syntax', 'MAIL'],
  ['MAIL FROM:<u@x.example>\tSIZE=1', 'syntax', 'MAIL'],
  ['MAIL FROM:<u@x.example>>', 'syntax', 'MAIL'],
  ['MAIL FROM:u@x.example', 'bad-address', 'MAIL'],
  ['MAIL FROM:<u>', 'bad-address', 'MAIL'],
  ['MAIL FROM:<u@x.example', 'bad-address', 'MAIL'],
  ['MAIL FROM:', 'bad-address', 'MAIL'],
  ['RCPT TO:<u@@x.example>', 'bad-address', 'RCPT'],
  ['RCPT TO:<"u@x.example>', 'bad-address', 'RCPT'],
  ['RCPT FROM:<u@x.example>', 'syntax', 'RCPT'],
  ['MAIL FROM:<u@x.example> SIZE=x', 'parameter', 'MAIL'],
  ['MAIL FROM:<u@x.example> SIZE=1 size=2', 'parameter', 'MAIL'],
  ['MAIL FROM:<u@x.example> NOTIFY=NEVER', 'unknown-parameter', 'MAIL'],
  ['RCPT TO:<u@x.example> SIZE=1', 'unknown-parameter', 'RCPT'],
  ['RCPT TO:<u@x.example> NOTIFY=NEVER,DELAY', 'parameter', 'RCPT'],
  ['DATA now', 'syntax', 'DATA'],
  ['RSET 1', 'syntax', 'RSET'],
  ['QUIT please', 'syntax', 'QUIT'],
  ['STARTTLS x', 'syntax', 'STARTTLS'],
  ['BDAT', 'syntax', 'BDAT'],
  ['BDAT -1', 'syntax', 'BDAT'],
  ['BDAT +1', 'syntax', 'BDAT'],
  ['BDAT 0x10', 'syntax', 'BDAT'],
  ['BDAT 1e3', 'syntax', 'BDAT'],
  ['BDAT NaN', 'syntax', 'BDAT'],
  ['BDAT 1.5', 'syntax', 'BDAT'],
  ['BDAT 1 FIRST', 'syntax', 'BDAT'],
  ['BDAT 1  LAST', 'syntax', 'BDAT'],
  ['BDAT ١', 'syntax', 'BDAT'],
  ['BDAT 9999999999999999', 'syntax', 'BDAT'],
  ['AUTH', 'syntax', 'AUTH'],
  ['AUTH PLAIN a b', 'syntax', 'AUTH'],
  ['AUTH pl@in', 'syntax', 'AUTH'],
  [`AUTH ${'x'.repeat(41)}`, 'syntax', 'AUTH'],
];

test('a legal line is a command', () => {
  for (const [line, command] of GOOD) assert.deepEqual(parseCommand(line), { ok: true, command }, line);
});

test('an illegal line says what is wrong with it', () => {
  for (const [line, kind, verb] of BAD) {
    const result = parseCommand(line);
    assert.ok(!result.ok, `taken: ${line}`);
    assert.deepEqual([result.kind, result.verb], [kind, verb], line);
    assert.ok(result.why !== '' && !/[\r\n]/.test(result.why), line);
  }
});

test('random lines never throw, and what is taken holds nothing that could forge a line', () => {
  const { next, pick } = chance(2);
  const words = GOOD.map(([line]) => line).concat(BAD.map(([line]) => line.slice(0, 80)));
  const letters = [
    '<',
    '>',
    '@',
    ':',
    ' ',
    '=',
    '"',
    '\\',
    '.',
    'a',
    'é',
    '\0',
    '\t',
    '1',
    '\ud83d',
    '-',
    '+',
    ';',
  ];
  let taken = 0;
  for (let run = 0; run < 20_000; run++) {
    const line = [...pick(words)];
    for (let edits = next(4); edits > 0; edits--) line.splice(next(line.length + 1), next(3), pick(letters));
    const result = parseCommand(line.join(''));
    if (!result.ok) continue;
    taken++;
    if (result.command.verb === 'EHLO') assert.match(result.command.domain, /^[^\s<>()\\";]+$/);
    if ('path' in result.command && result.command.path.kind === 'mailbox') {
      assert.ok(!/[\0-\x1f]/.test(result.command.path.mailbox.local));
    }
  }
  assert.ok(taken > 2_000, `${taken} lines were taken`);
});
