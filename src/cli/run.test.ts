import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine, runWith } from '../../test/command-line.ts';
import { commands, groups } from './commands.ts';

test('the help shows every command once, in groups, but for those that are not called by hand', async () => {
  const { out, code } = await runWith(['--help']);
  assert.equal(code, 0);
  for (const { name } of commands) {
    const lines = out.split('\n').filter((line) => line.startsWith(`  relais ${name} `));
    assert.equal(lines.length, name === 'worker' ? 0 : 1, name);
  }
  for (const { title } of groups) if (title !== undefined) assert.ok(out.includes(`\n${title}\n`));
});

test('each command explains itself', async () => {
  for (const { name, summary } of commands) {
    const { out, code } = await runWith([...name.split(' '), '--help']);
    assert.equal(code, 0, name);
    assert.ok(out.startsWith(`${summary}\n\nUsage: relais ${name}`), name);
    assert.match(summary, /^[A-Z].*\.$/);
  }
});

test('a noun alone lists its verbs', async () => {
  const { out } = await runWith(['path']);
  assert.match(out, /relais path freeze .*\n.*\n\nEach explains itself/);
});

test('mistyped commands and options are named with what is near', async () => {
  const cases: [readonly string[], RegExp][] = [
    [['queue', 'lst'], /there is no command queue lst\. Did you mean queue list\?/],
    [['qeue'], /there is no command qeue\. Did you mean queue\?/],
    [['queue', 'list', '--sate', 'held'], /Unknown option '--sate'\. Did you mean --state\?/],
    [['path', 'show'], /usage: relais path show PATH/],
  ];
  for (const [words, sentence] of cases) {
    const ran = await runWith(words);
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, sentence);
  }
});

test('a store that cannot be opened is for later', async (t) => {
  const line = await CommandLine.open(t);
  const ran = await line.run('queue', 'list', '--data', line.config);
  assert.equal(ran.code, 75);
  assert.match(ran.err, /the store cannot be opened: .*relais doctor looks closer/);
});
