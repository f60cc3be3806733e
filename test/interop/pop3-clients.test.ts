/** Other people's mail programs fetch mail over POP3, encrypted from the first octet or by STLS. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PeerName } from '../peers.ts';
import { openPlace, type Place } from './client.ts';
import { ANA, PASSWORD } from './house.ts';

/** Ana has three letters, the last with dots and long lines. */
async function open(t: TestContext, name: PeerName): Promise<Place | undefined> {
  const place = await openPlace(t, name);
  for (const [index, content] of LETTERS.entries())
    await place?.house.submit({
      name: `letter ${index + 1}`,
      content: Buffer.from(content, 'latin1'),
      recipients: [ANA],
      body: '8BITMIME',
      chunk: true,
    });
  return place;
}

const letter = (number: number, text: string): string =>
  `From: <${ANA}>\r\nTo: <${ANA}>\r\nSubject: letter ${number}\r\n\r\n${text}\r\n`;
const DOTS = `.\r\n..\r\n.x\r\n${'y'.repeat(900)}\r\n.`;
const LETTERS = [letter(1, 'first'), letter(2, 'caf\xe9'), letter(3, DOTS)];

test('curl lists and reads, from the first octet in TLS and by STLS', async (t) => {
  const place = await open(t, 'curl');
  if (place === undefined) return;
  const { house, client } = place;
  const curl = (url: string, ...words: string[]): Promise<string> =>
    client('-sS', '--insecure', '--user', `${ANA}:${PASSWORD}`, ...words, url);
  assert.match(await curl(`pop3s://127.0.0.1:${house.pop3s}/`), /^1 \d+\r\n2 \d+\r\n3 \d+\r\n$/);
  const third = await curl(`pop3://127.0.0.1:${house.pop3}/3`, '--ssl-reqd');
  assert.ok(third.endsWith(`\r\n\r\n${DOTS}\r\n`), third);
});

const POPLIB = `
import poplib, ssl, sys
port, user, password = sys.argv[1:]
c = poplib.POP3('127.0.0.1', int(port))
c.stls(ssl._create_unverified_context())
assert 'UIDL' in c.capa() and 'PLAIN' in c.capa()['SASL']
c.user(user)
c.pass_(password)
assert c.stat()[0] == 3
assert c.retr(3)[1][-5:] == [b'.', b'..', b'.x', b'y' * 900, b'.'], c.retr(3)[1]
assert c.top(2, 0)[1][-1] == b''
assert b'caf\\xe9' in c.retr(2)[1]
assert len(set(c.uidl()[1])) == 3
c.dele(2)
c.quit()
c = poplib.POP3('127.0.0.1', int(port))
c.stls(ssl._create_unverified_context())
c.user(user)
c.pass_(password)
assert [line.split()[0] for line in c.list()[1]] == [b'1', b'2']
assert b'Subject: letter 3' in c.top(2, 0)[1]
c.quit()
`;

test('poplib of Python', async (t) => {
  const place = await open(t, 'python3');
  if (place === undefined) return;
  await place.client('-c', POPLIB, String(place.house.pop3), ANA, PASSWORD);
});

test('fetchmail fetches all, and the second time nothing', async (t) => {
  const place = await open(t, 'fetchmail');
  if (place === undefined) return;
  const { house, client, folder } = place;
  const [rc, box] = [join(folder, 'rc'), join(folder, 'box')];
  writeFileSync(
    rc,
    `poll 127.0.0.1 service ${house.pop3s} proto POP3 uidl
  user "${ANA}" password "${PASSWORD}" ssl no sslcertck keep mda "cat >> ${box}"\n`,
    { mode: 0o600 },
  );
  const fetchmail = (): Promise<string> => client('-f', rc, '-i', join(folder, 'ids'), '--nosyslog');
  await fetchmail();
  const subjects = (): string[] => readFileSync(box, 'latin1').match(/^Subject: .*$/gm) ?? [];
  assert.deepEqual(subjects(), ['Subject: letter 1', 'Subject: letter 2', 'Subject: letter 3']);
  // Exit 1: there was no new mail.
  await assert.rejects(fetchmail(), { code: 1 });
  assert.equal(subjects().length, 3);
});
