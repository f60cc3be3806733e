import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { CommandLine, runWith } from '../../test/command-line.ts';
import { context } from '../main.ts';
import type { Streams } from './command.ts';
import { commands, groups } from './commands.ts';
import { runCommand } from './run.ts';

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
    [['path', 'show'], /^relais: usage: relais path show PATH$/m],
    [['path', 'show', 'a', 'b'], /"b" is a word too many; usage: relais path show PATH$/m],
    [['domain', 'list', 'x'], /"x" is a word too many; usage: relais domain list$/m],
  ];
  for (const [words, sentence] of cases) {
    const ran = await runWith(words);
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, sentence);
  }
});

test('an option without its value, or with one that cannot be, is named with what is allowed', async (t) => {
  const line = await CommandLine.open(t);
  const cases: [string, RegExp][] = [
    ['queue list --limit 0', /^relais: --limit: "0" will not do: write a whole number from 1$/m],
    ['queue list --state zzz', /^relais: --state: "zzz" will not do: write one of ready, waiting, /],
    ['queue list --state hold', /^relais: --state: "hold" .*did you mean held\? write one of ready, /],
    ['queue list --domain -', /^relais: --domain: "-" will not do: /],
    ['queue list --json=1', /^relais: --json takes no value\. See relais queue list --help$/m],
    ['trace --language de', /^relais: --language: "de" will not do: write one of en, fr$/m],
    ['trace --from ana', /^relais: --from: "ana" will not do: .*name@example\.org$/m],
    ['replay gandi-2018 --seed abc', /^relais: --seed: "abc" will not do: write a whole number from 1$/m],
    ['provider explain 550 --stage x', /^relais: --stage: "x" will not do: write one of .*rcpt/],
    ['path freeze all --reason x --blame x', /^relais: --blame: "x" will not do: write one of local, path, /],
    ['path freeze all --reason x --for', /^relais: --for needs a value\. It means: Thaws by itself /],
    [
      'path freeze all --reason x --for -5m',
      /^relais: --for needs a value; one that begins with a dash is written --for=-5m\. It means: Thaws /,
    ],
    ['path freeze all --reason x --for=-5m', /^relais: --for -5m: write a number and one of ms, s, m/],
    ['replay no.toml', /^relais: "no\.toml" cannot be read: there is no such file .* or one of gandi-2018/],
  ];
  for (const [words, sentence] of cases) {
    const { code, err } = await line.run(...words.split(' '));
    assert.equal(code, 2, `${words}: ${err}`);
    assert.match(err, sentence);
  }
});

test('a word that is near nothing gets no far-fetched hint', async () => {
  for (const words of [['queue', 'foo'], ['user'], ['reboot'], ['queue', 'list', '--zone', 'x']]) {
    const ran = await runWith(words);
    assert.equal(ran.code, 2);
    assert.doesNotMatch(ran.err, /Did you mean/, words.join(' '));
    assert.match(ran.err, /See relais .*--help/);
  }
});

/** Would run for good, were they not refused. */
const STAY = ['serve', 'demo', 'worker'];

test('an empty argument is refused by every command, which names it and says what to write', async (t) => {
  const line = await CommandLine.open(t);
  for (const { name, positionals, ownArguments } of commands) {
    if (positionals[1] === 0 || ownArguments || STAY.includes(name)) continue;
    const given = Array.from({ length: Math.max(1, positionals[0]) }, () => '');
    const { code, err, out } = await line.run(...name.split(' '), ...given);
    assert.deepEqual([code, out], [2, ''], `${name}: ${err}`);
    assert.match(err, /^relais: [\w|=.]+ is empty: write relais /, name);
  }
  assert.match(
    (await line.run('mailbox', 'show', 'ana@here.example', ' ')).err,
    /^relais: UID is empty: write relais mailbox show ADDRESS UID .*, such as: relais mailbox show ana/,
  );
});

test('so is an empty value of an option', async (t) => {
  const line = await CommandLine.open(t);
  for (const { name, usage, positionals, ownArguments, options } of commands) {
    if (ownArguments || STAY.includes(name)) continue;
    const given = Array.from({ length: positionals[0] }, () => 'x');
    const named = Object.entries(options).filter(([, { type }]) => type === 'string');
    for (const [option, { doc }] of named) {
      const { code, err } = await line.run(...name.split(' '), ...given, `--${option}`, '');
      const orNot = usage.includes(`[--${option}`) ? ', or leave it out' : '';
      const sentence = `relais: --${option} is empty: write a value${orNot}. It means: ${doc}\n`;
      assert.deepEqual([code, err], [2, sentence], name);
    }
  }
  const sender = await line.run('trace', '--from', '');
  assert.match(sender.err, /"<>" for notices/);
  assert.equal((await line.run('trace', '--from', '<>')).code, 3, 'nobody sent a notice');
  assert.equal((await runWith(['queue', 'list', '--config', ''])).code, 2);
  const needed = await line.run('queue', 'retry', 'x', '--reason', '');
  assert.match(needed.err, /--reason is empty: write a value\. It means/);
});

test('a name that nothing here has ends every command that looks for it with 3, and a sentence', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('domain', 'add', 'here.example');
  const reason = "--reason 'x'";
  const [message, account, elsewhere] = ['RZZZZZZZZZZ', 'no@here.example', 'no@else.example'];
  const missing = [
    ...['passwd', 'unlock', 'remove'].map((verb) => `account ${verb} ${account}`),
    ...[`account lock ${account} ${reason}`, `guard lock ${account} ${reason}`, `guard unlock ${account}`],
    ...['domain check', 'domain remove'].map((words) => `${words} else.example`),
    ...[`address remove ${account}`, `address remove ${elsewhere} --to ${account}`],
    ...[`mailbox list ${account}`, `mailbox show ${account} 1`],
    ...['queue show', 'trace'].flatMap((words) => [`${words} ${message}`, `${words} 99999`]),
    ...['hold', 'release', 'cancel', 'retry'].map((verb) => `queue ${verb} ${message} ${reason}`),
    ...['hold', 'retry'].map((verb) => `queue ${verb} --path no.example>a ${reason}`),
    ...[
      '--domain else.example',
      `--recipient ${elsewhere}`,
      '--path no.example>a',
      `--message ${message}`,
    ].map((filter) => `queue list ${filter}`),
    ...['path show', 'path thaw', `path freeze ${reason}`].map((words) => `${words} no.example`),
    ...['provider:nobody', 'egress:nobody', 'node:nobody', 'site:nobody'].flatMap((scope) => [
      `path thaw ${scope}`,
      `path freeze ${scope} ${reason}`,
    ]),
    ...['show', 'case', 'retry'].map((verb) => `provider ${verb} nobody`),
    ...['nobody', '77'].map((what) => `provider unspread ${what} ${reason}`),
    ...['provider case 77', 'provider explain 550 --provider nobody'],
    ...['show', `release ${reason}`, `drop ${reason}`].flatMap((verb) => [
      `guard ${verb} H77`,
      `guard ${verb} ${account}`,
    ]),
    ...[`guard holds --account ${account}`, `guard unrelax X77 ${reason}`],
    ...['account:no@here.example=2', 'domain:else.example=2'].flatMap((scope) => [
      `guard preview --relax ${scope}`,
      `guard relax ${scope} --for 2h ${reason}`,
    ]),
    ...[`suppression remove ${elsewhere}`, 'login forgive account:no@here.example'],
  ];
  for (const words of missing) {
    const { code, err, out } = await line.run(...words.split(' '));
    assert.equal(code, 3, `${words}: ${err}`);
    assert.notEqual(err + out, '', words);
  }
});

test('a list of everything that has nothing to list ends with 0', async (t) => {
  const line = await CommandLine.open(t);
  const lists = commands.filter(({ name }) => /(list|holds|relaxations)$/.test(name));
  for (const { name } of lists.filter(({ positionals }) => positionals[0] === 0))
    assert.equal((await line.run(...name.split(' '))).code, 0, name);
});

test('help and version are found under every name that people try', async () => {
  const same: [readonly string[], readonly string[]][] = [
    [['help'], ['--help']],
    [
      ['help', 'queue'],
      ['queue', '--help'],
    ],
    [
      ['help', 'queue', 'list'],
      ['queue', 'list', '--help'],
    ],
    [['--version'], ['version']],
    [['-V'], ['version']],
  ];
  for (const [one, other] of same) {
    const [first, second] = [await runWith(one), await runWith(other)];
    assert.deepEqual([first.code, first.out], [0, second.out], one.join(' '));
  }
  assert.match((await runWith(['version'])).out, /^relais \d+\.\d+\.\d+ \(Node \d/);
  assert.match(String((await runWith(['--version', '--json'])).objects[0]?.['relais']), /^\d/);
});

test('mailq lists the queue, whatever flags its callers are used to', async (t) => {
  const line = await CommandLine.open(t);
  for (const flags of [[], ['-v'], ['-Ac', '-v']])
    assert.equal((await line.run('mailq', ...flags)).out, 'Mail queue is empty\n');
  for (const flag of ['--help', '-h'])
    assert.match((await line.run('mailq', flag)).out, /Usage: relais mailq /);
  assert.equal((await line.run('mailq', '--domian', 'far.example')).code, 2);
});

test('at a terminal, a command that finds no relais.toml says what it uses instead', async (t) => {
  const { folder } = await CommandLine.open(t);
  const here = process.cwd();
  t.after(() => process.chdir(here));
  process.chdir(folder);
  rmSync('relais.toml');
  const said = async (where: 'terminal' | 'file'): Promise<string> => {
    const err = Object.assign(new PassThrough(), { isTTY: where === 'terminal' });
    const streams: Streams = { in: Readable.from([]), out: new PassThrough(), err };
    await runCommand(['queue', 'list', '--data', 'data'], { ...context, streams });
    return String(err.read() ?? '');
  };
  assert.equal(await said('file'), '');
  assert.match(
    await said('terminal'),
    /^relais: There is no relais\.toml here or in \/etc\/relais: the defaults hold, with the data folder \S+\/data\.\n$/,
  );
});
