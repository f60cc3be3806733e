import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandLine, runWith } from '../../../test/command-line.ts';
import { parseConfig } from '../../core/config/parse.ts';

test('config check says every mistake at once, with its remedy', async (t) => {
  const line = await CommandLine.open(t);
  const file = join(line.folder, 'wrong.toml');
  writeFileSync(file, 'worker = 2\n[queue]\nlifetime = "forever"\n');
  const ran = await runWith(['config', 'check', file]);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /has 2 mistakes:\n {2}.*workers.*\n {2}queue\.lifetime = "forever"/);
  const [object] = (await runWith(['config', 'check', file, '--json'])).objects as [Record<string, unknown>];
  assert.equal((object['errors'] as unknown[]).length, 2);
});

test('config check praises what is right, and looks for the files it names', async (t) => {
  const line = await CommandLine.open(t);
  const right = await line.run('config', 'check');
  assert.equal(right.code, 0, right.err);
  assert.match(right.out, /is right\. It listens for mx on 127\.0\.0\.1:2525\./);
  const file = join(line.folder, 'tls.toml');
  writeFileSync(file, '[tls]\ncert = "/nowhere/cert.pem"\nkey = "/nowhere/key.pem"\n');
  assert.match(
    (await runWith(['config', 'check', file])).out,
    /tls\.cert = "\/nowhere\/cert\.pem" cannot be: there is no such file/,
  );
  const missing = await runWith(['config', 'check', join(line.folder, 'none.toml')]);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /there is no such file/);
});

test('config reference is a configuration that says the defaults', async () => {
  const { out } = await runWith(['config', 'reference']);
  assert.match(out, /^\[queue\]$/m);
  assert.ok('config' in parseConfig(out));
});

test('a command with a wrong configuration says the mistakes', async (t) => {
  const line = await CommandLine.open(t, 'worker = 1\n');
  const ran = await line.run('queue', 'list');
  assert.equal(ran.code, 1);
  assert.match(ran.err, /has a mistake:\n {2}.*workers/);
});
