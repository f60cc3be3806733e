import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';
import type { WorkerId } from '../../core/envelope.ts';
import type { NewLogEntry } from '../../core/guard/port.ts';

const MINUTE = 60_000;

/** A burst of one account to strangers, as its server would have logged it. */
async function burst({ store }: CommandLine, account: string, count: number): Promise<void> {
  const begun = Date.now() - 2 * 3_600_000;
  const entries = Array.from({ length: count }, (_, index): NewLogEntry => {
    const at = begun + index * MINUTE;
    const data = JSON.stringify({ t: at, account, to: [`x${index}@y${index}.example`] });
    return { at, worker: 1 as WorkerId, account, kind: 'hold', data };
  });
  await store.noteGuard(entries);
}

test('without a preview of that scope and factor nothing is relaxed; with it, for its time, and ended by hand', async (t) => {
  const line = await CommandLine.open(t);
  const at = Date.now();
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: at, keys: [] });
  for (const name of ['ann', 'bob'])
    await line.store.addAccount({
      address: `${name}@here.example`,
      language: 'en',
      password: 'x',
      scram: 'x',
      at,
    });
  assert.equal((await line.run('guard', 'preview', '--relax', 'domain:hear.example=2')).code, 3);
  assert.equal((await line.run('guard', 'preview', '--relax', 'account:an@here.example=2')).code, 3);
  await burst(line, 'ann@here.example', 30);
  const order = ['guard', 'relax', 'account:ann@here.example=1.5', '--for', '2h', '--reason', 'a mailing'];
  const refused = await line.run(...order);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /refused: nobody has looked .* relais guard preview --relax account:ann@here\.example=1\.5/,
  );
  // Another scope, and a smaller factor, are other previews.
  await line.run('guard', 'preview', '--relax', 'account:bob@here.example=2');
  await line.run('guard', 'preview', '--relax', 'account:ann@here.example=1.2');
  assert.equal((await line.run(...order)).code, 1);
  const preview = await line.run('guard', 'preview', '--relax', 'account:ann@here.example=2');
  assert.match(preview.out, /: 30 messages since/);
  assert.match(preview.out, /messages would leave that the guard as it is now holds:\n.*that had left/);
  assert.match(preview.out, /ann@here\.example {2}\d+ messages/);
  const relaxed = await line.run(...order);
  assert.equal(relaxed.code, 0, relaxed.err);
  assert.match(relaxed.out, /^X1: account:ann@here\.example is relaxed 1\.5 times until/);
  assert.match((await line.run('guard', 'relaxations')).out, /X1 .*0 of 50 .*a mailing/);
  const { out } = await line.run('doctor');
  assert.match(out, /^-- {2}guard +account:ann@here\.example is relaxed 1\.5 times until .*: a mailing$/m);
  assert.equal((await line.run('guard', 'unrelax', 'X1', '--reason', 'it is out')).code, 0);
  const again = await line.run('guard', 'unrelax', 'X1', '--reason', 'again');
  assert.equal(again.code, 3);
  assert.match(again.err, /X1 is over since .*: .+ ended it: it is out/);
  assert.match((await line.run('guard', 'unrelax', 'X99', '--reason', 'x')).err, /there is no X99/);
  assert.match((await line.run('guard', 'relaxations')).out, /^Nothing is relaxed\./);
  assert.match((await line.run('guard', 'relaxations', '--all')).out, /over since .*: it is out/);
});

test('a tenant is relaxed as one, after a preview of all its domains, and no longer when it has one more', async (t) => {
  const line = await CommandLine.open(t);
  const at = Date.now();
  await line.run('domain', 'add', 'here.example', '--tenant', 'Acme');
  for (const domain of ['there.example', 'else.example']) await line.run('domain', 'add', domain);
  assert.equal((await line.run('domain', 'tenant', 'there.example', 'acme')).code, 0);
  for (const address of ['ann@here.example', 'bob@there.example', 'eve@else.example']) {
    await line.store.addAccount({ address, language: 'en', password: 'x', scram: 'x', at });
    await burst(line, address, 30);
  }
  assert.equal((await line.run('guard', 'preview', '--relax', 'tenant:nobody=2')).code, 3);
  const order = ['guard', 'relax', 'tenant:acme=2', '--for', '2h', '--reason', 'a mailing'];
  assert.match((await line.run(...order)).err, /relais guard preview --relax tenant:acme=2/);
  const preview = await line.run('guard', 'preview', '--relax', 'tenant:acme=2');
  assert.match(preview.out, /ann@here\.example[\s\S]*bob@there\.example/);
  assert.doesNotMatch(preview.out, /eve@/);
  const relaxed = await line.run(...order);
  assert.match(relaxed.out, /^X1: tenant:acme is relaxed 2 times until/, relaxed.err);
  const dry = await line.run('domain', 'tenant', 'else.example', 'acme', '--dry-run');
  assert.match(dry.out, /would be of tenant acme.*\n.*would end/);
  assert.match((await line.run('guard', 'relaxations')).out, /X1 .*tenant:acme/);
  const more = await line.run('domain', 'tenant', 'else.example', 'acme');
  assert.match(
    more.out,
    /^else\.example is of tenant acme\.\nWhat is relaxed for all domains of acme is over/,
  );
  assert.match(
    (await line.run('guard', 'relaxations', '--all')).out,
    /over since .*: its tenant has a domain more/,
  );
  assert.equal((await line.run(...order)).code, 1, 'that one was not previewed');
  const evaluated = await line.run('guard', 'evaluate', '--relax', 'tenant:acme=2', 'x.jsonl');
  assert.deepEqual([evaluated.code, /one by one/.test(evaluated.err)], [2, true]);
});

test('a look at nothing is no preview, and what no relaxation reaches is refused', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('domain', 'add', 'here.example');
  const account = { language: 'en', password: 'x', scram: 'x', at: Date.now() } as const;
  await line.store.addAccount({ address: 'ann@here.example', ...account });
  const look = (...since: string[]) =>
    line.run('guard', 'preview', '--relax', 'account:ann@here.example=2', ...since);
  const order = ['guard', 'relax', 'account:ann@here.example=2', '--for', '2h', '--reason', 'x'];
  const nothing = await look();
  assert.deepEqual([nothing.code, /nothing to look at/.test(nothing.err)], [3, true]);
  await burst(line, 'ann@here.example', 30);
  assert.equal((await look('--since', '1s')).code, 3);
  const future = await look('--since', '2999-01-01');
  assert.deepEqual([future.code, /has not come yet/.test(future.err)], [2, true]);
  assert.equal((await line.run(...order)).code, 1, 'nobody has looked');
  assert.equal((await look()).code, 0);
  await line.run('guard', 'lock', 'ann@here.example', '--reason', 'stolen');
  const stopped = await line.run(...order);
  assert.deepEqual([stopped.code, /ann@here\.example is stopped/.test(stopped.err)], [1, true]);
  await line.run('guard', 'unlock', 'ann@here.example');
  assert.equal((await line.run(...order)).code, 0);
  assert.match((await line.run('guard', 'status')).out, /^Relaxed: X1 \(account:ann@here\.example\)/m);
});

test('bad orders name what is wrong', async (t) => {
  const line = await CommandLine.open(t);
  for (const [words, hint] of [
    [
      ['guard', 'relax', 'account:ann@here.example=3', '--for', '2h', '--reason', 'x'],
      /above 1 and at most 2/,
    ],
    [['guard', 'relax', 'everything=2', '--for', '2h', '--reason', 'x'], /SCOPE=FACTOR/],
    [['guard', 'relax', 'domain:here.example=2', '--reason', 'x'], /for how long/],
    [
      ['guard', 'relax', 'domain:here.example=2', '--for', '48h', '--reason', 'x'],
      /--for 48h is out of range: write a time from 1m to 24h/,
    ],
    [['guard', 'relax', 'domain:here.example=2', '--for', '2h'], /--reason/],
    [['guard', 'unrelax', 'domain:here.example', '--reason', 'x'], /such as X12/],
    [['guard', 'preview'], /say what to relax/],
    [
      ['guard', 'preview', '--relax', 'signal:dropped-text=2'],
      /cannot be relaxed: write one of new-recipients/,
    ],
    [['guard', 'preview', '--relax', 'domain:here.example=1.999'], /two decimals at most/],
    [
      ['guard', 'preview', '--relax', 'domain:a.example=2', '--relax', 'domain:b.example=2'],
      /--relax is given twice/,
    ],
    [
      ['guard', 'relax', 'domain:a.example=2', '--for', '2h', '--reason', 'x', '--refused', '1000000'],
      /further out than 20 is none/,
    ],
  ] as const) {
    const { code, err } = await line.run(...words);
    assert.equal(code, 2, words.join(' '));
    assert.match(err, hint);
  }
});
