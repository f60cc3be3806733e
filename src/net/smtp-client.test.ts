import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { systemRandom } from '../base/random.ts';
import type { Connection, ConnectRequest, Transfer } from '../core/delivery/port.ts';
import { makeSelfSigned } from '../wire/x509/self-signed.ts';
import { SmtpConnector } from './smtp-client.ts';

const LIMITS = {
  connectTimeoutMs: 5_000,
  greetingTimeoutMs: 30_000,
  commandTimeoutMs: 5_000,
  dataTimeoutMs: 5_000,
  maxRecipients: 10,
  maxTransactions: 10,
};

async function aServer(t: TestContext, serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('end', () => socket.end());
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

function requestTo(server: Server, about: Partial<ConnectRequest> = {}): ConnectRequest {
  const { port } = server.address() as AddressInfo;
  const hops = [{ host: '127.0.0.1', address: '127.0.0.1', port }];
  return { hops, egress: { ehlo: 'us.example' }, tls: 'opportunistic', ...about };
}

/** Speaks until STARTTLS, which breaks off. */
function talk(socket: Socket): void {
  socket.write('220 far.example\r\n');
  socket.on('data', (chunk) => {
    const line = chunk.toString();
    if (line.startsWith('EHLO')) socket.write('250-far.example\r\n250 STARTTLS\r\n');
    else if (line.startsWith('STARTTLS')) socket.end('220 go on\r\n');
    else socket.end('221 bye\r\n');
  });
}

test('where one connection at a time is taken, what goes in the clear after broken TLS waits for its place', async (t) => {
  let open = 0;
  const server = await aServer(t, (socket) => {
    if (open > 0) return void socket.end('421 too many connections\r\n');
    open++;
    socket.on('close', () => setTimeout(() => open--, 50));
    talk(socket);
  });
  const opened = await new SmtpConnector(LIMITS).connect(requestTo(server));
  assert.ok(opened.ok, JSON.stringify(opened));
  assert.equal(opened.connection.tls, undefined);
  await opened.connection.close();
});

test('whoever asks is told when the far end is, and ends it when nobody waits any more', async (t) => {
  const closed = Promise.withResolvers<void>();
  const server = await aServer(t, (socket) => socket.on('close', () => closed.resolve()).resume());
  const abandon = new AbortController();
  let asked = 0;
  const asking = { asked: () => void asked++, signal: abandon.signal };
  const connecting = new SmtpConnector(LIMITS).connect(requestTo(server, { asking }));
  await once(server, 'connection');
  assert.equal(asked, 1);
  abandon.abort();
  assert.equal((await connecting).ok, false);
  await closed.promise;
});

test('a connection is closed when the far end has closed as well', async (t) => {
  let isClosed = false;
  const server = await aServer(t, (socket) => {
    talk(socket);
    socket.on('close', () => {
      isClosed = true;
    });
  });
  const opened = await new SmtpConnector(LIMITS).connect(requestTo(server, { tls: 'none' }));
  assert.ok(opened.ok);
  await opened.connection.close();
  assert.equal(isClosed, true);
});

/** Speaks SMTP without extensions, a reply to each line; `after` is told of each, and may answer in its place. */
function speak(socket: Socket, after: (line: string) => boolean | undefined): void {
  socket.write('220 far.example\r\n');
  socket.on('data', (chunk) => {
    for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
      if (after(line) === true) continue;
      if (line === 'DATA') socket.write('354 go on\r\n');
      else if (line === 'QUIT') socket.end('221 bye\r\n');
      else if (/^(EHLO|MAIL|RCPT|RSET|\.$)/.test(line)) socket.write('250 fine\r\n');
    }
  });
}

function message(about: Partial<Transfer> = {}): Transfer {
  const pieces = [Buffer.from('Subject: hello\r\n\r\nhello\r\n')];
  return {
    reversePath: 'us@here.example',
    parameters: { body: '7BIT' },
    recipients: [{ address: 'you@far.example' }] as unknown as Transfer['recipients'],
    sizeBytes: 25,
    content: { next: () => pieces.shift() },
    urgency: 'live',
    isOurs: () => true,
    ...about,
  };
}

async function opened(server: Server): Promise<Connection> {
  const result = await new SmtpConnector(LIMITS).connect(requestTo(server, { tls: 'none' }));
  assert.ok(result.ok, JSON.stringify(result));
  return result.connection;
}

test('a far end that writes without end, while nobody listens, is hung up on', async (t) => {
  const closed = Promise.withResolvers<void>();
  let written = 0;
  const server = await aServer(t, (socket) => {
    speak(socket, (line) => {
      if (line !== '.') return false;
      socket.write('250 taken\r\n');
      setTimeout(flood, 50);
      return true;
    });
    const flood = (): void => {
      while (!socket.destroyed && written < 512e6) {
        const line = '250 and more\r\n'.repeat(4_000);
        written += line.length;
        if (!socket.write(line)) return void socket.once('drain', flood);
      }
    };
    socket.on('close', () => closed.resolve());
  });
  const connection = await opened(server);
  const [result] = await connection.transfer(message());
  assert.ok(result?.accepted);
  await closed.promise;
  assert.equal(connection.usable, false);
  assert.ok(written < 64e6, `${written} octets were written to it`);
});

test('what others may have by now is not sent: nothing of its content, and no end', async (t) => {
  const lines: string[] = [];
  const server = await aServer(t, (socket) => speak(socket, (line) => void lines.push(line)));
  const connection = await opened(server);
  const [result] = await connection.transfer(message({ isOurs: () => false }));
  assert.deepEqual([result?.accepted, result?.trouble], [false, 'local']);
  assert.ok(lines.includes('DATA') && !lines.some((line) => /^Subject|^\.$/.test(line)), lines.join(' | '));
  assert.equal(connection.usable, false);
});

test('TLS that breaks after its handshake is broken TLS: the mail goes in the clear', async (t) => {
  const about = { hostname: 'far.example', nowMs: Date.now(), days: 2, serial: systemRandom.bytes(8) };
  const { cert, key } = makeSelfSigned(about);
  const server = await aServer(t, (socket) => {
    socket.write('220 far.example\r\n');
    socket.on('data', (chunk) => {
      const line = chunk.toString();
      if (line.startsWith('EHLO')) socket.write('250-far.example\r\n250 STARTTLS\r\n');
      else if (!line.startsWith('STARTTLS')) socket.end('221 bye\r\n');
      else {
        socket.removeAllListeners('data').write('220 go on\r\n');
        const secure = new TLSSocket(socket, { isServer: true, cert, key });
        secure.on('error', () => undefined).on('data', () => secure.destroy());
      }
    });
  });
  const result = await new SmtpConnector(LIMITS).connect(requestTo(server));
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(result.connection.tls, undefined);
  await result.connection.close();
});
