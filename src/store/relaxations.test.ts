/** What every store must do for relaxations; as `contract.test.ts`, on all of them. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, newWorker, NOW, onEveryStore } from '../../test/stores.ts';
import type { AccountId, WorkerId } from '../core/envelope.ts';
import { type OrderedRelaxation, WIRES } from '../core/guard/relaxation.ts';
import type { SqlStore } from './store.ts';

const ANN = 'ann@here.example';
const HOUR = 3_600_000;

onEveryStore('relaxations', (open) => {
  let store: SqlStore;
  let worker: WorkerId;
  let account: AccountId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.addDomain({ name: 'here.example', language: 'fr', createdAt: NOW, keys: [] });
    await store.addAccount({ address: ANN, language: 'fr', password: 'x', scram: 'x', at: NOW });
    account = (await store.account(ANN))?.id as AccountId;
  });

  async function relaxed(scope: string): Promise<number> {
    await store.keepPreview({ scope, factor: 1.5, at: NOW + 1 });
    const id = await store.relax(order(scope));
    assert.ok(id !== undefined);
    return id;
  }

  const order = (scope: string): Parameters<SqlStore['relax']>[0] => ({
    scope,
    factor: 1.5,
    from: NOW,
    to: NOW + 2 * HOUR,
    reason: 'why',
    author: 'op',
    wires: WIRES,
    previewedSince: NOW - HOUR,
  });

  async function one(id: number): Promise<OrderedRelaxation | undefined> {
    return (await store.relaxations({ at: NOW, all: true })).find((other) => other.id === id);
  }

  it('asks for a preview of the same scope, of as large a factor, within the hour', async () => {
    assert.equal(await store.relax(order(`account:${ANN}`)), undefined);
    await store.keepPreview({ scope: `account:${ANN}`, factor: 1.4, at: NOW });
    assert.equal(await store.relax(order(`account:${ANN}`)), undefined);
    await store.keepPreview({ scope: `account:${ANN}`, factor: 2, at: NOW - HOUR - 1 });
    assert.equal(await store.relax(order(`account:${ANN}`)), undefined);
    const id = await relaxed(`account:${ANN}`);
    const [found] = await store.relaxations({ at: NOW });
    assert.deepEqual(found, {
      id,
      scope: { kind: 'account', account: ANN },
      factor: 1.5,
      from: NOW,
      to: NOW + 2 * HOUR,
      reason: 'why',
      author: 'op',
      wires: WIRES,
      letOut: 0,
      refused: 0,
    });
    assert.deepEqual(await store.relaxations({ at: NOW + 2 * HOUR }), []);
  });

  it('heeds the largest factor that was looked at, and nothing from before a wire ended the last one', async () => {
    const scope = 'signal:new-country';
    await store.keepPreview({ scope, factor: 1.5, at: NOW });
    await store.keepPreview({ scope, factor: 1.2, at: NOW });
    const id = await store.relax(order(scope));
    assert.ok(id !== undefined);
    await store.endRelaxation({ id, at: NOW + 1, why: 'letOut' });
    assert.equal(await store.relax(order(scope)), undefined);
    await store.keepPreview({ scope, factor: 1.5, at: NOW + 2 });
    assert.ok((await store.relax(order(scope))) !== undefined);
  });

  it('has one of each scope: the next takes its place', async () => {
    const first = await relaxed('domain:here.example');
    const second = await relaxed('domain:here.example');
    assert.equal((await one(first))?.ended?.why, 'renewed');
    assert.equal((await one(second))?.ended, undefined);
    assert.equal(
      await store.endRelaxation({ id: second, at: NOW, why: 'operator', by: 'root', reason: 'enough' }),
      true,
    );
    assert.equal(
      await store.endRelaxation({ id: second, at: NOW, why: 'operator', by: 'root', reason: 'again' }),
      false,
    );
    assert.deepEqual((await one(second))?.ended, { at: NOW, why: 'operator', by: 'root', reason: 'enough' });
  });

  it('counts what is let out with the message, and ends at the wire', async () => {
    const id = await relaxed('signal:rate');
    const letOut = async (recipients: number): Promise<void> =>
      store.accept({
        ...(await anAcceptance(store, { recipients: ['a@far.example'] })),
        account,
        judged: { at: NOW, worker, account: ANN, kind: 'pass', data: '{}', relaxed: { id, recipients } },
      });
    await letOut(WIRES.letOut - 1);
    assert.deepEqual([(await one(id))?.letOut, (await one(id))?.ended], [WIRES.letOut - 1, undefined]);
    await letOut(1);
    assert.deepEqual((await one(id))?.ended, { at: NOW, why: 'letOut' });
  });

  it('counts what far ends refuse of those it is about, and ends at the wire', async () => {
    const [mine, other] = [await relaxed('domain:here.example'), await relaxed('domain:there.example')];
    const refused = { at: NOW, worker, kind: 'refused', data: '{"count":2}' } as const;
    await store.noteGuard([{ ...refused, account: ANN }]);
    assert.deepEqual([(await one(mine))?.refused, (await one(mine))?.ended], [2, undefined]);
    await store.noteGuard([{ ...refused, account: ANN }]);
    assert.deepEqual((await one(mine))?.ended, { at: NOW, why: 'refused' });
    assert.equal((await one(other))?.refused, 0);
  });

  it('of a tenant is about its domains, counts what they are refused, and ends when there is one more', async () => {
    assert.equal(await store.setTenant({ domain: 'gone.example', tenant: 'acme', at: NOW }), 'missing');
    assert.equal(await store.setTenant({ domain: 'here.example', tenant: 'acme', at: NOW }), 'done');
    const [mine, other] = [await relaxed('tenant:acme'), await relaxed('tenant:else')];
    const scope = { kind: 'tenant', tenant: 'acme', domains: ['here.example'] };
    assert.deepEqual((await one(mine))?.scope, scope);
    await store.noteGuard([{ at: NOW, worker, account: ANN, kind: 'refused', data: '{"count":2}' }]);
    assert.deepEqual([(await one(mine))?.refused, (await one(other))?.refused], [2, 0]);
    const domain = {
      name: 'more.example',
      language: 'fr',
      tenant: 'acme',
      createdAt: NOW,
      keys: [],
    } as const;
    assert.equal(await store.addDomain(domain), 'done');
    assert.deepEqual((await one(mine))?.ended, { at: NOW, why: 'tenant' });
    assert.equal(await store.relax(order('tenant:acme')), undefined, 'what was previewed is another tenant');
    assert.equal((await one(other))?.ended, undefined);
    const third = await relaxed('tenant:acme');
    assert.equal(
      await store.setTenant({ domain: 'more.example', tenant: undefined, at: NOW }),
      'done',
      'one less',
    );
    assert.deepEqual([(await one(third))?.scope, (await one(third))?.ended], [scope, undefined]);
    assert.deepEqual(await store.tenants(), [{ domain: 'here.example', tenant: 'acme' }]);
    const listed = (await store.listDomains()).map(({ name, tenant }) => [name, tenant]);
    assert.deepEqual(listed, [
      ['here.example', 'acme'],
      ['more.example', undefined],
    ]);
  });
});
