import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ConnectRequest } from '../core/delivery/port.ts';
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
