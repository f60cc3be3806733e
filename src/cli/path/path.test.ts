import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine, FAR } from '../../../test/command-line.ts';
import { UNROUTED } from '../../core/envelope.ts';

test('path list shows what waits for each destination', async (t) => {
  const line = await CommandLine.open(t);
  assert.match((await line.run('path', 'list')).out, /^No path yet/);
  await accepted(line, { recipients: ['a@far.example', 'b@far.example'], at: Date.now() - 7_200_000 });
  await accepted(line, { recipients: ['a@new.example'], path: UNROUTED });
  const { out } = await line.run('path', 'list');
  assert.match(out, /^Path +State +Connections +Ready +Waiting +Trying +Held +Oldest +Next try +Owner$/m);
  assert.match(out, /^unrouted +open +1 +0 +0 +0 {2}\d+ s ago$/m);
  assert.match(out, /^mx\.far\.example>default +open +2 +0 +0 +0 {2}2 h 00 min ago$/m);
  const { objects } = await line.run('path', 'list', '--json');
  assert.deepEqual(
    objects.map(({ path, ready }) => [path, ready]),
    [
      ['', 1],
      [FAR, 2],
    ],
  );
});

test('path freeze says what it holds back, ends by itself, and prints a quoted undo', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example', 'b@far.example'] });
  assert.equal((await line.run('path', 'freeze', FAR)).code, 2);
  assert.match(
    (await line.run('path', 'freeze', FAR, '--dry-run')).out,
    /2 deliveries\.\nNothing was changed/,
  );
  const frozen = await line.run('path', 'freeze', FAR, '--reason', 'they asked', '--for', '30m');
  assert.equal(frozen.code, 0, frozen.err);
  assert.match(frozen.out, /^Undo: relais path thaw 'mx\.far\.example>default' --config /m);
  const [freeze] = (await line.store.freezes(0)).freezes;
  assert.deepEqual(
    [freeze?.scope, freeze?.cause, freeze?.blame, freeze?.reason],
    [`path:${FAR}`, 'operator', 'local', 'they asked'],
  );
  assert.equal((freeze?.until as number) - (freeze?.since as number), 1_800_000);
  assert.match(
    (await line.run('path', 'show', 'mx.far.example')).out,
    /^State {5}frozen since .* until .*: they asked$/m,
  );
  assert.match((await line.run('path', 'list')).out, /^ {2}frozen since/m);
});

test('path thaw opens what is frozen', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('path', 'freeze', FAR, '--reason', 'before anything is sent');
  const thawed = await line.run('path', 'thaw', FAR, '--json');
  assert.equal(thawed.objects[0]?.['state'], 'open');
  assert.match(
    String(thawed.objects[0]?.['undo']),
    /^relais path freeze 'mx\.far\.example>default' --reason 'before anything is sent'/,
  );
  assert.equal((await line.run('path', 'thaw', FAR)).code, 3);
});

test('a path that is not there is named with what is near', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  const near = await line.run('path', 'show', 'mx.fra.example>default');
  assert.deepEqual(
    [near.code, near.err],
    [3, `relais: there is no path mx.fra.example>default. Did you mean '${FAR}'?\n`],
  );
  assert.equal((await line.run('path', 'freeze', 'nowhere', '--reason', 'x')).code, 3);
});
