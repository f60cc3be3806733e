import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';
import { dnsServer, type Zone } from '../../../test/dns.ts';

test('domain add makes both keys and prints records that can be pasted', async (t) => {
  const line = await CommandLine.open(t);
  const ran = await line.run('domain', 'add', 'Here.Example', '--language', 'fr');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /^here\.example\. 3600 IN MX 10 mail\.here\.example\.$/m);
  assert.match(ran.out, /^here\.example\. 3600 IN TXT "v=spf1 mx ~all"$/m);
  assert.match(
    ran.out,
    /^\d{8}-rsa\._domainkey\.here\.example\. 3600 IN TXT "v=DKIM1; k=rsa; p=[^"]{200,}" "[^"]+"$/m,
  );
  assert.match(
    ran.out,
    /^\d{8}-ed\._domainkey\.here\.example\. 3600 IN TXT "v=DKIM1; k=ed25519; p=[^"]{44}"$/m,
  );
  assert.match(
    ran.out,
    /^_dmarc\.here\.example\. 3600 IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@here\.example"$/m,
  );
  const [domain] = await line.store.listDomains();
  assert.deepEqual([domain?.name, domain?.language], ['here.example', 'fr']);
  assert.equal((await line.store.dkimKeys('here.example')).length, 2);
});

test('a domain may have a tenant, which is listed, changed and taken away', async (t) => {
  const line = await CommandLine.open(t);
  assert.equal((await line.run('domain', 'add', 'here.example', '--tenant', 'a b')).code, 2);
  await line.run('domain', 'add', 'here.example', '--tenant', 'acme');
  const listed = async (): Promise<unknown> =>
    (await line.run('domain', 'list', '--json')).objects[0]?.['tenant'];
  assert.equal(await listed(), 'acme');
  assert.match((await line.run('domain', 'list')).out, /here\.example +en +acme +0/);
  assert.match((await line.run('domain', 'tenant', 'here.example', 'acme')).out, /already/);
  await line.run('domain', 'tenant', 'here.example', '--none', '--dry-run');
  assert.equal(await listed(), 'acme');
  await line.run('domain', 'tenant', 'here.example', '--none');
  assert.equal(await listed(), undefined);
  assert.equal((await line.run('domain', 'tenant', 'here.example')).code, 2);
  assert.equal((await line.run('domain', 'tenant', 'here.example', 'acme', '--none')).code, 2);
  assert.equal((await line.run('domain', 'tenant', 'gone.example', 'acme')).code, 3);
});

test('domain add says so when the domain is here already', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('domain', 'add', 'here.example');
  const again = await line.run('domain', 'add', 'here.example');
  assert.equal(again.code, 1);
  assert.match(again.err, /here already.*relais domain check here\.example/);
});

test('domain add gives one JSON object a record', async (t) => {
  const line = await CommandLine.open(t, '[[egress]]\nname = "a"\naddress = "192.0.2.25"\n');
  const { objects } = await line.run('domain', 'add', 'here.example', '--json');
  assert.deepEqual(
    objects.map(({ purpose }) => purpose),
    ['mx', 'spf', 'dkim', 'dkim', 'dmarc'],
  );
  assert.equal(objects[1]?.['text'], 'v=spf1 mx ip4:192.0.2.25 ~all');
});

test('domain add refuses what is no domain', async (t) => {
  const line = await CommandLine.open(t);
  const ran = await line.run('domain', 'add', 'not a domain');
  assert.equal(ran.code, 2);
  assert.match(ran.err, /"not a domain" will not do/);
});

test('domain list counts the accounts of each', async (t) => {
  const line = await CommandLine.open(t);
  assert.match((await line.run('domain', 'list')).out, /No domain yet: relais domain add/);
  await line.run('domain', 'add', 'here.example');
  await line.run('domain', 'add', 'aussi.example', '--language', 'fr');
  await line.feed('a long secret\n', 'account', 'add', 'ana@here.example', '--password-stdin');
  assert.match((await line.run('domain', 'list')).out, /^here\.example {3}en +1 {2}\d{4}-\d\d-\d\d$/m);
  const { objects } = await line.run('domain', 'list', '--json');
  assert.deepEqual(
    objects.map(({ domain, accounts }) => [domain, accounts]),
    [
      ['aussi.example', 0],
      ['here.example', 1],
    ],
  );
});

test('domain remove waits for its accounts to go, then names the records to take back', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('domain', 'add', 'here.example');
  await line.feed('a long secret\n', 'account', 'add', 'ana@here.example', '--password-stdin');
  const refused = await line.run('domain', 'remove', 'here.example');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /still has 1 account; remove it first/);
  await line.run('address', 'add', 'all@here.example', '--to', 'ana@here.example', '--to', 'b@far.example');
  const more = await line.run('domain', 'remove', 'here.example');
  assert.match(more.err, /still has 1 account and 1 address; remove them first/);
  await line.run('address', 'remove', 'all@here.example');
  await line.run('account', 'remove', 'ana@here.example');
  const removed = await line.run('domain', 'remove', 'here.example');
  assert.equal(removed.code, 0);
  assert.match(removed.out, /-rsa\._domainkey\.here\.example/);
  assert.match((await line.run('domain', 'remove', 'here.example')).err, /not a domain here/);
});

test('what helps mail programs is printed and looked at, and nothing is wrong without it', async (t) => {
  const zone: Zone = new Map<string, readonly unknown[]>([
    ['A mail.here.example', ['192.0.2.1']],
    ['MX here.example', [{ preference: 5, exchange: 'mail.here.example' }]],
    ['TXT here.example', ['v=spf1 mx -all']],
    ['TXT _dmarc.here.example', ['v=DMARC1; p=reject']],
  ]);
  const listens = [
    ['imap', 993, 'implicit'],
    ['imap', 143, 'starttls'],
    ['submission', 465, 'implicit'],
    ['pop3', 110, 'none'],
    ['http', 443, 'implicit'],
  ].map(
    ([kind, port, tls]) => `[[listen]]\nkind = "${kind}"\naddress = "192.0.2.1:${port}"\ntls = "${tls}"\n`,
  );
  const toml = `[dns]\nservers = ["${await dnsServer(t, zone)}"]\n[tls]\ncert = "c.pem"\nkey = "k.pem"\n${listens.join('')}`;
  const line = await CommandLine.open(t, toml);
  const added = await line.run('domain', 'add', 'here.example', '--json');
  for (const { name, text } of added.objects.filter(({ purpose }) => purpose === 'dkim'))
    zone.set(`TXT ${name}`, [String(text).match(/.{1,200}/g)]);
  assert.deepEqual(
    added.objects
      .filter(({ optional }) => optional)
      .map(({ name, type, value }) => `${name} ${type} ${value}`),
    [
      '_imaps._tcp.here.example SRV 0 1 993 mail.here.example.',
      '_imap._tcp.here.example SRV 5 1 143 mail.here.example.',
      '_submissions._tcp.here.example SRV 0 1 465 mail.here.example.',
      'autoconfig.here.example CNAME mail.here.example.',
      'autodiscover.here.example CNAME mail.here.example.',
    ],
  );
  const without = await line.run('domain', 'check', 'here.example');
  assert.equal(without.code, 0, without.out);
  assert.match(without.out, /Mail programs find their settings by 5 of these; mail works without them\.$/m);
  zone.set('SRV _imaps._tcp.here.example', [
    { priority: 0, weight: 1, port: 993, target: 'mail.here.example' },
  ]);
  zone.set('SRV _imap._tcp.here.example', [
    { priority: 0, weight: 1, port: 144, target: 'mail.here.example' },
  ]);
  zone.set('A autoconfig.here.example', ['192.0.2.1']);
  zone.set('A autodiscover.here.example', ['192.0.2.9']);
  const { objects } = await line.run('domain', 'check', 'here.example', '--json');
  assert.deepEqual(
    objects.filter(({ optional }) => optional).map(({ state }) => state),
    ['right', 'different', 'missing', 'right', 'different'],
  );
});

test('domain check tells right, missing and different, and what to publish', async (t) => {
  const zone: Zone = new Map();
  const line = await CommandLine.open(t, `[dns]\nservers = ["${await dnsServer(t, zone)}"]\n`);
  const added = (await line.run('domain', 'add', 'here.example', '--json')).objects;
  const nothing = await line.run('domain', 'check', 'here.example');
  assert.equal(nothing.code, 1);
  assert.match(
    nothing.out,
    /^MX {7}missing {4}here\.example\n {9}publish: here\.example\. 3600 IN MX 10 mail\.here\.example\.$/m,
  );
  assert.match(nothing.out, /6 of 6 to put right/);

  zone.set('MX here.example', [{ preference: 5, exchange: 'mail.here.example' }]);
  zone.set('TXT here.example', ['v=spf1 include:else.example -all', 'other=thing']);
  zone.set('A mail.here.example', ['192.0.2.1']);
  zone.set('TXT _dmarc.here.example', ['v=DMARC1; p=reject']);
  for (const { name, text } of added.filter(({ purpose }) => purpose === 'dkim')) {
    zone.set(`TXT ${name}`, [String(text).match(/.{1,200}/g)]);
  }
  const nearly = await line.run('domain', 'check', 'here.example');
  assert.equal(nearly.code, 1);
  assert.match(
    nearly.out,
    /there: {3}v=spf1 include:else\.example -all\n {9}publish: here\.example\. 3600 IN TXT "v=spf1 mx include:else\.example -all"/,
  );
  assert.match(nearly.out, /1 of 6 to put right/);

  zone.set('TXT here.example', ['v=spf1 mx include:else.example -all']);
  const right = await line.run('domain', 'check', 'here.example', '--json');
  assert.equal(right.code, 0, right.out);
  assert.deepEqual(new Set(right.objects.map(({ state }) => state)), new Set(['right']));

  zone.set('TXT here.example', ['v=spf1 mx -all', 'v=spf1 -all']);
  zone.set(`TXT ${added.find(({ name }) => String(name).includes('-ed.'))?.['name']}`, [
    'v=DKIM1; k=ed25519; p=AAAA',
  ]);
  const wrong = await line.run('domain', 'check', 'here.example', '--json');
  assert.deepEqual(
    wrong.objects.map(({ state }) => state),
    ['right', 'different', 'different', 'right', 'right', 'right'],
  );
});

test('domain check does not take a silent DNS for a missing record', async (t) => {
  const line = await CommandLine.open(t, '[dns]\nservers = ["127.0.0.1:1"]\ntimeout = "100ms"\ntries = 1\n');
  await line.run('domain', 'add', 'here.example');
  const ran = await line.run('domain', 'check', 'here.example');
  assert.equal(ran.code, 75);
  assert.match(ran.out, /unknown .*\n.*DNS did not say/);
  assert.equal((await line.run('domain', 'check', 'other.example')).code, 3);
});
