/** What every store must do with addresses: where they lead, and which are refused; as `contract.test.ts`, on all of them. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { NOW, onEveryStore } from '../../test/stores.ts';
import type { Change } from '../core/directory/admin.ts';
import { MAX_ADDRESS_DEPTH, MAX_ADDRESS_TARGETS } from '../core/directory/port.ts';
import type { AccountId } from '../core/envelope.ts';
import type { SqlStore } from './store.ts';

const SEPARATOR = '+';

onEveryStore('addresses', (open) => {
  let store: SqlStore;
  let domains = 0;

  before(async () => {
    ({ store } = await open());
  });

  /** A domain of its own for a test, with accounts. */
  async function aDomain(...accounts: readonly string[]): Promise<string> {
    const domain = `d${++domains}.example`;
    await store.addDomain({ name: domain, language: 'en', createdAt: NOW, keys: [] });
    for (const local of accounts) await addAccount(`${local}@${domain}`);
    return domain;
  }

  function addAccount(address: string): Promise<Change> {
    return store.addAccount({ address, language: 'en', password: 'x', scram: 'x', at: NOW });
  }

  function add(address: string, target: string, how?: 'keep'): Promise<Change> {
    return store.addAddress({ address, target, separator: SEPARATOR, keep: how === 'keep' });
  }

  /** Names of the accounts, then the addresses elsewhere. */
  async function leads(address: string, separator = SEPARATOR): Promise<string[] | undefined> {
    const found = await store.targets({ address, separator });
    if (found === undefined) return undefined;
    const accounts = await Promise.all(found.accounts.map(({ id }) => store.accountById(id)));
    return [...accounts.map((account) => account?.address ?? '?').sort(), ...found.forwards];
  }

  async function idOf(address: string): Promise<AccountId> {
    return (await store.account(address))?.id as AccountId;
  }

  it('takes a subaddress for the address before the separator, unless all of it is made', async () => {
    const d = await aDomain('ana', 'bob');
    assert.equal(await add(`sales@${d}`, `ana+sales@${d}`), 'done');
    assert.equal(await add(`bob+list@${d}`, `x@far.example`), 'done');
    assert.deepEqual(await leads(`ana+shop@${d}`), [`ana@${d}`]);
    assert.deepEqual(await leads(`ana+a+b@${d}`), [`ana@${d}`]);
    assert.deepEqual(await leads(`sales+x@${d}`), [`ana@${d}`]);
    assert.deepEqual(await leads(`bob+list@${d}`), ['x@far.example']);
    assert.equal(await leads(`+shop@${d}`), undefined);
    assert.equal(await leads(`eve+shop@${d}`), undefined);
    assert.equal(await leads(`ana+shop@${d}`, ''), undefined);
    assert.deepEqual(await leads(`ana-shop@${d}`, '-'), [`ana@${d}`]);
  });

  it('gives a catch-all what nobody has, and no right to write in its name', async () => {
    const d = await aDomain('ana', 'bob');
    await add(`b@${d}`, `bob@${d}`);
    assert.equal(await add(`*@${d}`, `ana@${d}`), 'done');
    const found = await store.targets({ address: `typo@${d}`, separator: SEPARATOR });
    assert.deepEqual([found?.accounts.length, found?.standIn], [1, true]);
    assert.equal((await store.targets({ address: `*@${d}`, separator: SEPARATOR }))?.standIn, true);
    assert.deepEqual(await leads(`bob+x@${d}`), [`bob@${d}`]);
    assert.deepEqual(await leads(`b@${d}`), [`bob@${d}`]);
    assert.equal(await leads(`abuse@${d}`), undefined);
    assert.equal(await add(`a@${d}`, `typo@${d}`), 'missing');
    await add(`postmaster@${d}`, `bob@${d}`);
    assert.deepEqual(await leads(`postmaster@${d}`), [`bob@${d}`]);
    assert.equal(await store.removeAddress({ address: `*@${d}` }), 'done');
    assert.equal(await leads(`typo@${d}`), undefined);
  });

  it('refuses what would be two things at once, and says which', async () => {
    const d = await aDomain('ana', 'bob');
    await add(`alias@${d}`, `ana@${d}`);
    await add(`over@${d}`, `alias@${d}`);
    await add(`*@${d}`, `ana@${d}`);
    const table: [string, string, Change][] = [
      [`ana@${d}`, `bob@${d}`, 'is-account'],
      [`ana@${d}`, `ana@${d}`, 'exists'],
      [`alias@${d}`, `ana@${d}`, 'exists'],
      [`alias@${d}`, `nobody@${d}`, 'missing'],
      [`alias@${d}`, `alias@${d}`, 'circle'],
      [`alias@${d}`, `over@${d}`, 'circle'],
      [`alias@${d}`, `over+x@${d}`, 'circle'],
      [`*@${d}`, `ana@${d}`, 'exists'],
      [`*@${d}`, `bob@${d}`, 'has-target'],
      [`alias@${d}`, `*@${d}`, 'catch-all'],
      [`*@${d}`, `*@${d}`, 'has-target'],
      [`srs0=x@${d}`, `ana@${d}`, 'reserved'],
      ['x@far.example', `ana@${d}`, 'no-domain'],
    ];
    for (const [address, target, change] of table)
      assert.equal(await add(address, target), change, `${address} > ${target}`);
    assert.equal(await add(`alias@${d}`, 'x@far.example', 'keep'), 'not-account');
    const accounts: [string, Change][] = [
      [`ana@${d}`, 'exists'],
      [`alias@${d}`, 'exists'],
      [`*@${d}`, 'catch-all'],
      [`SRS1-x@${d}`, 'reserved'],
      ['x@far.example', 'no-domain'],
    ];
    for (const [address, change] of accounts) assert.equal(await addAccount(address), change, address);
    assert.equal(await store.removeAddress({ address: `alias@${d}` }), 'in-use');
    assert.equal(await store.removeAddress({ address: `alias@${d}`, target: `ana@${d}` }), 'in-use');
    assert.equal(await store.removeAddress({ address: `ana@${d}` }), 'is-account');
    assert.deepEqual(await leads(`over@${d}`), [`ana@${d}`]);
  });

  it('sends the mail of an account on, with a copy in its mailbox or without', async () => {
    const d = await aDomain('ana', 'bob');
    const ana = `ana@${d}`;
    assert.equal(await add(ana, 'x@far.example', 'keep'), 'done');
    assert.deepEqual(await leads(ana), [ana, 'x@far.example']);
    assert.equal(await store.removeAddress({ address: ana, target: ana }), 'done');
    assert.deepEqual(await leads(`ana+1@${d}`), ['x@far.example']);
    const without = await store.targets({ address: ana, separator: SEPARATOR });
    assert.deepEqual(without?.holders, [await idOf(ana)]);
    assert.equal(await addAccount(ana), 'exists');
    assert.equal(await store.removeAddress({ address: ana, target: 'x@far.example' }), 'last');
    assert.equal(await add(ana, ana), 'done');
    assert.equal(await store.removeAddress({ address: ana, target: 'x@far.example' }), 'done');
    assert.deepEqual(await leads(ana), [ana]);
  });

  it('lets nobody write as an account that forwards its mail to them', async () => {
    const d = await aDomain('ana', 'bob', 'eve');
    await add(`ana@${d}`, `bob@${d}`, 'keep');
    await add(`team@${d}`, `ana@${d}`);
    await add(`team@${d}`, `eve@${d}`);
    const found = await store.targets({ address: `team@${d}`, separator: SEPARATOR });
    assert.equal(found?.accounts.length, 3);
    assert.deepEqual(found?.holders, [await idOf(`ana@${d}`), await idOf(`eve@${d}`)]);
    assert.equal(await add(`bob@${d}`, `ana@${d}`, 'keep'), 'circle');
  });

  it('takes what leads to an account alone away with it', async () => {
    const d = await aDomain('ana', 'bob', 'eve');
    await add(`one@${d}`, `ana@${d}`);
    await add(`two@${d}`, `one@${d}`);
    await add(`team@${d}`, `two@${d}`);
    await add(`team@${d}`, `bob@${d}`);
    await add(`eve@${d}`, `ana@${d}`, 'keep');
    await store.removeAddress({ address: `eve@${d}`, target: `eve@${d}` });
    assert.equal(await store.removeAccount({ address: `ana@${d}`, withMail: false, at: 1 }), 'done');
    const left = await store.listAddresses(d);
    assert.deepEqual(
      left.map(({ address, target }) => [address, target]),
      [
        [`bob@${d}`, `bob@${d}`],
        [`eve@${d}`, `eve@${d}`],
        [`team@${d}`, `bob@${d}`],
      ],
    );
  });

  it('bounds how long a chain is and how many an address stands for, wherever it grows', async () => {
    const d = await aDomain('ana');
    await add(`c0@${d}`, `ana@${d}`);
    const made: Change[] = [];
    for (let link = 1; link <= MAX_ADDRESS_DEPTH; link++)
      made.push(await add(`c${link}@${d}`, `c${link - 1}@${d}`));
    assert.equal(made.filter((change) => change === 'done').length, MAX_ADDRESS_DEPTH - 2);
    assert.equal(made.at(-2), 'too-deep');
    assert.equal(await add(`far@${d}`, `x@far.example`), 'done');
    assert.equal(await add(`c0@${d}`, `far@${d}`), 'done');
    assert.equal(await add(`far3@${d}`, `y@far.example`), 'done');
    assert.equal(await add(`far2@${d}`, `far3@${d}`), 'done');
    assert.equal(await add(`c0@${d}`, `far2@${d}`), 'too-deep');
    assert.deepEqual(await leads(`c0@${d}`), [`ana@${d}`, 'x@far.example']);
  });

  it('delivers to each member of a large group once, and refuses one too many', async () => {
    const d = await aDomain();
    await add(`part@${d}`, 'm1@far.example');
    const group = `all@${d}`;
    await add(group, `part@${d}`);
    const members = Array.from(
      { length: MAX_ADDRESS_TARGETS - 1 },
      (_, index) => `m${index + 1}@far.example`,
    );
    const made = await Promise.all(members.map((member) => add(group, member)));
    assert.ok(made.every((change) => change === 'done'));
    const found = await leads(group);
    assert.equal(found?.length, new Set(found).size);
    assert.equal(found?.length, MAX_ADDRESS_TARGETS - 1);
    assert.equal(await add(group, 'last@far.example'), 'too-many');
    assert.equal(await add(`part@${d}`, 'more@far.example'), 'too-many');
  });
});
