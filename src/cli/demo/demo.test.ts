import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startFarEnd } from '../../lab/far-end.ts';
import { bringUp, takeDown } from './demo.ts';

test('the far end says when it is down or up already', async (t) => {
  const farEnd = await startFarEnd({ port: 0 });
  t.after(() => farEnd.close());
  assert.match(await bringUp(farEnd), /up already/);
  assert.match(await takeDown(farEnd), /is down:/);
  assert.match(await takeDown(farEnd), /down already: u brings it up/);
  assert.match(await bringUp(farEnd), /up again/);
});

test('a signal to what started the demo ends it, with nothing left behind', async (t) => {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const { child, folder, ended } = await startDemo(t, `exec ${SETUP}`);
    child.kill(signal);
    await ended;
    assert.deepEqual([child.exitCode, existsSync(folder)], [0, false], signal);
  }
});

test('under npm, the demo ends with the shell between them', async (t) => {
  const { child, folder, ended } = await startDemo(t, `${SETUP}; true`);
  child.kill('SIGTERM');
  await ended;
  assert.equal(existsSync(folder), false);
});

const SETUP = '"$NODE" bin/setup.mjs start';

/** `ended`: nobody holds its output any more, so no process of it is left. */
async function startDemo(
  t: TestContext,
  command: string,
): Promise<{ child: ChildProcess; folder: string; ended: Promise<unknown> }> {
  const env = { ...process.env, NODE: process.execPath, npm_lifecycle_event: 'start' };
  const child = spawn('sh', ['-c', command], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  // A demo that lives on ends at this.
  t.after(() => child.stdin.write('q\n'));
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close');
  let said = '';
  const folder = await new Promise<string>((found) => {
    child.stdout.on('data', (piece) => {
      said += String(piece);
      const file = /--config (\S+\/relais\.toml)[\s\S]*Keys:/.exec(said)?.[1];
      if (file !== undefined) found(dirname(file));
    });
  });
  return { child, folder, ended };
}
