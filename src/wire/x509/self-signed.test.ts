import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { makeSelfSigned } from './self-signed.ts';

const NOW = Date.UTC(2026, 10, 24);

test('a self-signed certificate is one that OpenSSL reads, verifies and serves with', () => {
  const { cert, key } = makeSelfSigned({
    hostname: 'mail.demo.example',
    nowMs: NOW,
    days: 30,
    serial: Buffer.alloc(16, 0xff),
  });
  const read = new X509Certificate(cert);
  assert.equal(read.subject, 'CN=mail.demo.example');
  assert.ok(read.verify(read.publicKey));
  assert.equal(read.checkHost('mail.demo.example'), 'mail.demo.example');
  assert.equal(read.checkHost('other.example'), undefined);
  assert.equal(read.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(Date.parse(read.validTo), NOW + 30 * 86_400_000);
  createSecureContext({ cert, key });
});
