import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Stage } from '../envelope.ts';
import type { CaseEvent } from './case.ts';
import { suspectsOf } from './culprit.ts';

function reply(customer: string, account?: number, stage: Stage = 'mail'): CaseEvent {
  const detail = { customer, reply: { stage, text: 'no', afterMs: 1 } };
  return {
    at: 1,
    kind: 'reply',
    detail: account === undefined ? detail : { ...detail, account: account as AccountId },
  };
}

const SENT = [
  { customer: 'large.example/1', deliveries: 900 },
  { customer: 'bad.example/7', deliveries: 100 },
];

test('whose mail met it comes before who sends most', () => {
  const events = [reply('bad.example', 7), reply('bad.example', 7), reply('large.example', 1)];
  const [first] = suspectsOf(events, SENT);
  assert.deepEqual(first, { customer: 'bad.example/7', replies: 2, ofReplies: 3, sent: 100, ofSent: 1000 });
});

test('what was said before anybody was named counts for nobody: then it is who sent most', () => {
  const [first, ...others] = suspectsOf([reply('bad.example', 7, 'banner'), reply('-')], SENT);
  assert.deepEqual([first?.customer, first?.ofReplies, others.length], ['large.example/1', 0, 1]);
  assert.deepEqual(suspectsOf([], []), []);
});

test('of those that met it once each, who sent there comes before who never had', () => {
  const events = ['gina.example', 'large.example', 'bad.example'].map((customer) => reply(customer, 1));
  const sent = [
    { customer: 'large.example/1', deliveries: 4 },
    { customer: 'bad.example/1', deliveries: 4 },
    { customer: 'other.example/1', deliveries: 2 },
  ];
  assert.deepEqual(
    suspectsOf(events, sent).map(({ customer }) => customer.split('.')[0]),
    ['bad', 'large', 'other', 'gina'],
  );
});
