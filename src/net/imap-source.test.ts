/** A server that lies, over a socket: what it sends beside what it was asked for is dropped, and ended where it is too much. */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import type { SourceConnection } from '../core/import/source.ts';
import { passed } from './imap-bounds.ts';
import { openImapSource } from './imap-source.ts';

/** Untagged lines for a command; undefined: what an honest server says; none: it goes on by itself, without an end. */
type Lie = (command: string, socket: Socket) => string | undefined;

const HONEST: readonly (readonly [RegExp, string])[] = [
  [/^NAMESPACE/, '* NAMESPACE (("" "/")) NIL NIL\r\n'],
  [/^LIST "" ""/, '* LIST (\\Noselect) "/" ""\r\n'],
  [/^LIST/, '* LIST () "/" INBOX\r\n'],
  [/^EXAMINE/, '* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n'],
  [/^UID SEARCH/, '* SEARCH 1 2 3\r\n'],
];

async function portOf(t: TestContext, lie: Lie): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write('* OK [CAPABILITY IMAP4rev1 NAMESPACE] hello\r\n');
    createInterface(socket)
      .on('line', (line) => {
        const [tag = '', ...words] = line.split(' ');
        const command = words.join(' ').toUpperCase();
        const honest = HONEST.find(([pattern]) => pattern.test(command))?.[1] ?? '';
        const lines = lie(command, socket);
        if (lines !== '') socket.write(`${lines ?? honest}${tag} OK done\r\n`, 'latin1');
      })
      .on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function source(t: TestContext, lie: Lie): Promise<SourceConnection> {
  const port = await portOf(t, lie);
  const login = { user: 'ana', password: 'p' };
  const connection = await openImapSource({ host: '127.0.0.1', port, tls: 'none' }, login);
  t.after(() => connection.close());
  return connection;
}

function whole(uid: number, text: string): string {
  return `* ${uid} FETCH (UID ${uid} BODY[] {${text.length}}\r\n${text})\r\n`;
}

/** The same again and again, for as long as the other end takes it. */
function endlessly(socket: Socket, text: string): void {
  while (!socket.destroyed && socket.write(text, 'latin1'));
  if (!socket.destroyed) socket.once('drain', () => endlessly(socket, text));
}

test('the first answer for each message that was asked for counts', async (t) => {
  const connection = await source(t, (command) => {
    if (/^UID FETCH 2 .*BODY/.test(command)) return '* 2 FETCH (UID 2 BODY[]<0> NIL)\r\n';
    if (/^UID FETCH.*BODY/.test(command))
      return [
        '* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n',
        whole(1, 'one'),
        whole(1, 'another'),
        whole(9, 'nine'),
        '* 2 FETCH (UID 2 BODY[] NIL)\r\n',
      ].join('');
    return /^UID FETCH/.test(command)
      ? [
          '* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 3)\r\n',
          '* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 4)\r\n',
          '* 9 FETCH (UID 9 FLAGS () RFC822.SIZE 4)\r\n',
          '* 2 FETCH (UID 2 FLAGS ())\r\n',
        ].join('')
      : undefined;
  });
  const opened = await connection.open('INBOX');
  assert.deepEqual(await opened.whole([1, 2, 3], 9), [{ uid: 1, bytes: Buffer.from('one') }]);
  assert.equal(await opened.piece({ uid: 2, offset: 0, limit: 100 }), undefined);
  assert.deepEqual(await opened.describe([1, 2, 3]), [{ uid: 1, flags: ['\\Seen'], sizeBytes: 3 }]);
  assert.deepEqual(await opened.uids([2, 3]), [1, 2, 3]);
});

const FLOODS: Readonly<Record<string, { asked: RegExp; flood: string; text: RegExp }>> = {
  'messages of others': {
    asked: /^UID FETCH/,
    flood: whole(7, 'x'.repeat(100_000)),
    text: /^the server was asked for messages, and sent more than \d+ octets$/,
  },
  'small answers': {
    asked: /^UID FETCH/,
    flood: '* 1 FETCH (UID 1 FLAGS ())\r\n'.repeat(100),
    text: /^the server was asked for messages, and sent more than 1004 answers$/,
  },
  'a literal that is too large': {
    asked: /^UID FETCH/,
    flood: '* 1 FETCH (UID 1 BODY[] {99999999999}\r\nabc',
    text: /^the server was asked for messages, and sent more than that can be$/,
  },
  folders: {
    asked: /^LIST "" "?\*/,
    flood: `* LIST () "/" "${'x'.repeat(1000)}"\r\n`.repeat(100),
    text: /^the server was asked which folders there are, and sent more than 6291456 octets$/,
  },
};

for (const [name, { asked, flood, text }] of Object.entries(FLOODS))
  test(`a flood ends the connection: ${name}`, async (t) => {
    const connection = await source(t, (command, socket) => {
      if (!asked.test(command)) return undefined;
      endlessly(socket, flood);
      return '';
    });
    const asking =
      name === 'folders'
        ? connection.folders()
        : connection.open('INBOX').then((opened) => opened.whole([1, 2], 10));
    await assert.rejects(asking, { fault: 'excess', message: text });
    await assert.rejects(connection.open('INBOX'), {
      fault: name === 'a literal that is too large' ? 'excess' : 'lost',
    });
  });

test('a folder that no command can name is refused alone', async (t) => {
  const connection = await source(t, () => undefined);
  await assert.rejects(connection.open('a\r\nb'), { fault: 'refused', message: /line break or NUL/ });
  assert.equal((await connection.open('INBOX')).uidValidity, 1);
});

test('where there is no such server it says what to look at', async (t) => {
  const port = await portOf(t, () => undefined);
  const login = { user: 'ana', password: 'p' };
  await assert.rejects(openImapSource({ host: '127.0.0.1', port, tls: 'implicit' }, login), {
    fault: 'unsafe',
    message: /does not begin with TLS on port \d+: try --tls starttls, or another --port$/,
  });
  await assert.rejects(openImapSource({ host: '127.0.0.1', port, tls: 'starttls' }, login), {
    fault: 'unsafe',
    message: /try --tls implicit, or another --port$/,
  });
  await assert.rejects(openImapSource({ host: '127.0.0.1', port: 1, tls: 'none' }, login), {
    fault: 'unreachable',
    message: 'nothing answers at 127.0.0.1:1: see --host and --port',
  });
});

test('a command may take its time as its content does, and no longer', () => {
  const bounds = { of: 'for messages', octets: 1000 };
  const at = { octets: 1000, ms: 120_000, allMs: 120_000 };
  assert.equal(passed(bounds, at), undefined);
  const slow = { ...at, ms: 120_001 };
  assert.deepEqual(
    [passed(bounds, slow)?.fault, passed(bounds, slow)?.message],
    ['lost', 'the server was asked for messages, and took longer than 120 seconds'],
  );
  const content = { ...bounds, contentBytes: 409_600 };
  assert.equal(passed(content, { ...at, ms: 220_000 }), undefined);
  assert.equal(passed(content, { ...at, ms: 220_001 })?.fault, 'lost');
  assert.equal(passed(bounds, { ...at, octets: 1001 })?.fault, 'excess');
});
