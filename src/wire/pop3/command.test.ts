import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from './command.ts';

test('commands as RFC 1939 and its companions write them', () => {
  const cases: readonly [string, unknown][] = [
    ['noop', { verb: 'NOOP' }],
    ['USER ann@x.example', { verb: 'USER', user: 'ann@x.example' }],
    ['PASS two words  and spaces', { verb: 'PASS', password: 'two words  and spaces' }],
    ['auth plain', { verb: 'AUTH', mechanism: 'PLAIN' }],
    ['AUTH PLAIN =', { verb: 'AUTH', mechanism: 'PLAIN', initial: '=' }],
    ['LIST', { verb: 'LIST' }],
    ['UIDL 12', { verb: 'UIDL', number: 12 }],
    ['RETR 1', { verb: 'RETR', number: 1 }],
    ['TOP 3 0', { verb: 'TOP', number: 3, lines: 0 }],
  ];
  for (const [line, command] of cases) assert.deepEqual(parseCommand(line), { ok: true, command });
});

test('what is none says what would be one', () => {
  const cases = {
    '': /missing/,
    FROB: /no such command/,
    ' NOOP': /missing/,
    'NOOP now': /more than NOOP takes/,
    USER: /takes a name/,
    'USER a b': /more than USER takes/,
    PASS: /takes a password/,
    AUTH: /CAPA lists them/,
    'RETR x': /number of a message/,
    RETR: /number of a message/,
    'RETR -1': /number of a message/,
    'RETR 1e3': /number of a message/,
    'RETR 99999999999': /number of a message/,
    'LIST 0x1': /or nothing/,
    'TOP 1': /how many lines/,
    'TOP 1 2 3': /more than TOP takes/,
  };
  for (const [line, why] of Object.entries(cases)) {
    const parsed = parseCommand(line);
    assert.ok(!parsed.ok && why.test(parsed.why), `${line}: ${JSON.stringify(parsed)}`);
  }
});
