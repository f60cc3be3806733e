import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { SqlStore } from '../../store/store.ts';
import { createLoginGuard, type LoginGuard } from './login-guard.ts';
import { forgive, LoginMemory, listSlowed } from './login-memory.ts';

const GUESSER = { address: '192.0.2.66', account: 'ana@x.example' };

interface Remembering {
  readonly guard: LoginGuard;
  readonly memory: LoginMemory;
}

async function aWorker(store: SqlStore, clock: VirtualClock, place: string): Promise<Remembering> {
  const guard = createLoginGuard(clock);
  const memory = new LoginMemory(place, { store, clock, log: silentLog, guard });
  await memory.start();
  return { guard, memory };
}

async function aStore(t: TestContext): Promise<SqlStore> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-login-'));
  const store = await openSqlite(folder);
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

function guess({ guard }: Remembering, times: number): void {
  for (let count = 0; count < times; count++) guard.failed(GUESSER);
}

test('failures survive a restart, and an operator sees them', async (t) => {
  const store = await aStore(t);
  const clock = new VirtualClock();
  const before = await aWorker(store, clock, 'one/0');
  guess(before, 20);
  await before.memory.stop();
  const after = await aWorker(store, clock, 'one/0');
  assert.equal(after.guard.decide(GUESSER).kind, 'delay');
  const keys = (await listSlowed(store, clock)).map(({ key }) => key).sort();
  assert.deepEqual(keys, ['account:ana@x.example', 'address:192.0.2.66']);
  await after.memory.stop();
});

test('what an operator forgives, every worker forgives, and it stays forgiven', async (t) => {
  const store = await aStore(t);
  const clock = new VirtualClock();
  const workers = [await aWorker(store, clock, 'one/0'), await aWorker(store, clock, 'one/1')];
  for (const worker of workers) {
    guess(worker, 20);
    await worker.memory.sync();
  }
  await clock.advance(1_000);
  assert.equal(await forgive(store, 'address:192.0.2.66', clock.now()), true);
  assert.equal(await forgive(store, 'account:ana@x.example', clock.now() + 1), true);
  assert.equal(await forgive(store, 'address:192.0.2.67', clock.now() + 2), false);
  for (const { guard, memory } of workers) {
    await memory.sync();
    assert.equal(guard.decide(GUESSER).kind, 'allow');
    await memory.stop();
  }
  assert.deepEqual(await listSlowed(store, clock), []);
});
