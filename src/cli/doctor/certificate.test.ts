import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaults } from '../load-config.ts';
import type { Finding } from './finding.ts';
import { certificateFinding } from './process.ts';

const DAY_MS = 86_400_000;

test('a certificate must be there, in time, for our name, and with its key', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-certificate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [cert, key, other] = ['cert.pem', 'key.pem', 'other.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const subject = ['-subj', '/CN=mail.here.example', '-addext', 'subjectAltName=DNS:mail.here.example'];
  const pair = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '30',
    ...subject,
  ];
  execFileSync('openssl', [...pair, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  execFileSync('openssl', ['genpkey', '-algorithm', 'ED25519', '-out', other], { stdio: 'ignore' });
  const look = (change: { key?: string; cert?: string; hostname?: string; days?: number }): Finding =>
    certificateFinding({
      config: {
        ...defaults(),
        hostname: change.hostname ?? 'mail.here.example',
        tls: { cert: change.cert ?? cert, key: change.key ?? key },
      },
      running: false,
      now: Date.now() + (change.days ?? 0) * DAY_MS,
    });
  assert.equal(look({}).state, 'right');
  assert.match(look({ days: 20 }).remedy ?? '', /renew it/);
  assert.match(look({ days: 31 }).fact, /ended/);
  assert.match(look({ days: -2 }).fact, /valid only from/);
  assert.match(look({ hostname: 'else.example' }).fact, /is not for else\.example/);
  assert.match(look({ key: other }).fact, /is not the key of/);
  assert.match(look({ cert: join(folder, 'none.pem') }).fact, /cannot be read/);
  assert.equal(certificateFinding({ config: defaults(), running: false, now: 0 }).state, 'note');
});
