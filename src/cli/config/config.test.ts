import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandLine, runWith } from '../../../test/command-line.ts';
import { loadConfig } from '../load-config.ts';
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
  assert.match(
    right.out,
    /is right\. It listens for mx on 127\.0\.0\.1:2525; everything is kept in \S+\/data\./,
  );
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

test('config check tells mistakes and missing files together, and warns', async (t) => {
  const line = await CommandLine.open(t);
  const file = join(line.folder, 'wrong.toml');
  const listen = '[[listen]]\nkind = "submission"\naddress = "127.0.0.1:2587"\ntls = "none"\n';
  writeFileSync(file, `hostname = "mail"\nworkers = "x"\n${listen}[tls]\ncert = "c.pem"\nkey = "k.pem"\n`);
  const { code, objects } = await runWith(['config', 'check', file, '--json']);
  assert.equal(code, 1);
  const [found] = objects as [Record<string, { path: string }[]>];
  const paths = (what: string): unknown[] => (found[what] ?? []).map(({ path }) => path);
  assert.deepEqual(paths('errors'), ['workers', 'tls.cert', 'tls.key']);
  assert.deepEqual(paths('warnings'), ['hostname', 'listen[0].tls']);
  writeFileSync(file, `hostname = "mail"\n${listen}`);
  const warned = await runWith(['config', 'check', file]);
  assert.equal(warned.code, 0);
  assert.match(
    warned.out,
    /is right\..*\nWarning: hostname is "mail", .*\nWarning: listen\[0\]\.tls is "none"/,
  );
});

test('relative paths are taken from the folder of the configuration, --data from here', async (t) => {
  const { folder } = await CommandLine.open(t);
  const file = join(folder, 'near.toml');
  writeFileSync(file, 'data = "kept"\n[tls]\ncert = "c.pem"\nkey = "/k.pem"\n');
  const { data, tls } = loadConfig({ file, data: undefined });
  assert.deepEqual([data, tls], [join(folder, 'kept'), { cert: join(folder, 'c.pem'), key: '/k.pem' }]);
  assert.equal(loadConfig({ file, data: 'there' }).data, 'there');
  writeFileSync(join(folder, 'c.pem'), '');
  const { out } = await runWith(['config', 'check', file]);
  assert.doesNotMatch(out, /tls\.cert/);
  assert.match(out, /tls\.key = "\/k\.pem" cannot be/);
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
