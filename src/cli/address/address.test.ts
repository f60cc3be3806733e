import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';

async function withAna(t: TestContext): Promise<CommandLine> {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await line.store.addAccount({
    address: 'ana@here.example',
    language: 'en',
    password: '',
    scram: '',
    at: 0,
  });
  return line;
}

test('address add sends mail on to each target, and prints the undo', async (t) => {
  const line = await withAna(t);
  const ran = await line.run(
    'address',
    'add',
    'Sales@here.example',
    '--to',
    'Ana@here.example',
    '--to',
    'Bob@else.example',
  );
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Mail for sales@here\.example now goes to ana@here\.example\./);
  assert.match(ran.out, /Undo: relais address remove sales@here\.example --to Bob@else\.example /);
  assert.deepEqual((await line.store.targets({ address: 'sales@here.example', separator: '+' }))?.forwards, [
    'Bob@else.example',
  ]);
  const listed = await line.run('address', 'list');
  assert.match(listed.out, /^ana@here\.example {9}its own mailbox$/m);
  assert.match(listed.out, /^sales@here\.example {7}Bob@else\.example$/m);
});

test('address add says what is in the way of each target', async (t) => {
  const line = await withAna(t);
  await line.run('address', 'add', 'a@here.example', '--to', 'ana@here.example');
  await line.run('address', 'add', 'b@here.example', '--to', 'a@here.example');
  const cases: [string, string, RegExp][] = [
    ['a@here.example', 'ana@here.example', /goes to ana@here\.example already/],
    ['a@here.example', 'b@here.example', /leads back to a@here\.example/],
    ['a@here.example', 'nobody@here.example', /there is no nobody@here\.example here.*relais account add/],
    ['ana@here.example', 'b@here.example', /is an account, and its mail stays.*--keep/],
    ['srs0=a=b=c=d@here.example', 'ana@here.example', /return addresses that forwards get/],
    ['a@here.example', '*@here.example', /cannot be a target/],
    ['a@else.example', 'b@here.example', /relais domain add else\.example/],
  ];
  for (const [address, target, sentence] of cases) {
    const ran = await line.run('address', 'add', address, '--to', target);
    assert.equal(ran.code, 1);
    assert.match(ran.err, sentence);
  }
  assert.equal((await line.run('address', 'add', 'c@here.example')).code, 2);
});

test('address add does what it can and fails when a part of it failed', async (t) => {
  const line = await withAna(t);
  const ran = await line.run(
    'address',
    'add',
    'a@here.example',
    '--to',
    'no@here.example',
    '--to',
    'ana@here.example',
    '--json',
  );
  assert.equal(ran.code, 1);
  assert.deepEqual(
    ran.objects.map(({ target, result }) => [target, result]),
    [['ana@here.example', 'added']],
  );
});

test('address remove takes one target or all, and its undo brings them back', async (t) => {
  const line = await withAna(t);
  await line.run(
    'address',
    'add',
    'a@here.example',
    '--to',
    'x@else.example',
    '--to',
    'y@else.example',
    '--to',
    'z@else.example',
  );
  const one = await line.run('address', 'remove', 'a@here.example', '--to', 'x@else.example');
  assert.match(one.out, /no longer goes to x@else\.example/);
  const all = await line.run('address', 'remove', 'a@here.example');
  assert.match(
    all.out,
    /Undo: relais address add a@here\.example --to y@else\.example --to z@else\.example /,
  );
  assert.equal((await line.run('address', 'remove', 'a@here.example')).code, 3);
  assert.match((await line.run('address', 'remove', 'ana@here.example')).err, /relais account remove/);
});

test('address list shows where mail for a postmaster goes that nobody named', async (t) => {
  const line = await withAna(t);
  assert.match(
    (await line.run('address', 'list')).out,
    /^postmaster@here\.example {2}ana@here\.example {2}\(by default: RFC 5321 /m,
  );
  const { objects } = await line.run('address', 'list', 'here.example', '--json');
  assert.deepEqual(objects.at(-1), {
    schema: 'relais.address-list/1',
    address: 'postmaster@here.example',
    target: 'ana@here.example',
    account: false,
    byDefault: true,
  });
  await line.run('address', 'add', 'postmaster@here.example', '--to', 'x@else.example');
  const listed = await line.run('address', 'list');
  assert.match(listed.out, /^postmaster@here\.example {2}x@else\.example$/m);
  assert.doesNotMatch(listed.out, /by default/);
  assert.equal((await line.run('address', 'list', 'else.example')).code, 3);
});

test('a catch-all is added, listed and removed as what it is, and goes to one address', async (t) => {
  const line = await withAna(t);
  const all = '*@here.example';
  const tried = await line.run('address', 'add', all, '--to', 'ana@here.example', '--dry-run');
  assert.match(tried.out, /^Whatever else is sent to here\.example would go to ana@here\.example\./);
  const ran = await line.run('address', 'add', all, '--to', 'ana@here.example');
  assert.match(ran.out, /^Whatever else is sent to here\.example now goes to ana@here\.example\./);
  assert.match(ran.out, /Undo: relais address remove '\*@here\.example' --to ana@here\.example /);
  const again = await line.run('address', 'add', all, '--to', 'x@else.example');
  assert.match(again.err, /a catch-all goes to one address: make a group/);
  assert.match(
    (await line.run('address', 'list')).out,
    /^\*@here\.example {11}ana@here\.example {2}\(whatever else is sent to the domain\)$/m,
  );
  const { objects } = await line.run('address', 'list', '--json');
  const schema = 'relais.address-list/1';
  assert.deepEqual(objects[0], {
    schema,
    address: all,
    target: 'ana@here.example',
    account: false,
    catchAll: true,
  });
  const account = await line.feed('secret-enough-here\n', 'account', 'add', all, '--password-stdin');
  assert.match(account.err, /is no account/);
  const removed = await line.run('address', 'remove', all);
  assert.match(removed.out, /^Whatever else is sent to here\.example is refused again\./);
});

test('an account sends its mail on and keeps it, or not, and always has somewhere for it', async (t) => {
  const line = await withAna(t);
  const ana = 'ana@here.example';
  const ran = await line.run('address', 'add', ana, '--to', 'x@else.example', '--keep');
  assert.equal(ran.code, 0, ran.err);
  const no = await line.run('address', 'remove', ana, '--to', ana);
  assert.match(no.out, /Undo: relais address add ana@here\.example --to ana@here\.example /);
  const last = await line.run('address', 'remove', ana, '--to', 'x@else.example');
  assert.match(last.err, /goes only there.*relais address add ana@here\.example --to ana@here\.example/);
  await line.run('address', 'add', ana, '--to', ana);
  assert.equal((await line.run('address', 'remove', ana, '--to', 'x@else.example')).code, 0);
  await line.run('address', 'add', 'sales@here.example', '--to', ana);
  const keep = await line.run('address', 'add', 'sales@here.example', '--to', 'x@else.example', '--keep');
  assert.match(keep.err, /is no account, so it has no mailbox/);
});

test('address remove and account remove see to what leads there', async (t) => {
  const line = await withAna(t);
  await line.run('address', 'add', 'a@here.example', '--to', 'ana@here.example');
  await line.run('address', 'add', 'b@here.example', '--to', 'a@here.example');
  const refused = await line.run('address', 'remove', 'a@here.example');
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /b@here\.example would lead nowhere.*relais address remove b@here\.example --to a@here\.example/,
  );
  const removed = await line.run('account', 'remove', 'ana@here.example', '--json');
  assert.deepEqual(removed.objects[0]?.['addresses'], ['a@here.example', 'b@here.example']);
  assert.deepEqual(await line.store.listAddresses(undefined), []);
});
