import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DnsAnswer } from '../delivery/dns.ts';
import { dnsblName, isPublicAddress, readDnsbl } from './dnsbl.ts';

const found = (...records: string[]): DnsAnswer<string> => ({ kind: 'found', records, ttlSeconds: 60 });
const read = (list: string, answer: DnsAnswer<string>): string => {
  const { state, what } = readDnsbl(list, '198.18.0.1', answer);
  return what === undefined ? state : `${state}: ${what}`;
};

test('an address is asked for backwards', () => {
  assert.equal(dnsblName('198.18.0.25', 'zen.spamhaus.org'), '25.0.18.198.zen.spamhaus.org');
  assert.equal(
    dnsblName('2001:db8::1', 'zen.spamhaus.org'),
    `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.zen.spamhaus.org`,
  );
  assert.equal(dnsblName('mail.example.org', 'zen.spamhaus.org'), undefined);
});

test('an answer names the list that it is', () => {
  assert.equal(
    read('zen.spamhaus.org', found('127.0.0.3', '127.0.0.11')),
    'listed: Spamhaus CSS, Spamhaus PBL',
  );
  assert.equal(read('bl.spamcop.net', found('127.0.0.2')), 'listed: SpamCop');
  assert.equal(read('list.example', found('127.0.0.2')), 'listed: list.example');
  assert.equal(read('zen.spamhaus.org', { kind: 'no-name' }), 'clear');
});

test('who asks wrongly is told so, and nobody is listed', () => {
  for (const record of [
    '127.255.255.252',
    '127.255.255.254',
    '127.255.255.255',
    '127.255.255.250',
    '127.0.0.1',
  ])
    assert.match(read('zen.spamhaus.org', found(record)), /^refused: /, record);
  assert.match(read('zen.spamhaus.org', found('203.0.113.80')), /^unknown: the answer is 203/);
  const failed = { kind: 'failed', why: 'no answer in time', trouble: 'local' } as const;
  assert.equal(read('zen.spamhaus.org', failed), 'unknown: no answer in time');
});

test('nobody asks about addresses that are nobody’s', () => {
  const own = [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '100.64.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
    'x',
  ];
  for (const address of own) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2a01:e0a::1'])
    assert.equal(isPublicAddress(address), true, address);
});
