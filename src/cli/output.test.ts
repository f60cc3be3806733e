import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutput, nameForPeople } from './output.ts';

test('what strangers wrote does not command the terminal of who reads it', () => {
  const [out, err]: [string[], string[]] = [[], []];
  const sink = (into: string[]) => ({ write: (text: string | Uint8Array) => into.push(String(text)) > 0 });
  const streams = { out: sink(out), err: sink(err) } as unknown as Parameters<typeof createOutput>[1];
  const people = createOutput('people', streams);
  people.item({}, 'said\t\u001b[2J\u0000é\u009b31m\n  \u202egpj.exe');
  people.say('\u001b]0;title\u0007');
  people.note('\rover');
  assert.deepEqual(out, ['said\t\ufffd[2J\ufffdé\ufffd31m\n  \ufffdgpj.exe\n', '\ufffd]0;title\ufffd\n']);
  assert.deepEqual(err, ['\ufffdover\n']);
  createOutput('relais.test/1', streams).item({ said: '\u001b[2J' }, 'x');
  assert.equal(out.at(-1), '{"schema":"relais.test/1","said":"\\u001b[2J"}\n');
});

test('a name stands on one line, and a long one has its beginning and its end', () => {
  assert.equal(nameForPeople('Été/\u4f1a a'), 'Été/\u4f1a a');
  assert.equal(nameForPeople('a\nb\tc\u2028d\re\u202ef\u001b'), 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd');
  assert.equal(nameForPeople('é'.repeat(200)), 'é'.repeat(200));
  assert.equal(
    nameForPeople(`${'a'.repeat(150)}${'b'.repeat(51)}`),
    `${'a'.repeat(100)}…${'a'.repeat(48)}${'b'.repeat(51)}`,
  );
});
