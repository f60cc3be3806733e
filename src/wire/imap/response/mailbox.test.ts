import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberSet } from '../number-set.ts';
import * as mailbox from './mailbox.ts';
import { formatCapability, formatEnabled, formatId } from './session.ts';

const sent = (pieces: readonly (string | Buffer)[]): string => pieces.map(String).join('');

const RESPONSES: readonly (readonly [response: string, is: string])[] = [
  [
    mailbox.formatList(
      'LIST',
      { attributes: ['\\HasChildren', '\\Sent'], delimiter: '/', mailbox: 'Envoyés' },
      'utf7',
    ),
    '* LIST (\\HasChildren \\Sent) "/" Envoy&AOk-s',
  ],
  [
    mailbox.formatList('LSUB', { attributes: [], delimiter: null, mailbox: 'a b' }, 'utf8'),
    '* LSUB () NIL "a b"',
  ],
  [
    mailbox.formatList(
      'LIST',
      { attributes: [], delimiter: '/', mailbox: 'Foo', childInfo: ['SUBSCRIBED'], oldName: 'Bar' },
      'utf8',
    ),
    '* LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" (Bar))',
  ],
  [
    mailbox.formatStatusResponse(
      'INBOX',
      [
        ['MESSAGES', 231],
        ['MAILBOXID', 'F1'],
        ['APPENDLIMIT', null],
      ],
      'utf7',
    ),
    '* STATUS INBOX (MESSAGES 231 MAILBOXID (F1) APPENDLIMIT NIL)',
  ],
  [mailbox.formatFlagsResponse(['\\Seen', 'x']), '* FLAGS (\\Seen x)'],
  [mailbox.formatExists(23), '* 23 EXISTS'],
  [mailbox.formatRecent(0), '* 0 RECENT'],
  [mailbox.formatExpunge(44), '* 44 EXPUNGE'],
  [mailbox.formatVanished(NumberSet.of([41, 43, 44]), 'earlier'), '* VANISHED (EARLIER) 41,43:44'],
  [mailbox.formatVanished(NumberSet.of([405]), 'now'), '* VANISHED 405'],
  [
    mailbox.formatNamespace(
      {
        personal: [{ prefix: '', delimiter: '/' }],
        others: [],
        shared: [{ prefix: 'Public/', delimiter: '/' }],
      },
      'utf7',
    ),
    '* NAMESPACE (("" "/")) NIL (("Public/" "/"))',
  ],
  [
    mailbox.formatQuota('', [{ name: 'STORAGE', used: 10, limit: 512 }], 'utf7'),
    '* QUOTA "" (STORAGE 10 512)',
  ],
  [mailbox.formatQuotaRoot('INBOX', ['', 'x'], 'utf7'), '* QUOTAROOT INBOX "" x'],
  [
    sent(
      mailbox.formatMetadata(
        'INBOX',
        [
          ['/shared/x', Buffer.from('v w')],
          ['/private/y', null],
          ['/private/z', Buffer.from('\0')],
        ],
        'utf7',
      ),
    ),
    '* METADATA INBOX (/shared/x {3}\r\nv w /private/y NIL /private/z ~{1}\r\n\0)',
  ],
  [mailbox.formatMetadataChange('', ['/shared/x'], 'utf7'), '* METADATA "" /shared/x'],
  [formatCapability(['IMAP4rev1', 'IDLE']), '* CAPABILITY IMAP4rev1 IDLE'],
  [formatEnabled(['CONDSTORE']), '* ENABLED CONDSTORE'],
  [formatEnabled([]), '* ENABLED'],
  [formatId(new Map()), '* ID NIL'],
  [
    formatId(
      new Map([
        ['name', 'Relais'],
        ['version', null],
      ]),
    ),
    '* ID ("name" "Relais" "version" NIL)',
  ],
];

test('responses about mailboxes', () => {
  for (const [response, is] of RESPONSES) assert.equal(response, `${is}\r\n`);
});
