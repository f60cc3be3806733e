/** Mail programs ask for their settings over HTTP; what they are told is read by parsers that are not ours. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { test } from 'node:test';
import { requirePeer } from '../peers.ts';
import { ANA } from './house.ts';
import { openPlace, type Place } from './client.ts';

const PLIST = `import sys, plistlib
account = plistlib.loads(sys.stdin.buffer.read())['PayloadContent'][0]
print(account['EmailAddress'], account['IncomingMailServerPortNumber'], account['OutgoingMailServerPortNumber'])`;
const XML = `import sys, xml.etree.ElementTree as tree
for server in tree.parse(sys.stdin).getroot().iter():
  if server.tag in ('incomingServer', 'outgoingServer'):
    print(server.get('type'), server.find('port').text, server.find('socketType').text, server.find('username').text)`;

test('curl and python read the settings that Thunderbird, Outlook and Apple Mail ask for', async (t) => {
  const place = await openPlace(t, 'curl');
  const python = requirePeer(t, 'python3');
  if (place === undefined || python === undefined) return;
  const { house } = place;
  const read = (program: string, input: string): string =>
    execFileSync(python.program, ['-c', program], { input, encoding: 'utf8' }).trim();
  const get = (port: number, path: string, ...more: string[]): Promise<string> =>
    place.client(
      '-sS',
      '--fail',
      ...more,
      `http${port === house.https ? 's' : ''}://mail.here.example:${port}${path}`,
    );
  const here = (port: number, name = 'mail.here.example'): string[] => [
    '--resolve',
    `${name}:${port}:127.0.0.1`,
  ];
  const secure = [...here(house.https), '--cacert', `${house.folder}/cert.pem`];

  const settings = await get(
    house.https,
    `/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=${ANA}`,
    ...secure,
  );
  const servers = read(XML, settings).split('\n');
  assert.deepEqual(servers.slice(0, 2), [
    `imap ${house.imaps} SSL %EMAILADDRESS%`,
    `imap ${house.imap} STARTTLS %EMAILADDRESS%`,
  ]);
  assert.deepEqual(servers.slice(4), [
    `smtp ${house.submissions} SSL %EMAILADDRESS%`,
    `smtp ${house.submission} STARTTLS %EMAILADDRESS%`,
  ]);
  const byName = await place.client(
    ...['-sS', '--fail', ...here(house.http, 'autoconfig.here.example')],
    `http://autoconfig.here.example:${house.http}/mail/config-v1.1.xml`,
  );
  assert.equal(byName, settings, 'without an address, by the name of the host');

  const profile = await get(house.https, `/apple/email.mobileconfig?email=${ANA}`, ...secure);
  assert.equal(read(PLIST, profile), `${ANA} ${house.imaps} ${house.submissions}`);

  const request = `<Autodiscover><Request><EMailAddress>${ANA}</EMailAddress></Request></Autodiscover>`;
  const outlook = await get(
    house.http,
    '/Autodiscover/Autodiscover.xml',
    ...here(house.http),
    '--data',
    request,
  );
  assert.match(
    outlook,
    new RegExp(`<Type>IMAP</Type>\\s*<Server>mail.here.example</Server>\\s*<Port>${house.imaps}<`),
  );
  const where = await get(
    house.http,
    '/autodiscover/autodiscover.json?Protocol=AutodiscoverV1',
    ...here(house.http),
  );
  assert.equal(JSON.parse(where).Url, 'https://mail.here.example/autodiscover/autodiscover.xml');
  await isRefused(place);
});

/** What is not here, not so asked, or too much. */
async function isRefused({ house, client }: Place): Promise<void> {
  const here = ['--resolve', `mail.here.example:${house.http}:127.0.0.1`];
  for (const [path, status] of [
    ['/mail/config-v1.1.xml?emailaddress=x@else.example', '404'],
    ['/mail/config-v1.1.xml?emailaddress=@@', '404'],
    ['/apple/email.mobileconfig', '404'],
    ['/autodiscover/autodiscover.xml', '405'],
    ['//[', '404'],
    ['/', '404'],
  ] as const) {
    const code = await client(
      ...['-sS', '-g', '--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', ...here],
      `http://mail.here.example:${house.http}${path}`,
    );
    assert.equal(code, status, path);
  }
  const large = await client(
    ...['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--data', 'x'.repeat(20_000), ...here],
    `http://mail.here.example:${house.http}/autodiscover/autodiscover.xml`,
  );
  assert.equal(large, '413');
  assert.match(await nonsense(house.http), /^HTTP\/1\.1 400 /);
}

/** What somebody hears who speaks no HTTP. */
function nonsense(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('EHLO there\r\n\r\n'));
    socket.setEncoding('utf8').on('data', (text) => (said += text));
    socket.once('end', () => resolve(said)).once('error', reject);
  });
}
