import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from './signals.ts';

test('addresses of one /24, or of one /48, are of one network, however they are written', () => {
  for (const [one, other] of [
    ['192.0.2.7', '192.0.2.200'],
    ['192.0.2.7', '::ffff:192.0.2.200'],
    ['2001:db8:7::1', '2001:db8:7:2:3:4:5:6'],
    ['2001:db8::1', '2001:db8:0:1::5'],
    ['2001:db8::1', '2001:DB8:0:0:0:0:0:9'],
    ['fe80::1%eth0', 'fe80::2'],
  ] as const)
    assert.equal(networkOf(one), networkOf(other), `${one} and ${other}`);
});

test('those of others are not', () => {
  const networks = ['192.0.2.7', '192.0.3.7', '2001:db8::1', '2001:db8:7::1', '2001:db9::1'].map(networkOf);
  assert.equal(new Set(networks).size, networks.length);
});
