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
  assert.deepEqual((await line.store.targets('sales@here.example'))?.forwards, ['Bob@else.example']);
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
    ['ana@here.example', 'b@here.example', /is an account, and its mail stays/],
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
