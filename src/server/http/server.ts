/** HTTP/1.1 for the connections of one listener, through Node's own server; every limit is bounded. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from '../../core/capacity/connections.ts';
import { type ConnectionLimits, type Session, Sessions } from '../sessions.ts';
import { handshake } from '../tls.ts';
import { autoconfig } from './autoconfig.ts';
import { type HttpContext, type HttpResponse, MAX_BODY_BYTES } from './context.ts';

const LIMITS = {
  requestTimeout: 10_000,
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
  connectionsCheckingInterval: 1_000,
};
const AWAY = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const TEXT = 'text/plain; charset=utf-8';

/** `connections`: of the whole worker, which has other listeners. */
export function httpSessions(
  context: HttpContext,
  limits: ConnectionLimits,
  connections: Pick<Connections, 'entered' | 'left'>,
): Sessions {
  const server = createServer(LIMITS, (request, response) => void answer(context, request, response));
  return new Sessions(
    {
      who: () => ({ kind: 'submission', mayRelay: false }),
      budget: context.budget,
      refusal: () => AWAY,
      open: (socket, ended) => new HttpSession(socket, { server, context }, ended),
    },
    limits,
    connections,
  );
}

class HttpSession implements Session {
  readonly #socket: Socket;
  readonly #server: Server;
  readonly #context: HttpContext;

  constructor(socket: Socket, about: { server: Server; context: HttpContext }, ended: () => void) {
    this.#socket = socket;
    this.#server = about.server;
    this.#context = about.context;
    socket.on('error', () => undefined);
    socket.once('close', ended);
  }

  start(): void {
    const { secure, clock, tlsHandshakeTimeoutMs: timeoutMs } = this.#context;
    if (secure === undefined) {
      this.#server.emit('connection', this.#socket);
      return;
    }
    handshake(this.#socket, { secure, clock, timeoutMs }).then(
      (encrypted) => void this.#server.emit('connection', encrypted),
      () => this.#socket.destroy(),
    );
  }

  shutDown(): void {
    this.#server.closeIdleConnections();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

async function answer(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await bodyOf(request);
    const { method = '', url: target = '/', headers } = request;
    const found =
      body === undefined
        ? TOO_LARGE
        : await autoconfig(context, { method, target, host: headers.host ?? '', body });
    send(response, found ?? NOT_FOUND, method);
  } catch {
    send(response, FAILED, request.method ?? '');
  }
}

const TOO_LARGE: HttpResponse = { status: 413, type: TEXT, body: 'That is more than is read here.\n' };
const NOT_FOUND: HttpResponse = { status: 404, type: TEXT, body: 'There is nothing here by that name.\n' };
const FAILED: HttpResponse = {
  status: 503,
  type: TEXT,
  body: 'This cannot be answered now; please try again later.\n',
};

/** Undefined when it is too large. Rejects when the client goes away. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function send(
  response: ServerResponse,
  { status, type, body, fileName }: HttpResponse,
  method: string,
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(fileName === undefined ? {} : { 'content-disposition': `attachment; filename="${fileName}"` }),
    // What was not read of a request would be taken for the next.
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
