import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Egress, egressFor } from './egress.ts';
import type { Hop } from './port.ts';

const SITES = Array.from({ length: 2_000 }, (_, index) => `mx${index}.example`);

function egresses(count: number): Egress[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `egress-${index}`,
    ehlo: 'us.example',
    address: `192.0.2.${index + 1}`,
  }));
}

function hops(...addresses: string[]): Hop[] {
  return addresses.map((address) => ({ host: 'a.example', address, port: 25 }));
}

function nameFor(site: string, among: readonly Egress[], to = hops('198.51.100.1')): string | undefined {
  return egressFor(site, to, among)?.egress.name;
}

test('sites are spread over all egresses, whatever order these are written in', () => {
  const four = egresses(4);
  const counts = new Map<string | undefined, number>();
  for (const site of SITES) {
    const name = nameFor(site, four);
    assert.equal(nameFor(site, [...four].reverse()), name);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assert.equal(counts.size, 4);
  for (const count of counts.values()) assert.ok(count > 400 && count < 600, String(count));
});

test('a new egress takes its share, and no site moves between the others', () => {
  const moved = SITES.filter((site) => nameFor(site, egresses(4)) !== nameFor(site, egresses(5)));
  assert.ok(moved.length > 300 && moved.length < 500, String(moved.length));
  for (const site of moved) assert.equal(nameFor(site, egresses(5)), 'egress-4');
});

test('an egress serves the hops of its family only; without any of them another one does', () => {
  const six: Egress = { name: 'six', ehlo: 'us.example', address: '2001:db8::1' };
  const among = [...egresses(2), six];
  for (const site of SITES.slice(0, 100)) {
    const both = egressFor(site, hops('2001:db8::9', '198.51.100.1'), among);
    assert.deepEqual(both?.hops, hops(both?.egress === six ? '2001:db8::9' : '198.51.100.1'));
    assert.equal(nameFor(site, among, hops('2001:db8::9')), 'six');
    const four = nameFor(site, among, hops('198.51.100.1'));
    assert.equal(four, nameFor(site, egresses(2)));
  }
  assert.equal(egressFor('a.example', hops('2001:db8::9'), egresses(2)), undefined);
});

test('an egress without an address, and a hop that is a name, suit any', () => {
  const any = [{ name: 'any', ehlo: 'us.example' }];
  const both = hops('2001:db8::9', '198.51.100.1');
  assert.deepEqual(egressFor('a.example', both, any)?.hops, both);
  assert.equal(nameFor('a.example', egresses(1), hops('smart.example')), 'egress-0');
});
