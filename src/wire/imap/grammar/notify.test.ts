import { test } from 'node:test';
import { assertCommands, assertRefused } from '../../../../test/imap-line.ts';

const NEW = { kind: 'MessageNew', fetch: [] };
const EXPUNGE = { kind: 'MessageExpunge' };
const set = (groups: object[], rest: object = {}): object => ({
  verb: 'NOTIFY',
  action: 'set',
  status: false,
  groups,
  ...rest,
});

test('NOTIFY', () => {
  assertCommands([
    ['NOTIFY NONE', { verb: 'NOTIFY', action: 'none' }],
    [
      'NOTIFY SET STATUS (selected (MessageNew (uid flags) MessageExpunge))',
      set(
        [
          {
            mailboxes: { kind: 'selected' },
            events: [{ kind: 'MessageNew', fetch: [{ kind: 'UID' }, { kind: 'FLAGS' }] }, EXPUNGE],
          },
        ],
        { status: true },
      ),
    ],
    [
      'NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange)) (personal (MailboxName SubscriptionChange))',
      set([
        { mailboxes: { kind: 'selected-delayed' }, events: [NEW, EXPUNGE, { kind: 'FlagChange' }] },
        {
          mailboxes: { kind: 'personal' },
          events: [{ kind: 'MailboxName' }, { kind: 'SubscriptionChange' }],
        },
      ]),
    ],
    [
      'NOTIFY SET (subtree Lists (MessageNew MessageExpunge)) (mailboxes (INBOX "a b") NONE)',
      set([
        { mailboxes: { kind: 'subtree', names: ['Lists'] }, events: [NEW, EXPUNGE] },
        { mailboxes: { kind: 'mailboxes', names: ['INBOX', 'a b'] }, events: [] },
      ]),
    ],
  ]);
  assertCommands([
    [
      'NOTIFY SET (inboxes (Foo))',
      set([{ mailboxes: { kind: 'inboxes' }, events: [{ kind: 'Unknown', name: 'FOO' }] }]),
    ],
  ]);
  assertRefused([
    'NOTIFY',
    'NOTIFY SET',
    'NOTIFY SET ()',
    'NOTIFY SET (everything (MessageNew MessageExpunge))',
    'NOTIFY SET (selected (MessageNew))',
    'NOTIFY SET (selected (FlagChange))',
    'NOTIFY SET (personal (FlagChange MessageNew))',
    'NOTIFY SET (personal (MessageNew (UID) MessageExpunge))',
    'NOTIFY SET (selected (MailboxName))',
    'NOTIFY SET (mailboxes (MessageNew MessageExpunge))',
    'NOTIFY SET (selected (MessageNew MessageExpunge)) (selected-delayed NONE)',
  ]);
});
