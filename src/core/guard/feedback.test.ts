import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectoryStore } from '../directory/admin.ts';
import type { AccountId, MessageId } from '../envelope.ts';
import type { FeedbackEvent } from '../reputation/feedback.ts';
import { Feedback } from './feedback.ts';

test('complaints and late failures are bad news of an account, each report of so much at most; refusals are heard elsewhere', async () => {
  const remarks: string[] = [];
  const memory = {
    remark: (kind: string, { account, count }: { account: string; count: number }) =>
      void remarks.push(`${kind} ${account} ${count}`),
  };
  const directory = { accountById: async () => ({ address: 'ann@here.example' }) };
  const feedback = new Feedback(memory, directory as unknown as DirectoryStore);
  const about = { message: 1 as MessageId, account: 7 as AccountId, at: 5 };
  const events: FeedbackEvent[] = [
    { ...about, kind: 'complaint', complaint: 'abuse', count: 400 },
    { ...about, kind: 'late-failure', recipient: 'x@far.example', status: '5.1.1' },
    { ...about, kind: 'late-failure', recipient: 'x@far.example', status: '5.7.1' },
    { ...about, kind: 'late-failure', recipient: 'x@far.example', status: '5.2.2' },
    { ...about, kind: 'refusal', blame: 'reputation', class: 'ip-listed' },
    { message: 1 as MessageId, at: 5, kind: 'complaint', complaint: 'abuse', count: 1 },
  ];
  for (const event of events) await feedback.told(event);
  assert.deepEqual(remarks, [
    'refused ann@here.example 5',
    'unknown-recipient ann@here.example 1',
    'refused ann@here.example 1',
  ]);
});
