import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { AccountId } from '../envelope.ts';
import { Logins } from './login.ts';
import { createLoginGuard } from './login-guard.ts';
import { hashPassword } from './password.ts';
import type { Account, Directory } from './port.ts';

const ANN: Account = {
  id: 1 as AccountId,
  address: 'ann@example.org',
  language: 'en',
  password: '',
  scram: '',
};
const STRANGER = { address: '203.0.113.5', user: 'ann@example.org' };

function logins(password = '', separator = ''): Logins {
  const directory: Directory = {
    isLocal: () => true,
    targets: () => undefined,
    account: async (login) => (login === ANN.address ? { ...ANN, password } : undefined),
    holds: () => true,
  };
  const guard = createLoginGuard(new VirtualClock());
  return new Logins({ directory, guard, secret: new Uint8Array(32), separator });
}

test('of proofs that began at once only a few are answered, right or wrong', async () => {
  const service = logins();
  assert.equal(service.mayTry(STRANGER), undefined, 'all of them may begin');
  const answers = Array.from({ length: 50 }, () => service.refuted(STRANGER).kind);
  assert.deepEqual(answers.slice(0, 5), ['wrong', 'wrong', 'wrong', 'wrong', 'wrong']);
  assert.deepEqual(new Set(answers.slice(5)), new Set(['later']));
  assert.equal((await service.proven(STRANGER)).kind, 'later', 'a right one among them shows nothing');
});

test('somebody else is answered meanwhile', async () => {
  const service = logins();
  assert.equal((await service.proven({ address: '192.0.2.10', user: ANN.address })).kind, 'in');
  for (let guess = 0; guess < 50; guess++) service.refuted(STRANGER);
  assert.equal((await service.proven({ address: '192.0.2.10', user: ANN.address })).kind, 'in');
});

test('a mail program that opens many connections at once is let in on all of them', async () => {
  const service = logins(await hashPassword('correct horse', systemRandom));
  const attempt = { address: '192.0.2.10', user: ANN.address, password: 'correct horse' };
  const answers = await Promise.all(Array.from({ length: 24 }, () => service.byPassword(attempt)));
  assert.deepEqual(new Set(answers.map(({ kind }) => kind)), new Set(['in']));
});

test('guesses that come at once are not all looked at: those that waited are counted against by then', async () => {
  const service = logins(await hashPassword('correct horse', systemRandom));
  const guess = (index: number): Promise<{ kind: string }> =>
    service.byPassword({ ...STRANGER, password: index === 30 ? 'correct horse' : `guess ${index}` });
  const kinds = (await Promise.all(Array.from({ length: 60 }, (_, index) => guess(index)))).map(
    ({ kind }) => kind,
  );
  assert.ok(kinds.filter((kind) => kind === 'wrong').length <= 9, kinds.join(' '));
  assert.equal(kinds[30], 'later', 'the right one among them shows nothing');
  assert.equal(kinds.at(-1), 'later', 'and more than may wait are told at once');
});

test('guesses at an account count together, whatever detail they come with', () => {
  const service = logins('', '+');
  let answered = 0;
  for (let guess = 0; guess < 50; guess++) {
    const attempt = { address: `198.51.${guess}.1`, user: `ann+${guess}@example.org` };
    if (service.refuted(attempt).kind === 'wrong') answered++;
  }
  assert.ok(answered < 20, `${answered} were answered`);
});
