import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertCommands, assertRefused, parseLine } from '../../../../test/imap-line.ts';

test('commands about the connection', () => {
  assertCommands([
    ['CAPABILITY', { verb: 'CAPABILITY' }],
    ['noop', { verb: 'NOOP' }],
    ['NOOP  ', { verb: 'NOOP' }],
    ['Unauthenticate', { verb: 'UNAUTHENTICATE' }],
    ['LOGIN SMITH SESAME', { verb: 'LOGIN', user: 'SMITH', password: 'SESAME' }],
    ['LOGIN "a\\"b" "\\\\ c"', { verb: 'LOGIN', user: 'a"b', password: '\\ c' }],
    ['LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man', { verb: 'LOGIN', user: 'FRED FOOBAR', password: 'fat man' }],
    ['LOGIN {4+}\r\nFRED {0+}\r\n', { verb: 'LOGIN', user: 'FRED', password: '' }],
    ['LOGIN a "pässword"', { verb: 'LOGIN', user: 'a', password: 'pässword' }],
    ['LOGIN a]b c', { verb: 'LOGIN', user: 'a]b', password: 'c' }],
    ['AUTHENTICATE GSSAPI', { verb: 'AUTHENTICATE', mechanism: 'GSSAPI' }],
    [
      'authenticate plain dGVzdAB0ZXN0AHRlc3Q=',
      { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: 'dGVzdAB0ZXN0AHRlc3Q=' },
    ],
    ['AUTHENTICATE EXTERNAL =', { verb: 'AUTHENTICATE', mechanism: 'EXTERNAL', initial: '=' }],
    ['ENABLE CONDSTORE utf8=accept', { verb: 'ENABLE', capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] }],
    ['ID NIL', { verb: 'ID', parameters: new Map() }],
    [
      'ID ("Name" "sodr" "version" NIL)',
      {
        verb: 'ID',
        parameters: new Map([
          ['name', 'sodr'],
          ['version', null],
        ]),
      },
    ],
    ['COMPRESS DEFLATE', { verb: 'COMPRESS', mechanism: 'DEFLATE' }],
    ['GETQUOTA ""', { verb: 'GETQUOTA', root: '' }],
    ['GETQUOTAROOT INBOX', { verb: 'GETQUOTAROOT', mailbox: 'INBOX' }],
    [
      'SETQUOTA "" (STORAGE 512 message 10)',
      {
        verb: 'SETQUOTA',
        root: '',
        limits: [
          ['STORAGE', 512],
          ['MESSAGE', 10],
        ],
      },
    ],
  ]);
});

test('what is no such command says why', () => {
  assertRefused([
    '',
    'NOOP x',
    'WIZ',
    'UID',
    'UID NOOP',
    'UID 5',
    '__proto__',
    'constructor x',
    'CAPABILITY {3}\r\nabc',
    'LOGIN',
    'LOGIN a',
    'LOGIN  a b',
    'LOGIN a b c',
    'LOGIN "a b',
    'LOGIN "a\\b" c',
    'LOGIN a "\\',
    'LOGIN (a) b',
    'LOGIN a\tb c',
    'AUTHENTICATE PLAIN =x',
    'AUTHENTICATE PLAIN a b',
    'ENABLE',
    'ID (name x)',
    'ID ("a")',
    `ID (${'"a" "b" '.repeat(40)}"c" "d")`,
    'SETQUOTA "" (STORAGE)',
    'SETQUOTA "" (STORAGE -1)',
  ]);
  assert.ok(!parseLine('LOGIN a {3}\r\na\0b').ok);
});
