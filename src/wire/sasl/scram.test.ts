import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import type { SaslExchange, SaslStep } from './exchange.ts';
import { type ChannelBinding, createScram, type ScramOptions } from './scram.ts';
import { deriveScramKeys, type ScramKeys } from './scram-keys.ts';

const OPTIONS: ScramOptions = {
  mechanism: 'SCRAM-SHA-256',
  nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  serverSecret: Buffer.from('a secret of the cluster'),
  iterations: 4096,
  bindings: new Map(),
};
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const EXPORTED = Buffer.alloc(32, 7);
const BINDINGS: ReadonlyMap<ChannelBinding, Buffer> = new Map([
  ['tls-exporter', EXPORTED],
  ['tls-server-end-point', Buffer.alloc(32, 9)],
]);
const PLUS: ScramOptions = { ...OPTIONS, mechanism: 'SCRAM-SHA-256-PLUS', bindings: BINDINGS };

function say(exchange: SaslExchange, text: string): SaslStep {
  const step = exchange.step(Buffer.from(text));
  return step.kind === 'proof' ? step.resume() : step;
}

function challenge(step: SaslStep): string {
  assert.ok(step.kind === 'challenge', step.kind === 'failure' ? step.why : step.kind);
  return step.bytes.toString();
}

/** A client, written from RFC 5802 section 3 apart from the server's code. */
function clientFinal(
  client: { gs2: string; binding: Buffer; bare: string; password: string },
  serverFirst: string,
): { final: string; signature: string } {
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const salted = pbkdf2Sync(
    client.password.normalize('NFKC'),
    Buffer.from(salt, 'base64'),
    Number(iterations),
    32,
    'sha256',
  );
  const clientKey = hmac(salted, 'Client Key');
  const without = `c=${Buffer.concat([Buffer.from(client.gs2), client.binding]).toString('base64')},r=${nonce}`;
  const message = `${client.bare},${serverFirst},${without}`;
  const proof = hmac(createHash('sha256').update(clientKey).digest(), message);
  for (let index = 0; index < proof.length; index += 1)
    (proof[index] as number) ^= clientKey[index] as number;
  return {
    final: `${without},p=${proof.toString('base64')}`,
    signature: `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`,
  };
}

async function login(
  options: ScramOptions,
  client: { gs2: string; binding?: Buffer; user?: string; password: string },
  keys: ScramKeys | undefined,
): Promise<SaslStep> {
  const exchange = createScram(options);
  const bare = `n=${client.user ?? 'user'},r=abcdefgh`;
  const first = say(exchange, client.gs2 + bare);
  if (first.kind !== 'need-keys') return first;
  const serverFirst = challenge(first.resume(keys));
  const { final, signature } = clientFinal(
    { ...client, binding: client.binding ?? Buffer.alloc(0), bare },
    serverFirst,
  );
  const answer = say(exchange, final);
  if (answer.kind !== 'challenge') return answer;
  assert.equal(challenge(answer), signature);
  return say(exchange, '');
}

test('the exchange of RFC 7677 section 3', async () => {
  const exchange = createScram(OPTIONS);
  assert.equal(challenge(exchange.step(undefined)), '');
  const first = say(exchange, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  assert.ok(first.kind === 'need-keys' && first.user === 'user' && first.authzid === '');
  assert.equal(
    challenge(first.resume(await deriveScramKeys('pencil', SALT, 4096))),
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  );
  const final = say(
    exchange,
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  assert.equal(challenge(final), 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  assert.deepEqual(say(exchange, ''), { kind: 'success', user: 'user', authzid: '' });
  assert.deepEqual(say(exchange, ''), { kind: 'failure', why: 'out-of-order' });
});

test('who gets in and who does not', async () => {
  const keys = await deriveScramKeys('naïve', SALT, 4096);
  const cases: readonly (readonly [string, Promise<SaslStep>, string])[] = [
    ['right', login(OPTIONS, { gs2: 'n,,', password: 'naïve' }, keys), 'success'],
    ['right, other spelling', login(OPTIONS, { gs2: 'n,,', password: 'nai\u0308ve' }, keys), 'success'],
    [
      'client without -PLUS, none offered',
      login(OPTIONS, { gs2: 'y,,', password: 'naïve' }, keys),
      'success',
    ],
    ['wrong password', login(OPTIONS, { gs2: 'n,,', password: 'naive' }, keys), 'credentials'],
    ['unknown user', login(OPTIONS, { gs2: 'n,,', password: 'naïve' }, undefined), 'credentials'],
    [
      'bound',
      login(PLUS, { gs2: 'p=tls-exporter,,', binding: EXPORTED, password: 'naïve' }, keys),
      'success',
    ],
    [
      'bound by certificate',
      login(PLUS, { gs2: 'p=tls-server-end-point,,', binding: Buffer.alloc(32, 9), password: 'naïve' }, keys),
      'success',
    ],
    [
      'bound to another connection',
      login(PLUS, { gs2: 'p=tls-exporter,,', binding: Buffer.alloc(32, 8), password: 'naïve' }, keys),
      'channel-binding',
    ],
    [
      'binding nobody has',
      login(PLUS, { gs2: 'p=tls-unique,,', binding: EXPORTED, password: 'naïve' }, keys),
      'channel-binding',
    ],
    ['-PLUS without a binding', login(PLUS, { gs2: 'n,,', password: 'naïve' }, keys), 'channel-binding'],
    [
      '-PLUS stripped on the way',
      login({ ...OPTIONS, bindings: BINDINGS }, { gs2: 'y,,', password: 'naïve' }, keys),
      'channel-binding',
    ],
    [
      'binding without -PLUS',
      login({ ...OPTIONS, bindings: BINDINGS }, { gs2: 'p=tls-exporter,,', password: 'naïve' }, keys),
      'channel-binding',
    ],
  ];
  for (const [what, result, expected] of cases) {
    const step = await result;
    assert.equal(step.kind === 'failure' ? step.why : step.kind, expected, what);
  }
});

test('names are decoded, and the authorisation name is passed on', async () => {
  const keys = await deriveScramKeys('x', SALT, 4096);
  assert.deepEqual(await login(OPTIONS, { gs2: 'n,a=b=3Db,', user: 'a=2Ca', password: 'x' }, keys), {
    kind: 'success',
    user: 'a,a',
    authzid: 'b=b',
  });
});

test('an unknown user gets the same salt each time and its own', () => {
  const ask = (user: string): string => {
    const step = say(createScram(OPTIONS), `n,,n=${user},r=abc`);
    assert.ok(step.kind === 'need-keys');
    return challenge(step.resume(undefined));
  };
  assert.equal(ask('ann'), ask('ann'));
  assert.notEqual(ask('ann'), ask('bob'));
  assert.match(ask('ann'), /,s=[A-Za-z0-9+/]{22}==,i=4096$/);
});

test('what breaks the grammar is malformed, at every point', async () => {
  for (const text of [
    '',
    'n',
    'n,,',
    'n,,n=,r=x',
    'n,,n=u,r=',
    'x,,n=u,r=x',
    'n,,m=ext,n=u,r=x',
    'n,,n=u=,r=x',
    'n,,n=u=2c,r=x',
    'n,b,n=u,r=x',
    `n,,n=u,r=${'x'.repeat(600)}`,
  ]) {
    assert.deepEqual(say(createScram(OPTIONS), text), { kind: 'failure', why: 'malformed' }, text);
  }
  const keys = await deriveScramKeys('x', SALT, 4096);
  for (const text of [
    '',
    'c=biws',
    'c=biws,r=other,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    `c=biws,r=abc${OPTIONS.nonce},p=AAAA`,
  ]) {
    const exchange = createScram(OPTIONS);
    const first = say(exchange, 'n,,n=u,r=abc');
    assert.ok(first.kind === 'need-keys');
    first.resume(keys);
    assert.deepEqual(say(exchange, text), { kind: 'failure', why: 'malformed' }, text);
  }
});

test('random responses never throw and never log in', () => {
  let seed = 3;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pieces = [
    'n',
    'y',
    'p=',
    ',',
    ',,',
    'n=',
    'u',
    'r=',
    'abc',
    'c=',
    'biws',
    OPTIONS.nonce,
    ',p=',
    `${'A'.repeat(43)}=`,
    '\0',
    'é',
    '=',
  ];
  for (let run = 0; run < 5_000; run += 1) {
    const exchange = createScram(next(2) === 0 ? OPTIONS : PLUS);
    for (let turn = 0; turn < 3; turn += 1) {
      let text = turn === 0 && next(2) === 0 ? 'n,,n=u,r=abc' : '';
      for (let length = text === '' ? next(8) : 0; length > 0; length -= 1)
        text += pieces[next(pieces.length)];
      const step = say(exchange, text);
      assert.notEqual(step.kind, 'success');
      if (step.kind === 'need-keys') step.resume(undefined);
    }
  }
});
