import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Here, isLoopback } from './here.ts';

test('an address is the same however it is written', () => {
  const here = new Here({ names: [], addresses: ['2001:DB8:0:0:0:0:0:1', '192.0.2.1'] });
  for (const address of [
    '2001:db8::1',
    '2001:0db8::0001',
    '192.0.2.1',
    '::ffff:192.0.2.1',
    '::FFFF:c000:201',
  ])
    assert.ok(here.hasAddress(address), address);
  for (const address of ['2001:db8::2', '192.0.2.2', '::ffff:192.0.2.2', 'us.example', ''])
    assert.ok(!here.hasAddress(address), address);
});

test('a name is the same in any case, and only whole', () => {
  const here = new Here({ names: ['US.example'], addresses: [] });
  assert.ok(here.isNamed('us.example'));
  assert.ok(!here.isNamed('mail.us.example') && !here.isNamed('example'));
});

test('loopback addresses, and those that are none', () => {
  for (const address of [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '::1',
    '0:0::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:0.0.0.0',
  ])
    assert.ok(isLoopback(address), address);
  for (const address of ['128.0.0.1', '192.0.2.127', '10.127.0.1', '::2', '2001:db8::1', '::ffff:192.0.2.1'])
    assert.ok(!isLoopback(address), address);
});
