import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '../directory/port.ts';
import { MONDAY } from '../../../test/virtual-clock.ts';
import type { ClientFacts } from './session.ts';
import { literal, receivedField, type TraceFacts } from './trace-fields.ts';

const CLIENT: ClientFacts = {
  kind: 'mx',
  address: '192.0.2.1',
  mayRelay: false,
  esmtp: true,
  helo: 'far.example',
};
const TLS = 'TLSv1.3 TLS_AES_256_GCM_SHA384';
const ACCOUNT = { address: 'u@x.example' } as Account;

function field(client: Partial<ClientFacts> = {}, about: Partial<TraceFacts> = {}): string {
  return receivedField({
    client: { ...CLIENT, ...client },
    hostname: 'mail.x.example',
    reference: 'R123',
    at: MONDAY,
    smtpUtf8: false,
    ...about,
  });
}

test('Received says from whom, by whom, how, and when (RFC 5321 4.4)', () => {
  assert.equal(
    field({}, { onlyRecipient: 'u@x.example' }),
    'Received: from far.example ([192.0.2.1])\r\n' +
      '\tby mail.x.example with ESMTP id R123\r\n' +
      '\tfor <u@x.example>;\r\n' +
      '\tMon, 12 Mar 2018 08:00:00 +0000\r\n',
  );
  assert.match(field({ tls: TLS }), /\r\n\t\(using TLSv1\.3 with cipher TLS_AES_256_GCM_SHA384\)\r\n/);
  assert.doesNotMatch(field(), /\bfor\b/);
});

test('a client that never said who it is', () => {
  const { helo: _, ...client } = CLIENT;
  assert.match(
    receivedField({ client, hostname: 'h', reference: 'R1', at: 0, smtpUtf8: false }),
    /^Received: from unknown \(/,
  );
});

test('the protocol is named as RFC 3848 and RFC 6531 name it', () => {
  const cases: readonly (readonly [Partial<ClientFacts>, boolean, string])[] = [
    [{ esmtp: false }, false, 'SMTP'],
    [{}, false, 'ESMTP'],
    [{ tls: TLS }, false, 'ESMTPS'],
    [{ account: ACCOUNT }, false, 'ESMTPA'],
    [{ tls: TLS, account: ACCOUNT }, false, 'ESMTPSA'],
    [{}, true, 'UTF8SMTP'],
    [{ tls: TLS, account: ACCOUNT }, true, 'UTF8SMTPSA'],
    [{ kind: 'lmtp' }, false, 'LMTP'],
    [{ kind: 'lmtp', tls: TLS }, false, 'LMTPS'],
  ];
  for (const [client, smtpUtf8, name] of cases)
    assert.match(field(client, { smtpUtf8 }), new RegExp(` with ${name} id R123;`));
});

test('no line of it is longer than 998 octets, whatever the client calls itself', () => {
  const long = field(
    { helo: 'x'.repeat(255) },
    { hostname: 'h'.repeat(253), onlyRecipient: `${'u'.repeat(64)}@${'d'.repeat(189)}` },
  );
  for (const line of long.split('\r\n')) assert.ok(line.length <= 998);
});

test('an address literal (RFC 5321 4.1.3)', () => {
  assert.equal(literal('192.0.2.1'), '[192.0.2.1]');
  assert.equal(literal('2001:db8::1'), '[IPv6:2001:db8::1]');
});
