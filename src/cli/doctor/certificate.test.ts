import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaults } from '../load-config.ts';
import type { Finding } from './finding.ts';
import { certificateFinding } from './process.ts';

const DAY_MS = 86_400_000;

/** For mail.here.example, signed by itself, valid for 30 days; known to everybody, so good for tests alone. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqjCCAVGgAwIBAgIUU/jHjiT3l7lbMiW2Qs7FwrECj4gwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRbWFpbC5oZXJlLmV4YW1wbGUwHhcNMjYxMTI0MDc0MzUxWhcN
MjYxMjI0MDc0MzUxWjAcMRowGAYDVQQDDBFtYWlsLmhlcmUuZXhhbXBsZTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABNA52zVxeSxV/rd+ZKhw8HTPJjT/x/SyZTcN
RkgghX8XEFIWCNz9v0+cwhcZfpWSCMkxzNz5rA/IefXn2v1uGk2jcTBvMB0GA1Ud
DgQWBBTMM3hUmPIsAyhd7oauZoB994J+RTAfBgNVHSMEGDAWgBTMM3hUmPIsAyhd
7oauZoB994J+RTAPBgNVHRMBAf8EBTADAQH/MBwGA1UdEQQVMBOCEW1haWwuaGVy
ZS5leGFtcGxlMAoGCCqGSM49BAMCA0cAMEQCIGYMG6WiZ25bzWnQZFHtxOe3Ob1+
7J2gaw0OOOKXUbVXAiBtp5p1BKRC0Dg1lt9EhIs7bBPJ48+qTvxnCLSLFx6dqg==
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKfmUmlz3zHTFDYm8
mOKhpzWnrbGVwdC1QXEMBymw+3yhRANCAATQOds1cXksVf63fmSocPB0zyY0/8f0
smU3DUZIIIV/FxBSFgjc/b9PnMIXGX6VkgjJMczc+awPyHn159r9bhpN
-----END PRIVATE KEY-----
`;

test('a certificate must be there, in time, for our name, and with its key', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-certificate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [cert, key, other] = ['cert.pem', 'key.pem', 'other.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(cert, CERTIFICATE);
  writeFileSync(key, KEY);
  writeFileSync(other, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const begin = Date.parse(new X509Certificate(CERTIFICATE).validFrom);
  const look = (change: { key?: string; cert?: string; hostname?: string; days?: number }): Finding =>
    certificateFinding({
      config: {
        ...defaults(),
        hostname: change.hostname ?? 'mail.here.example',
        tls: { cert: change.cert ?? cert, key: change.key ?? key },
      },
      running: false,
      now: begin + (change.days ?? 1) * DAY_MS,
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
