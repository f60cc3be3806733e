import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectoryStore } from '../directory/admin.ts';
import type { AccountId, MessageId } from '../envelope.ts';
import type { FeedbackEvent } from '../reputation/feedback.ts';
import { Feedback } from './feedback.ts';

const DAY = 86_400_000;
const ANN = 7 as AccountId;

function aFeedback(): { feedback: Feedback; heard: string[] } {
  const heard: string[] = [];
  const memory = { remark: (kind: string) => void heard.push(kind) };
  const directory = { accountById: async () => ({ address: 'ann@x.test' }) };
  return {
    heard,
    feedback: new Feedback(memory, directory as unknown as Pick<DirectoryStore, 'accountById'>),
  };
}

test('a far end that refuses whatever comes says little of who wrote to it; many that do say much', async () => {
  const { feedback, heard } = aFeedback();
  const about = { account: ANN, class: 'content-spam', at: DAY, provider: undefined };
  for (let index = 0; index < 60; index++)
    await feedback.outcome({ ...about, remote: `mx${index}.evil.example [192.0.2.${index}]:25` });
  assert.equal(heard.length, 2, 'one network');
  await feedback.outcome({ ...about, class: 'recipient-unknown', remote: 'mx.evil.example [192.0.2.1]:25' });
  assert.deepEqual(heard, ['refused', 'refused', 'unknown-recipient']);
  for (let index = 0; index < 20; index++)
    await feedback.outcome({ ...about, remote: `mx.far${index}.example [198.51.${index}.1]:25` });
  assert.equal(heard.length, 23, 'twenty networks');
  await feedback.outcome({ ...about, at: 2 * DAY, remote: 'mx.evil.example [192.0.2.1]:25' });
  assert.equal(heard.length, 24, 'the next day');
});

test('what a provider says that is known by name counts each time', async () => {
  const { feedback, heard } = aFeedback();
  for (let index = 0; index < 60; index++)
    await feedback.outcome({
      account: ANN,
      class: 'recipient-unknown',
      at: DAY,
      remote: 'mx.google.example [192.0.2.1]:25',
      provider: 'google',
    });
  assert.equal(heard.length, 60);
});

test('complaints and late failures are bad news of an account, each message once; refusals are heard elsewhere', async () => {
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
    { ...about, kind: 'complaint', complaint: 'abuse', count: 1 },
    { ...about, message: 2 as MessageId, kind: 'late-failure', recipient: 'x@far.example', status: '5.7.1' },
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
