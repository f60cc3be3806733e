/** A freeze is one row however much mail it keeps: counted in statements and rows, not in time. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import type { Freeze } from '../../core/queue/freeze.ts';
import { databaseFile, openSqlite } from '../sqlite/open.ts';
import { closeCase } from './cases.ts';
import { hold } from './provider-hold.ts';
import { freeze, freezes, takeCanary, thaw } from './freezes.ts';
import { acquirePaths, heartbeat } from './workers.ts';
import { claim, countBacklog, nextDue } from './queue.ts';
import type { Row, Sql, SqlValue } from './sql.ts';

const NOW = 1_000_000;
const PATH = 'mx.far.example>a';
const FREEZE: Freeze = {
  scope: `path:${PATH}`,
  cause: 'automatic',
  blame: 'local',
  since: NOW,
  reason: 'no route',
  canary: { at: NOW + 10, everyMs: 10 },
};

/** A database with so many deliveries ready on one path, and what is asked of it. */
class Counted implements Sql {
  readonly #db: DatabaseSync;
  readonly statements: string[] = [];
  changed = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async run(text: string, values: readonly SqlValue[]): Promise<number> {
    this.statements.push(text);
    const changes = Number(this.#db.prepare(text).run(...values).changes);
    this.changed += changes;
    return changes;
  }

  async all(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    this.statements.push(text);
    const rows = this.#db.prepare(text).all(...values) as Row[];
    if (!text.startsWith('SELECT') && !text.startsWith('WITH')) this.changed += rows.length;
    return rows;
  }

  tell(): void {}
}

async function withBacklog(t: TestContext, deliveries: number): Promise<Counted> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-freezes-'));
  await (await openSqlite(folder)).close();
  const db = new DatabaseSync(databaseFile(folder));
  t.after(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  db.exec(`INSERT INTO message (id, accepted_at, expires_at, language, reverse_path, envelope, origin, prefix, size, refs)
    VALUES (1, ${NOW}, ${NOW * 2}, 'en', 's@here.example', '{}', '{}', x'', 1, ${deliveries})`);
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${deliveries})
    INSERT INTO delivery (id, message, recipient, path, customer, state, due_at, lane, attempts, delay_told, tell_at)
      SELECT i + 1, 1, 'r@far.example', '${PATH}', 'here.example/' || (i % 97), 'ready', ${NOW} + i % 50, 0, 0, 0, ${NOW * 2} FROM n`);
  db.exec('COMMIT');
  return new Counted(db);
}

test('freeze, canary and thaw touch as many rows over a million deliveries as over ten, and no delivery', async (t) => {
  const costs = [];
  for (const deliveries of [10, 10_000, 1_000_000]) {
    const sql = await withBacklog(t, deliveries);
    const begun = systemClock.monotonic();
    await freeze(sql, FREEZE);
    await freezes(sql, 0);
    const turn = { scope: FREEZE.scope, cause: FREEZE.cause, dueAt: NOW + 10 };
    assert.equal(await takeCanary(sql, { ...turn, next: { at: NOW + 20, everyMs: 20 } }), true);
    await thaw(sql, { scope: FREEZE.scope, cause: FREEZE.cause, at: NOW + 15 });
    await freezes(sql, 0);
    costs.push({ statements: [...sql.statements], changed: sql.changed });
    t.diagnostic(`${deliveries} deliveries: ${(systemClock.monotonic() - begun).toFixed(2)} ms`);
  }
  const [first, ...others] = costs;
  for (const other of others) assert.deepEqual(other, first);
  assert.equal(first?.changed, 4, 'the freeze, the turn, the end of the freeze, the stoppage');
  assert.ok(first?.statements.every((text) => !text.includes('delivery')));
});

test('a hold with its case, its renewal and its end touch as many rows over a million deliveries as over ten', async (t) => {
  const costs = [];
  for (const deliveries of [10, 1_000_000]) {
    const sql = await withBacklog(t, deliveries);
    const reply = { stage: 'mail', code: 421, text: '[TSS04]', afterMs: 1 } as const;
    const said = {
      at: NOW,
      customer: 'bad.example',
      path: PATH as never,
      reply,
      class: 'ip-throttled',
      rule: 'r',
    };
    for (const scope of ['provider:yahoo>a', 'customer:here.example>yahoo'] as const) {
      const freezing: Freeze = { ...FREEZE, scope, blame: 'reputation' };
      const about = { provider: 'yahoo', egress: 'a', blame: 'reputation', class: 'ip-throttled' } as const;
      await hold(sql, { freeze: freezing, about: { ...about, pauseMs: 10, level: 1 }, replies: [said] });
      await thaw(sql, { scope, cause: 'automatic', at: NOW + 1 });
      await hold(sql, { freeze: freezing, about: { ...about, pauseMs: 20, level: 1 }, replies: [] });
      await thaw(sql, { scope, cause: 'automatic', at: NOW + 2 });
      await closeCase(sql, { scope, at: NOW + 3, why: 'mail flows again' });
    }
    assert.ok(sql.statements.every((text) => !/\bdelivery\b/.test(text)));
    costs.push({ statements: sql.statements.length, changed: sql.changed });
  }
  assert.deepEqual(costs[1], costs[0]);
});

test('what is left of a backlog is counted by indexes alone, its leases by those of its owner', async (t) => {
  const sql = await withBacklog(t, 10_000);
  await heartbeat(sql, { worker: 7 as never, node: 'n', first: true });
  await acquirePaths(sql, { worker: 7 as never, now: NOW + 100, limit: 10 });
  const part = { lane: 0, since: 0, before: NOW + 100, limit: 300 };
  await claim(sql, { worker: 7 as never, path: PATH as never, parts: [part] });
  assert.equal(await countBacklog(sql, PATH as never), 10_000);
  const plan = await sql.all(`EXPLAIN QUERY PLAN ${sql.statements.at(-1)}`, [PATH]);
  const steps = plan.map(({ detail }) => detail as string).filter((step) => /^(SCAN|SEARCH)/.test(step));
  assert.equal(steps.length, 3);
  for (const step of steps)
    assert.match(step, /^SEARCH \w+ USING (COVERING )?INDEX \w+ \((path|leased_by)=\?\)/);
});

test('the first claim after a thaw takes its part of a million and reads no more than of ten thousand', async (t) => {
  for (const deliveries of [10_000, 1_000_000]) {
    const sql = await withBacklog(t, deliveries);
    await heartbeat(sql, { worker: 7 as never, node: 'n', first: true });
    await acquirePaths(sql, { worker: 7 as never, now: NOW + 100, limit: 10 });
    const begun = systemClock.monotonic();
    const part = { lane: 0, since: 0, before: NOW + 100, limit: 300 };
    const [taken] = await claim(sql, { worker: 7 as never, path: PATH as never, parts: [part] });
    assert.equal(taken?.length, 300);
    assert.ok(taken?.every(({ dueAt }) => dueAt < NOW + 50));
    assert.ok(((await nextDue(sql, PATH as never)) ?? 0) >= NOW);
    assert.equal(sql.changed, 1 + 2 + 300, 'the worker, the path and its owner, the leases');
    t.diagnostic(`${deliveries} deliveries: ${(systemClock.monotonic() - begun).toFixed(2)} ms`);
  }
});
