import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import { classify } from '../delivery/classify.ts';
import type { RemoteReply, Stage } from '../envelope.ts';
import type { ClaimedDelivery } from '../queue/port.ts';
import type { Suppression, SuppressionStore } from './port.ts';
import { isCertain, Suppressions } from './suppression.ts';

/** `550 5.1.1 No such user`. */
function said(stage: Stage, words: string): RemoteReply {
  const [, code, enhanced, text = ''] = /^(\d{3}) (?:(\d\.\d+\.\d+) )?(.*)$/.exec(words) ?? [];
  return { stage, code: Number(code), text, afterMs: 1, ...(enhanced === undefined ? {} : { enhanced }) };
}

function certain(reply: RemoteReply): boolean {
  return isCertain(classify({ accepted: false, reply }), reply);
}

test('only words that say for sure that nobody is there count', () => {
  assert.ok(certain(said('rcpt', '550 5.1.1 No such user here')));
  const others: readonly RemoteReply[] = [
    said('rcpt', '550 Requested action not taken'),
    said('rcpt', '450 4.1.1 No such user here'),
    said('end-of-data', '550 5.1.1 No such user here'),
    said('rcpt', '552 5.2.2 Mailbox full'),
    said('rcpt', '550 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org'),
    said('rcpt', '550 5.2.1 The user you are trying to contact is receiving mail at a rate that'),
    { stage: 'connect', text: 'no route to host', afterMs: 1 },
    { stage: 'route', text: 'the domain does not exist', afterMs: 1, enhanced: '5.1.2' },
  ];
  for (const reply of others) assert.equal(certain(reply), false, reply.text);
});

test('an address is suppressed by what the store counts, whatever its case, until that ends or mail is taken', async () => {
  const clock = new VirtualClock();
  const now = clock.now();
  const forgotten: string[] = [];
  const told: string[] = [];
  const to = (address: string) => ({ recipient: { address }, message: { id: 1 } }) as ClaimedDelivery;
  const entry: Suppression = {
    address: 'gone@far.example',
    reason: 'no such user',
    failures: 2,
    firstAt: now,
    lastAt: now,
    since: now,
    expiresAt: now + 1_000,
  };
  const once: Suppression = { ...entry, address: 'once@far.example' };
  delete (once as { since?: number }).since;
  const store = {
    suppressions: async () => [entry, once],
    countRefusal: async ({ address }: { address: string }) => ({ ...entry, address }),
    unsuppress: async (address: string) => forgotten.push(address) > 0,
  } as unknown as SuppressionStore;
  const suppressions = new Suppressions({
    store,
    clock,
    log: silentLog,
    feedback: { told: ({ kind }) => told.push(kind) },
  });
  assert.equal(suppressions.of('gone@far.example'), undefined, 'nothing is known yet');
  await suppressions.refresh();
  assert.equal(suppressions.of('Gone@FAR.example'), entry);
  assert.equal(suppressions.of('once@far.example'), undefined, 'refused once');
  const reply = said('rcpt', '550 5.1.1 No such user here');
  suppressions.heard(to('New@far.example'), classify({ accepted: false, reply }), reply);
  await settled();
  assert.ok(suppressions.of('new@far.example') !== undefined);
  suppressions.heard(to('Once@far.example'), { kind: 'delivered' }, said('end-of-data', '250 ok'));
  await settled();
  assert.deepEqual(forgotten, ['once@far.example'], 'taken in between');
  assert.deepEqual(told, ['unknown-recipient']);
  await clock.advance(1_000);
  assert.equal(suppressions.of('gone@far.example'), undefined, 'it is over');
});
