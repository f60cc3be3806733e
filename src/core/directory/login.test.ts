import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { AccountId } from '../envelope.ts';
import { Logins } from './login.ts';
import { createLoginGuard } from './login-guard.ts';
import type { Account, Directory } from './port.ts';

const ANN: Account = {
  id: 1 as AccountId,
  address: 'ann@example.org',
  language: 'en',
  password: '',
  scram: '',
};
const STRANGER = { address: '203.0.113.5', user: 'ann@example.org' };

function logins(): Logins {
  const directory: Directory = {
    isLocal: () => true,
    targets: () => undefined,
    account: async (login) => (login === ANN.address ? ANN : undefined),
    holds: () => true,
  };
  const guard = createLoginGuard(new VirtualClock());
  return new Logins({ directory, guard, secret: new Uint8Array(32) });
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
