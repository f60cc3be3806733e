import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanHeader } from '../../wire/mime/header.ts';
import { isFromPerson } from './auto-reply.ts';

function isAnswered(reversePath: string, ...fields: string[]): boolean {
  return isFromPerson(reversePath, scanHeader(Buffer.from([...fields, '', 'Hello.', ''].join('\r\n'))));
}

test('people are answered, whatever their names have in them', () => {
  const people = [
    'ana',
    'nora',
    'noah.reply',
    'owner',
    'request',
    'bouncer',
    'm.donot',
    'reply-to-me',
    'list',
    'ana+no',
  ];
  for (const local of people) assert.equal(isAnswered(`${local}@far.example`), true, local);
  for (const field of [
    'Auto-Submitted: no',
    'Precedence: first-class',
    'X-Spam-Flag: NO',
    'X-List: x',
    'X-Spam-Status: No, score=1',
  ])
    assert.equal(isAnswered('ana@far.example', field), true, field);
});

test('programs, lists and notices are not', () => {
  const programs = [
    ...[
      'MAILER-DAEMON',
      'no-reply',
      'noreply',
      'No.Reply',
      'do_not_reply',
      'donotreply',
      'shop-noreply',
      'noreply+x1',
    ],
    ...[
      'owner-list',
      'list-owner',
      'list-request',
      'list-bounces',
      'bounce',
      'bounces+17=x',
      'bounce-1-2',
      'ne-pas-repondre',
    ],
    ...['listserv', 'majordomo'],
  ];
  for (const local of programs) assert.equal(isAnswered(`${local}@far.example`), false, local);
  assert.equal(isAnswered(''), false);
  const fields = [
    ...[
      'Auto-Submitted: auto-replied',
      'AUTO-SUBMITTED: auto-generated; x=y',
      'List-Id: <x>',
      'list-unsubscribe: <x>',
    ],
    ...[
      'Precedence: list',
      'Precedence: Bulk',
      'Precedence: junk',
      'X-Auto-Response-Suppress: DR, OOF, AutoReply',
    ],
    ...['X-Spam-Flag: YES', 'X-Spam-Status: Yes, score=9.1'],
  ];
  for (const field of fields) assert.equal(isAnswered('ana@far.example', field), false, field);
});
