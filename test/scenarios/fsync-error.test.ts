/** The disk does not keep what it is given: while every sync fails nothing gets 250, and afterwards it goes on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { untilEnded } from '../children.ts';
import { requireRoot } from '../interop/far-end.ts';
import { Outage } from '../outage.ts';
import { type Peer, requirePeer } from '../peers.ts';

const FAILS_FOR_MS = 3_000;
const ATTACH_TIMEOUT_MS = 10_000;

test('no 250 while the disk cannot sync, and mail flows again after', async (t) => {
  const strace = requirePeer(t, 'strace');
  if (strace === undefined || !requireRoot(t, 'strace attaches to a process as root')) return;
  const outage = await Outage.begin(t, { open: (server) => openSqlite(server.data) });
  const repair = await breakSync(t, strace, workerPids(outage));
  // Whatever was on its way when the fault began has its answer now.
  await outage.refuses(20);
  const keptBefore = outage.load.kept.size;
  await sleep(FAILS_FOR_MS);
  await outage.refuses(20);
  assert.equal(outage.load.kept.size, keptBefore, '250 for what was not synced');
  await repair();
  await outage.keeps(50);
  await outage.losesNothing(t);
});

function workerPids({ server }: Outage): number[] {
  return server.log.flatMap(({ msg, pid }) => (msg === 'worker started' && pid !== undefined ? [pid] : []));
}

/** Makes every fsync and fdatasync of these processes fail with EIO; the result ends that. */
async function breakSync(
  t: TestContext,
  { program }: Peer,
  pids: readonly number[],
): Promise<() => Promise<void>> {
  const fault = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO'];
  const strace = spawn(program, ['-f', ...fault, ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const repair = async (): Promise<void> => {
    strace.kill('SIGTERM');
    await untilEnded(strace);
  };
  t.after(repair);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`strace does not attach: ${said}`)), ATTACH_TIMEOUT_MS);
    strace.stderr.on('data', (chunk: Buffer) => {
      if (said.length > 10_000) return;
      said += chunk.toString();
      if (!said.includes('(INJECTED)')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return repair;
}
