import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipFamily, parseDomainPattern, parseEndpoint, parseRange } from './network.ts';

test('endpoints: IPv4, IPv6 in brackets, names, default ports', () => {
  assert.deepEqual(parseEndpoint('127.0.0.1:25'), { host: '127.0.0.1', port: 25 });
  assert.deepEqual(parseEndpoint('[2001:db8::1]:25'), { host: '2001:db8::1', port: 25 });
  assert.deepEqual(parseEndpoint('[::]:0'), { host: '::', port: 0 });
  assert.deepEqual(parseEndpoint('Mail.example.org', 25), { host: 'mail.example.org', port: 25 });
  assert.deepEqual(parseEndpoint('::1', 53), { host: '::1', port: 53 });
  for (const wrong of [
    '',
    ':25',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0:25',
    '[::1]',
    '[::g]:25',
    '::1:25',
    'a b:25',
    '[1.2.3.4]:25',
  ]) {
    assert.equal(parseEndpoint(wrong), undefined, wrong);
  }
});

test('ranges are a network or one address', () => {
  assert.deepEqual(parseRange('10.0.0.0/8'), { address: '10.0.0.0', prefixLength: 8, family: 'ipv4' });
  assert.deepEqual(parseRange('::1'), { address: '::1', prefixLength: 128, family: 'ipv6' });
  for (const wrong of ['', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', 'example.org/8', '10/8']) {
    assert.equal(parseRange(wrong), undefined, wrong);
  }
});

test('IP addresses are told from other texts', () => {
  for (const address of ['::', '::1', '2001:db8::7:0', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8'])
    assert.equal(ipFamily(address), 6, address);
  assert.equal(ipFamily('192.0.2.1'), 4);
  for (const wrong of ['', ':', '1.2.3', '1.2.3.4.5', 'fe80::1%eth0', ':::', '1:2', 'a', '[::1]'])
    assert.equal(ipFamily(wrong), undefined, wrong);
});

test('domain patterns', () => {
  assert.equal(parseDomainPattern('*'), '*');
  assert.equal(parseDomainPattern('*.Example.org'), '*.example.org');
  assert.equal(parseDomainPattern('example.org'), 'example.org');
  for (const wrong of ['', '**', '*example.org', 'a..b', '[127.0.0.1]'])
    assert.equal(parseDomainPattern(wrong), undefined, wrong);
});
