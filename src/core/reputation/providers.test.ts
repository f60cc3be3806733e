import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerOf } from './providers.ts';

const NAMED: readonly (readonly [hosts: readonly string[], name: string | undefined])[] = [
  [['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com'], 'google'],
  [['aspmx.l.google.com', 'aspmx2.googlemail.com'], 'google'],
  [['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'], 'yahoo'],
  [['outlook-com.olc.protection.outlook.com'], 'outlook-consumer'],
  [['x-example.mail.protection.outlook.com'], 'microsoft365'],
  [['x-example.a-v1.mx.microsoft'], 'microsoft365-dane'],
  [['mx1.free.fr', 'mx2.free.fr'], 'free'],
  [['mx1.mail.ovh.net', 'mx2.mail.ovh.net'], 'ovh'],
  [['mx.zoho.com', 'mx.zoho.eu'], 'zoho'],
  // Two providers, or one and somebody else.
  [['aspmx.l.google.com', 'x-example.mail.protection.outlook.com'], undefined],
  [['aspmx.l.google.com', 'backup.x.example'], undefined],
  // Only whole labels, at the end; a full name is not a suffix.
  [['mx.notgoogle.com'], undefined],
  [['google.com.x.example'], undefined],
  [['mx9.free.fr'], undefined],
  [['a.mx.zoho.com'], undefined],
  // A customer's own server.
  [['vps-1234.vps.ovh.net'], undefined],
  [['mx.x.example'], undefined],
  [[], undefined],
];

test('a provider has its name only when every MX host is its own', () => {
  for (const [hosts, name] of NAMED) assert.equal(providerOf(hosts), name, hosts.join(' '));
});
