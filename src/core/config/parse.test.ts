import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigError } from './fault.ts';
import type { Config } from './options.ts';
import { defaultConfig, parseConfig } from './parse.ts';
import { configWarnings } from './rules.ts';

function good(toml: string): Config {
  const result = parseConfig(toml);
  assert.ok('config' in result, JSON.stringify(result));
  return result.config;
}

function bad(toml: string): readonly ConfigError[] {
  const result = parseConfig(toml);
  assert.ok('errors' in result, 'it was accepted');
  return result.errors;
}

function messages(toml: string): string[] {
  return bad(toml).map(({ message }) => message);
}

test('an empty file gives the defaults', () => {
  assert.deepEqual(good(''), defaultConfig());
});

test('quantities become numbers, and their names say the unit', () => {
  const config = good(`
    [queue]
    lifetime = "2d"
    lanes = ["30s", "1h"]
    [budget]
    out = "80Mbit/s"
    memory = "1GiB"
    [limits]
    maxMessageSize = "100MB"
    commandTimeout = "90s"
  `);
  const lifetime: number = config.queue.lifetimeMs;
  assert.equal(lifetime, 2 * 86_400_000);
  assert.deepEqual(config.queue.lanesMs, [30_000, 3_600_000]);
  assert.equal(config.budget.outBitsPerSecond, 80e6);
  assert.equal(config.budget.inBitsPerSecond, undefined);
  assert.equal(config.budget.memoryBytes, 2 ** 30);
  assert.equal(config.limits.maxMessageSizeBytes, 100e6);
  assert.equal(config.limits.commandTimeoutMs, 90_000);
});

test('listeners, routes and egresses, IPv6 too', () => {
  const config = good(`
    [[listen]]
    kind = "mx"
    address = "[::1]:25"
    tls = "none"
    relay = ["10.0.0.0/8", "2001:db8::7"]
    [[listen]]
    kind = "submission"
    address = "*:465"
    tls = "implicit"
    [tls]
    cert = "c.pem"
    key = "k.pem"
    [[route]]
    domain = "*.Example.org"
    to = "smarthost.example.net"
    [[egress]]
    name = "a"
    address = "2001:db8::25"
    [dns]
    servers = ["127.0.0.1", "[::1]:5353"]
  `);
  const kind: 'mx' | 'submission' | 'imap' | 'pop3' | 'lmtp' | 'http' | 'metrics' | undefined =
    config.listen[0]?.kind;
  assert.equal(kind, 'mx');
  assert.deepEqual(config.listen[0]?.address, { host: '::1', port: 25 });
  assert.deepEqual(config.listen[0]?.relay, [
    { address: '10.0.0.0', prefixLength: 8, family: 'ipv4' },
    { address: '2001:db8::7', prefixLength: 128, family: 'ipv6' },
  ]);
  assert.deepEqual(config.listen[1]?.address, { host: '::', port: 465 });
  assert.deepEqual(config.route, [
    { domain: '*.example.org', to: { host: 'smarthost.example.net', port: 25 }, provider: undefined },
  ]);
  assert.deepEqual(config.egress, [
    { name: 'a', address: '2001:db8::25', ehlo: undefined, sinceDay: undefined },
  ]);
  assert.deepEqual(config.dns.servers, [
    { host: '127.0.0.1', port: 53 },
    { host: '::1', port: 5353 },
  ]);
});

test('the store is embedded or a PostgreSQL', () => {
  assert.deepEqual(good('store = "sqlite"').store, { kind: 'sqlite' });
  assert.deepEqual(good('store = "postgres://relais@db/relais"').store, {
    kind: 'postgres',
    url: 'postgres://relais@db/relais',
  });
  assert.match(
    messages('store = "mysql://db"')[0] ?? '',
    /^store = "mysql:\/\/db" cannot be: write "sqlite", or the URL/,
  );
});

test('an unknown key is refused by name, with the nearest right one', () => {
  assert.deepEqual(messages('hostnme = "a"'), ['hostnme is not an option: did you mean hostname?']);
  assert.deepEqual(messages('[limit]'), ['limit is not an option: did you mean limits?']);
  assert.deepEqual(messages('[limits]\nmaxRecipient = 100'), [
    'limits.maxRecipient is not an option: did you mean limits.maxRecipients?',
  ]);
  assert.deepEqual(messages('[limits]\nmaxrecipients = 100'), [
    'limits.maxrecipients is not an option: did you mean limits.maxRecipients?',
  ]);
  assert.deepEqual(messages('lifetime = "5d"'), ['lifetime is not an option: did you mean queue.lifetime?']);
  assert.match(
    messages('[queue]\nzebra = 1')[0] ?? '',
    /^queue\.zebra is not an option: there are lifetime, lanes, liveShare$/,
  );
  assert.equal(messages('__proto__ = 1').length, 1);
  assert.equal(messages('constructor = 1').length, 1);
});

test('every mistake is told, with its path, its value and the remedy', () => {
  const errors = bad(`
    workers = "many"
    [limits]
    maxRecipients = 50
    commandTimeout = "soon"
    [[listen]]
    kind = "mx"
    [[listen]]
    kind = "smtp"
    address = "localhost"
    tls = "none"
  `);
  assert.deepEqual(
    errors.map(({ path, value }) => [path, value]),
    [
      ['workers', 'many'],
      ['limits.maxRecipients', 50],
      ['limits.commandTimeout', 'soon'],
      ['listen[0].address', undefined],
      ['listen[1].kind', 'smtp'],
      ['listen[1].address', 'localhost'],
      ['listen[0].tls', 'starttls'],
    ],
  );
  for (const { path, remedy, message } of errors) {
    assert.match(remedy, /\bwrite /);
    assert.ok(message.startsWith(path) && message.includes(remedy), message);
  }
});

test('several mistakes in one listener are told together, beside those between options', () => {
  const errors = bad(`
    [[listen]]
    kind = "http"
    address = "127.0.0.1:2525"
    relay = ["0.0.0.0/0"]
    [[listen]]
    kind = "mx"
    address = "127.0.0.1:2525"
    tls = "no"
    realy = []
    [delivery]
    maxConnectionsPerPath = 1
    initialConnections = "few"
  `);
  assert.deepEqual(errors.map(({ path }) => path).sort(), [
    'delivery.initialConnections',
    'listen[0].relay',
    'listen[0].relay',
    // Without a certificate there is no TLS, and HTTP has no STARTTLS.
    'listen[0].tls',
    'listen[0].tls',
    'listen[1].address',
    'listen[1].realy',
    'listen[1].tls',
  ]);
});

test('a mistyped key is one mistake, and not also the lack of the right one', () => {
  const listen = '[[listen]]\nkind = "mx"\n';
  assert.deepEqual(messages(`${listen}adress = "127.0.0.1:25"\ntsl = "none"`), [
    'listen[0].adress is not an option: did you mean listen[0].address?',
    'listen[0].tsl is not an option: did you mean listen[0].tls?',
  ]);
  assert.equal(messages(`${listen}address = "127.0.0.1:25"\n[tsl]\ncert = "c.pem"`).length, 1);
});

test('what is right beside mistakes can be used', () => {
  const result = parseConfig(`
    hostname = "mail.here.example"
    workers = "many"
    [queue]
    lifetime = "2d"
    lanes = []
    [[listen]]
    kind = "mx"
    address = "127.0.0.1:25"
    tls = "none"
    [[listen]]
    kind = "mx"
  `);
  assert.ok('usable' in result && result.usable !== undefined);
  const { hostname, workers, queue, listen } = result.usable;
  assert.deepEqual([hostname, workers, queue.lifetimeMs], ['mail.here.example', 0, 2 * 86_400_000]);
  assert.deepEqual(queue.lanesMs, defaultConfig().queue.lanesMs);
  assert.deepEqual(
    listen.map(({ address }) => address.port),
    [25],
  );
  assert.deepEqual(Object.keys(parseConfig('a = [')), ['errors']);
});

test('submission without TLS and a hostname without a dot are warned about', () => {
  const listen = '[[listen]]\nkind = "submission"\naddress = "127.0.0.1:587"\ntls = "none"\n';
  const warned = configWarnings(good(listen), 'mail').map(({ message }) => message);
  assert.match(warned[0] ?? '', /^hostname is "mail", without a dot/);
  assert.match(warned[1] ?? '', /^listen\[0\]\.tls is "none", so no account can log in/);
  assert.deepEqual(configWarnings(good(listen.replace('submission', 'mx')), 'mail.here.example'), []);
});

test('two routes to one host have one provider: two names are refused, one that lacks it is warned about', () => {
  const route = (provider: string): string =>
    `[[route]]\ndomain = "*"\nto = "127.0.0.1:2626"\n${provider === '' ? '' : `provider = "${provider}"\n`}`;
  const result = parseConfig(`${route('yahoo')}${route('gmail')}${route('aol')}`);
  assert.ok('errors' in result);
  assert.deepEqual(
    result.errors.map(({ message }) => message),
    [
      'route[1].provider = "gmail" cannot be: route[0] leads to the same host, and is "yahoo": write the same, or lead them to different hosts.',
    ],
  );
  const warned = configWarnings(good(`${route('')}${route('yahoo')}`), 'mail.here.example');
  assert.match(
    warned[0]?.message ?? '',
    /^route\[0\]\.provider is missing, and a route to the same host says "yahoo", which then holds for both/,
  );
  assert.equal(warned.length, 1);
  assert.deepEqual(configWarnings(good(route('') + route('')), 'mail.here.example'), []);
});

test('a route with a wrong host is told of its host alone, not of a neighbour it has not', () => {
  const result = parseConfig('[[route]]\ndomain = "*"\nto = "127.0.0.1:x"\nprovider = "yahoo"\n');
  assert.ok('errors' in result);
  assert.equal(result.errors.length, 1);
  assert.match(result.errors[0]?.message ?? '', /^route\[0\]\.to = "127\.0\.0\.1:x"/);
});

test('wrong kinds of values and brackets', () => {
  const cases: [string, RegExp][] = [
    ['[login]\nplainOnLoopback = "no"', /write true or false/],
    ['[queue]\nlanes = []', /list of durations/],
    [`[queue]\nlanes = [${'"1m", '.repeat(16)}]`, /write 15 durations at most/],
    ['[queue]\nlanes = ["1m", "x"]', /write a number and one of/],
    ['[queue]\nlifetime = 5', /write a number and one of/],
    ['[queue]\nlifetime = "1s"', /from "1m" to "60d"/],
    ['[limits]\nmaxErrors = 1.5', /whole number/],
    ['[budget]\nout = "fast"', /"none" for no limit/],
    ['listen = 5', /two brackets, \[\[listen\]\]/],
    ['[[queue]]', /one bracket, \[queue\]/],
    ['queue = 5', /write a table, \[queue\]/],
    ['[delivery]\ntls = "maybe"', /write one of "none", "opportunistic", "required", "verified"/],
  ];
  for (const [toml, expected] of cases) assert.match(messages(toml).join('\n'), expected, toml);
});

test('a file that is not TOML is told by line and column', () => {
  const [error] = bad('a = 1\nb = [');
  assert.equal(error?.path, 'line 2, column 5');
});

test('encryption needs a certificate, and a certificate both its files', () => {
  const listen = '[[listen]]\nkind = "submission"\naddress = "127.0.0.1:587"\n';
  assert.match(
    messages(listen)[0] ?? '',
    /^listen\[0\]\.tls = "starttls" cannot be: there is no certificate/,
  );
  assert.match(messages('[tls]\ncert = "c.pem"')[0] ?? '', /^tls\.key is missing/);
  good(`${listen}[tls]\ncert = "c.pem"\nkey = "k.pem"`);
});

test('what would be unsafe or contradict itself is refused', () => {
  const mx = '[[listen]]\nkind = "mx"\naddress = "127.0.0.1:25"\ntls = "none"\n';
  assert.match(messages(`${mx}relay = ["0.0.0.0/0"]`)[0] ?? '', /whole Internet/);
  assert.match(
    messages(mx + mx)[0] ?? '',
    /^listen\[1\]\.address = "127\.0\.0\.1:25" cannot be: listen\[0\] has it/,
  );
  good(mx.replace(':25', ':0') + mx.replace(':25', ':0'));
  const egress = '[[egress]]\nname = "a"\naddress = "192.0.2.1"\n';
  assert.match(messages(egress + egress)[0] ?? '', /^egress\[1\]\.name/);
  assert.match(messages(`${egress}[guard]\npool = "b"\n`)[0] ?? '', /^guard\.pool/);
  assert.match(messages(`${egress}[guard]\npool = "a"\n`)[0] ?? '', /^guard\.pool .*only egress/);
  good(`${egress}${egress.replace('"a"', '"b"')}[guard]\npool = "b"\n`);
  assert.match(messages('[delivery]\nmaxConnectionsPerPath = 1')[0] ?? '', /^delivery\.initialConnections/);
  assert.match(messages('[limits]\nmaxMessageSize = "1GB"')[0] ?? '', /budget\.memory/);
});

test('the password in a URL is not repeated', () => {
  assert.doesNotMatch(messages('store = "mysql://relais:hunter2@db"')[0] ?? '', /hunter2/);
});

test('a contact is an address or the URL of a page, and no password is in it', () => {
  assert.equal(good('').notices.contact, undefined);
  for (const contact of ['help@example.org', 'https://help.example.org/mail?from=notice', 'http://help.test'])
    assert.equal(good(`[notices]\ncontact = "${contact}"`).notices.contact, contact);
  for (const wrong of [
    'help',
    'help@',
    'ftp://help.example.org',
    'https://',
    'https://a b.example',
    'https://u:p@x.example',
  ])
    assert.match(
      messages(`[notices]\ncontact = "${wrong}"`).join(),
      /notices\.contact.*write an address such as "help@example\.org", or a URL such as "https/,
      wrong,
    );
});
