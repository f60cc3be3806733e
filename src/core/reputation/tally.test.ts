import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PathKey, Stage } from '../envelope.ts';
import { MOST_TALLY_BYTES, type Refusal, Tally } from './tally.ts';

const YAHOO = 'mta5.am0.yahoodns.net>a' as PathKey;
const NOTHING = { customers: [], isReturning: false };

function said(customer: string, about: Partial<Refusal> & { stage?: Stage } = {}): Refusal {
  const { stage = 'mail', ...rest } = about;
  return {
    path: YAHOO,
    provider: 'yahoo',
    customer,
    reply: { stage, code: 421, text: '[TSS04] deferred', afterMs: 1 },
    class: 'ip-throttled',
    rule: 'yahoo/slowed-address',
    confidence: 'high',
    blame: 'reputation',
    at: 1_000,
    ...rest,
  };
}

test('a token that one customer meets holds that customer; the third customer shows that it is our address', () => {
  const tally = new Tally();
  assert.equal(tally.add(said('a.example'), NOTHING), 'customer:a.example>yahoo');
  assert.equal(tally.add(said('a.example'), NOTHING), 'customer:a.example>yahoo');
  assert.equal(tally.add(said('b.example'), NOTHING), 'customer:b.example>yahoo');
  assert.equal(tally.add(said('c.example'), NOTHING), 'provider:yahoo>a');
});

test('customers that others have held count as well, and what is older than the window does not', () => {
  const known = { customers: ['a.example', 'b.example'], isReturning: false };
  assert.equal(new Tally().add(said('c.example'), known), 'provider:yahoo>a');
  const tally = new Tally();
  tally.add(said('a.example'), NOTHING);
  tally.add(said('b.example'), NOTHING);
  const later = tally.add(said('c.example', { at: 1_000 + 3_600_001 }), NOTHING);
  assert.equal(later, 'customer:c.example>yahoo');
});

test('vague words need a second reply, and mail of that customer that is taken wipes the first', () => {
  const tally = new Tally();
  const vague = said('a.example', { confidence: 'medium' });
  assert.equal(tally.add(vague, NOTHING), undefined);
  tally.taken(YAHOO, { provider: 'yahoo', customer: 'a.example' });
  assert.ok(tally.isEmpty);
  assert.equal(tally.add(vague, NOTHING), undefined);
  assert.equal(tally.add(vague, NOTHING), 'customer:a.example>yahoo');
});

test('before MAIL nobody was named: it is our address', () => {
  assert.equal(new Tally().add(said('a.example', { stage: 'banner' }), NOTHING), 'provider:yahoo>a');
  const vague = said('a.example', { stage: 'banner', confidence: 'medium' });
  const tally = new Tally();
  assert.equal(tally.add(vague, NOTHING), undefined);
  assert.equal(tally.add(vague, NOTHING), 'provider:yahoo>a');
});

test('a stream that has just come back stops at the first renewed word', () => {
  const vague = said('a.example', { confidence: 'medium' });
  assert.equal(new Tally().add(vague, { customers: [], isReturning: true }), 'provider:yahoo>a');
});

test('where nobody is known to run a site, the path alone stands still', () => {
  const tally = new Tally();
  const path = 'mx.far.example>a' as PathKey;
  const at = (customer: string): Refusal => {
    const { provider: _, ...rest } = said(customer, { path });
    return rest;
  };
  assert.equal(tally.add(at('a.example'), NOTHING), 'customer:a.example>mx.far.example');
  tally.add(at('b.example'), NOTHING);
  assert.equal(tally.add(at('c.example'), NOTHING), `path:${path}`);
});

test('of a provider whose sites answer each for itself one site stands still, and all of it only when several do', () => {
  const tally = new Tally();
  const site = (customer: string, name: string): Refusal =>
    said(customer, {
      provider: 'microsoft365',
      path: `${name}.mail.protection.outlook.com>a` as PathKey,
      stage: 'banner',
    });
  assert.equal(tally.add(site('a.example', 'x'), NOTHING), 'path:x.mail.protection.outlook.com>a');
  assert.equal(tally.add(site('a.example', 'y'), NOTHING), 'path:y.mail.protection.outlook.com>a');
  assert.equal(tally.add(site('a.example', 'z'), NOTHING), 'provider:microsoft365>a');
});

test('what is wrong with one customer never stops another; mail of nobody stops nobody', () => {
  const tally = new Tally();
  const wrong = (customer: string): Refusal =>
    said(customer, { blame: 'sender', class: 'auth-failure', stage: 'end-of-data' });
  assert.equal(tally.add(wrong('a.example'), NOTHING), undefined);
  for (const customer of ['b.example', 'c.example', 'd.example'])
    assert.equal(tally.add(wrong(customer), NOTHING), undefined);
  assert.equal(tally.add(wrong('a.example'), NOTHING), 'customer:a.example>yahoo');
  assert.equal(new Tally().add(said('-'), NOTHING), undefined);
});

test('what was said is taken for the record once', () => {
  const tally = new Tally();
  tally.add(said('a.example'), NOTHING);
  tally.add(said('b.example'), NOTHING);
  const about = { provider: 'yahoo', scope: 'customer:b.example>yahoo' } as const;
  assert.deepEqual(
    tally.take(YAHOO, about).map(({ customer }) => customer),
    ['b.example'],
  );
  assert.deepEqual(tally.take(YAHOO, about), []);
  assert.equal(tally.take(YAHOO, { provider: 'yahoo', scope: 'provider:yahoo>a' }).length, 1);
});

test('however many customers are refused for their own sake in turn, none is forgotten for the others', () => {
  const tally = new Tally();
  const own = (n: number) => said(`c${n}.example`, { blame: 'sender', class: 'auth-failure', at: 1_000 + n });
  for (let n = 0; n < 300; n++) assert.equal(tally.add(own(n), NOTHING), undefined);
  for (let n = 0; n < 300; n++) {
    const scope = tally.add(own(n), NOTHING);
    assert.equal(scope, `customer:c${n}.example>yahoo`);
    assert.equal(tally.take(YAHOO, { provider: 'yahoo', scope }).length, 2);
  }
  assert.ok(tally.isEmpty);
});

test('however much far ends say, what is remembered stays within its limit, and the oldest is forgotten', () => {
  const tally = new Tally();
  const text = 'x'.repeat(20_000);
  const at = (index: number): PathKey => `mx${index}.far.example>a` as PathKey;
  const refusal = (index: number): Refusal =>
    said('a.example', {
      path: at(index),
      provider: `p${index}`,
      reply: { stage: 'mail', text, afterMs: 1 },
      confidence: 'medium',
    });
  for (let index = 0; index < 1_000; index++) {
    tally.add(refusal(index), NOTHING);
    assert.ok(tally.bytes <= MOST_TALLY_BYTES);
  }
  assert.ok(tally.bytes > MOST_TALLY_BYTES / 2);
  assert.equal(tally.add(refusal(999), NOTHING), 'customer:a.example>p999', 'the newest is remembered');
  assert.equal(tally.add(refusal(0), NOTHING), undefined, 'the oldest is not');
  for (let index = 0; index < 1_000; index++)
    tally.taken(at(index), { provider: `p${index}`, customer: 'a.example' });
  assert.equal(tally.bytes, 0);
});

test('one far end with endless words takes no more than the limit either', () => {
  const tally = new Tally();
  const reply = { stage: 'mail', text: 'x'.repeat(1_000_000), afterMs: 1 } as const;
  for (let count = 0; count < 30; count++) tally.add(said('a.example', { reply }), NOTHING);
  assert.ok(tally.bytes <= MOST_TALLY_BYTES);
});
