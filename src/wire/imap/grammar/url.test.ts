import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageUrl, parseMessageUrl } from './url.ts';

/** RFC 4469 section 5 and RFC 5092 section 10, and what they forbid. */
const URLS: readonly (readonly [url: string, is: MessageUrl | undefined])[] = [
  ['/Drafts;UIDVALIDITY=385759045/;UID=20', { mailbox: 'Drafts', uidValidity: 385759045, uid: 20 }],
  [
    '/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER',
    { mailbox: 'Drafts', uidValidity: 385759045, uid: 20, section: { kind: 'header', path: [] } },
  ],
  [
    '/a/b%20c/;uid=5/;section=1.2.MIME/;partial=3.4',
    { mailbox: 'a/b c', uid: 5, section: { kind: 'mime', path: [1, 2] }, partial: { offset: 3, count: 4 } },
  ],
  ['/inbox/;UID=1/;PARTIAL=7', { mailbox: 'INBOX', uid: 1, partial: { offset: 7, count: 4_294_967_295 } }],
  [
    '/%C3%A9t%C3%A9;UIDVALIDITY=1/;UID=2/;section=3',
    { mailbox: 'été', uidValidity: 1, uid: 2, section: { kind: 'whole', path: [3] } },
  ],
  [
    'imap://joe@example.com:143/INBOX/;uid=20/;section=HEADER.FIELDS%20(From%20To)',
    {
      authority: 'joe@example.com:143',
      mailbox: 'INBOX',
      uid: 20,
      section: { kind: 'fields', path: [], names: ['From', 'To'], not: false },
    },
  ],
  ['/Drafts', undefined],
  ['/;UID=1', undefined],
  ['Drafts/;UID=1', undefined],
  ['/x/;UID=0', undefined],
  ['/x/;UID=4294967296', undefined],
  ['/x/;UID=1/;section=FOO', undefined],
  ['/x/;UID=1/;section=1.', undefined],
  ['/%ff/;UID=1', undefined],
  ['/x/;UID=1?foo', undefined],
  ['http://x/y/;UID=1', undefined],
  ['', undefined],
];

test('the URL of a message or a part of it', () => {
  for (const [url, is] of URLS) assert.deepEqual(parseMessageUrl(url), is, url);
});
