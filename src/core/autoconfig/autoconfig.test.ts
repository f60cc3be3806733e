import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appleProfile } from './apple.ts';
import { addressAsked, autodiscoverResponse } from './autodiscover.ts';
import { mozillaConfig } from './mozilla.ts';
import { type Listener, servicesOf } from './services.ts';
import { srvRecords } from './srv.ts';

function listener(kind: string, port: number, tls: Listener['tls']): Listener {
  return { kind, address: { host: '::', port }, tls };
}

const SERVICES = servicesOf(
  [
    listener('mx', 25, 'starttls'),
    listener('submission', 587, 'starttls'),
    listener('pop3', 110, 'none'),
    listener('imap', 143, 'starttls'),
    listener('imap', 993, 'implicit'),
    listener('submission', 465, 'implicit'),
  ],
  'mail.here.example',
);

test('what is encrypted is offered, what is so from the first octet before the rest, and reading before sending', () => {
  assert.deepEqual(
    SERVICES.map(({ protocol, port, security }) => `${protocol} ${port} ${security}`),
    ['imap 993 implicit', 'imap 143 starttls', 'submission 465 implicit', 'submission 587 starttls'],
  );
});

test('the settings for Thunderbird name every server, and the address as the login', () => {
  const xml = mozillaConfig('a&b.example', SERVICES);
  assert.match(xml, /<emailProvider id="a&amp;b\.example">/);
  assert.deepEqual(
    [
      ...xml.matchAll(
        /<(\w+)Server type="(\w+)">\s*<hostname>mail\.here\.example<\/hostname>\s*<port>(\d+)<\/port>\s*<socketType>(\w+)</g,
      ),
    ].map((match) => match.slice(1).join(' ')),
    [
      'incoming imap 993 SSL',
      'incoming imap 143 STARTTLS',
      'outgoing smtp 465 SSL',
      'outgoing smtp 587 STARTTLS',
    ],
  );
  assert.equal(xml.match(/%EMAILADDRESS%/g)?.length, 4);
});

test('Outlook is answered about the address that it asked for, however it writes it', () => {
  const request = `<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>
    <EMailAddress> ana@here.example </EMailAddress></Request></Autodiscover>`;
  assert.equal(addressAsked(request), 'ana@here.example');
  assert.equal(addressAsked('<a:EmailAddress>ana@here.example</a:EmailAddress>'), 'ana@here.example');
  for (const none of ['', '<EMailAddress></EMailAddress>', `<EMailAddress>${'x'.repeat(400)}</EMailAddress>`])
    assert.equal(addressAsked(none), undefined, none);
  const xml = autodiscoverResponse('ana@here.example', SERVICES);
  assert.match(xml, /<Type>IMAP<\/Type>\s*<Server>mail\.here\.example<\/Server>\s*<Port>993<\/Port>/);
  assert.match(xml, /<LoginName>ana@here\.example<\/LoginName>/);
  assert.match(xml, /<Port>587<\/Port>[\s\S]*<Encryption>TLS<\/Encryption>/);
});

test('a profile for Apple has one server to read and one to send by, or there is none', () => {
  const about = { address: 'ana@here.example', domain: 'here.example', ids: ['ONE', 'TWO'] } as const;
  const profile = appleProfile({ ...about, services: SERVICES }) ?? '';
  for (const [key, value] of [
    ['IncomingMailServerPortNumber', '<integer>993</integer>'],
    ['OutgoingMailServerPortNumber', '<integer>465</integer>'],
    ['EmailAccountType', '<string>EmailTypeIMAP</string>'],
    ['IncomingMailServerUsername', '<string>ana@here.example</string>'],
  ] as const)
    assert.ok(profile.includes(`<key>${key}</key>${value}`), key);
  const onlySending = SERVICES.filter(({ protocol }) => protocol === 'submission');
  assert.equal(appleProfile({ ...about, services: onlySending }), undefined);
});

test('SRV records prefer IMAP to POP3, and TLS to STARTTLS', () => {
  const pop3 = servicesOf([listener('pop3', 995, 'implicit')], 'mail.here.example');
  assert.deepEqual(
    srvRecords([...SERVICES, ...pop3]).map(({ name, priority, port }) => `${name} ${priority} ${port}`),
    [
      '_imaps._tcp 0 993',
      '_imap._tcp 5 143',
      '_submissions._tcp 0 465',
      '_submission._tcp 5 587',
      '_pop3s._tcp 10 995',
    ],
  );
});
