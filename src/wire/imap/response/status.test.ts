import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberSet } from '../number-set.ts';
import { formatCode, formatContinuation, formatStatus, type ResponseCode } from './status.ts';

const CODES: readonly (readonly [code: ResponseCode, text: string])[] = [
  [{ kind: 'READ-ONLY' }, 'READ-ONLY'],
  [{ kind: 'UIDVALIDITY', value: 3857529045 }, 'UIDVALIDITY 3857529045'],
  [{ kind: 'APPENDUID', uidValidity: 38505, uids: NumberSet.of([3955, 3956]) }, 'APPENDUID 38505 3955:3956'],
  [
    {
      kind: 'COPYUID',
      uidValidity: 38505,
      from: NumberSet.of([304, 319, 320]),
      to: NumberSet.of([3956, 3957, 3958]),
    },
    'COPYUID 38505 304,319:320 3956:3958',
  ],
  [{ kind: 'MODIFIED', set: NumberSet.of([7, 9]) }, 'MODIFIED 7,9'],
  [{ kind: 'PERMANENTFLAGS', flags: ['\\Deleted', '\\*'] }, 'PERMANENTFLAGS (\\Deleted \\*)'],
  [{ kind: 'CAPABILITY', capabilities: ['IMAP4rev1', 'IDLE'] }, 'CAPABILITY IMAP4rev1 IDLE'],
  [{ kind: 'BADCHARSET', charsets: ['UTF-8'] }, 'BADCHARSET (UTF-8)'],
  [{ kind: 'MAILBOXID', id: 'F2212ea87' }, 'MAILBOXID (F2212ea87)'],
  [{ kind: 'BADURL', url: '/a"]\r\nx' }, 'BADURL "/a\\"???x"'],
  [{ kind: 'METADATA MAXSIZE', bytes: 1024 }, 'METADATA MAXSIZE 1024'],
  [{ kind: 'METADATA TOOMANY' }, 'METADATA TOOMANY'],
  [{ kind: 'MESSAGELIMIT', limit: 1000, lowestUid: 23221 }, 'MESSAGELIMIT 1000 23221'],
  [{ kind: 'INPROGRESS', tag: 'A001', done: 454, goal: 1000 }, 'INPROGRESS ("A001" 454 1000)'],
  [{ kind: 'INPROGRESS', tag: 'A001', done: 454 }, 'INPROGRESS ("A001" 454 NIL)'],
  [{ kind: 'BADEVENT', events: ['MessageNew'] }, 'BADEVENT (MessageNew)'],
];

test('codes of status responses', () => {
  for (const [code, text] of CODES) assert.equal(formatCode(code), text);
});

test('status responses are one line each', () => {
  assert.equal(formatStatus({ tag: 'a', condition: 'OK', text: 'done' }), 'a OK done\r\n');
  assert.equal(
    formatStatus({ tag: '*', condition: 'NO', code: { kind: 'ALERT' }, text: 'two\r\n* BYE lines' }),
    '* NO [ALERT] two * BYE lines\r\n',
  );
  assert.equal(formatStatus({ tag: 'a', condition: 'BAD', text: '' }), 'a BAD bad\r\n');
  assert.equal(formatContinuation('idling'), '+ idling\r\n');
});
