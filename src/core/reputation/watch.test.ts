import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { DnsAnswer } from '../delivery/dns.ts';
import { lookWhenDue, watched, watchLists } from './watch.ts';

function aWatch() {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const listed = new Set<string>();
  const kept = new Map<string, string>();
  const store = {
    setting: async (name: string) => kept.get(name),
    async keepSetting({ name, value }: { name: string; value: string }) {
      kept.set(name, value);
      return value;
    },
  };
  const resolver = {
    async addresses(host: string): Promise<DnsAnswer<string>> {
      asked.push(host);
      if (!listed.has(host)) return { kind: 'no-name' };
      return { kind: 'found', records: ['127.0.0.3'], ttlSeconds: 1 };
    },
  };
  const ports = { store, clock, log: silentLog, resolver };
  const options = { lists: ['zen.spamhaus.org'], intervalMs: 1_000, addresses: ['8.8.4.4', '127.0.0.1'] };
  return { clock, asked, listed, store, ports, options };
}

test('one worker asks for all, each interval, and what was said is kept', async () => {
  const watch = aWatch();
  watch.listed.add('4.4.8.8.zen.spamhaus.org');
  await lookWhenDue(watch.ports, watch.options);
  await lookWhenDue(watch.ports, watch.options);
  assert.deepEqual(watch.asked, ['4.4.8.8.zen.spamhaus.org'], 'nothing of a loopback address');
  const seen = await watched(watch.store);
  assert.deepEqual(
    seen?.listings.map(({ address, state, what }) => [address, state, what]),
    [['8.8.4.4', 'listed', 'Spamhaus CSS']],
  );
  watch.listed.clear();
  await watch.clock.advance(1_000);
  await lookWhenDue(watch.ports, watch.options);
  assert.equal((await watched(watch.store))?.listings[0]?.state, 'clear');
});

test('without a list, or a public address, nothing is asked', async () => {
  const watch = aWatch();
  watchLists(watch.ports, { ...watch.options, lists: [] });
  watchLists(watch.ports, { ...watch.options, addresses: ['10.0.0.1', '::1'] });
  await watch.clock.advance(300_000);
  assert.deepEqual(watch.asked, []);
  const timer = watchLists(watch.ports, watch.options);
  await watch.clock.advance(120_000);
  timer.cancel();
  assert.ok(watch.asked.length > 0);
});
