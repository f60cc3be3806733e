/** The network side of an SMTP client: one connection, one reply at a time, one deadline at a time. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Mishap } from '../wire/smtp/mishap.ts';
import { type ParsedReply, ReplyReader } from '../wire/smtp/reply.ts';

/** A dialogue that cannot go on, and what our own side saw. */
export class BrokenError extends Error {
  readonly trouble: 'local' | 'remote';
  readonly mishap: Mishap | undefined;

  constructor(text: string, trouble: 'local' | 'remote', mishap?: Mishap) {
    super(text);
    this.trouble = trouble;
    this.mishap = mishap;
  }
}

/** The source address that was asked for is not one of this machine's. */
export class UnboundError extends BrokenError {}

/** The host answered that nothing listens there. */
export class PortClosedError extends BrokenError {}

/** Errors of the socket that are about this machine, not about the far end. */
const LOCAL_CODES = new Set([
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'ENETUNREACH',
  'ENETDOWN',
  'EACCES',
  'EPERM',
]);

/** Errors of the socket that are about the far end, in our words. */
const THEIRS = new Map<string, [string, Mishap]>([
  ['ECONNRESET', ['connection reset by the far end', 'closed']],
  ['ETIMEDOUT', ['connection timed out', 'no-answer']],
  ['EHOSTUNREACH', ['no route to the far end', 'no-route']],
  ['EPIPE', ['connection closed by the far end', 'closed']],
]);

export interface DialOptions {
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly timeoutMs: number;
  /** Aborted when nobody waits for it any more, also once it is connected. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a peer may take to close after us before nobody waits for that any more, ms. */
const MOMENT_MS = 1_000;
/** Octets of replies that nobody has taken yet, at most: to as many commands at once as there ever are. */
const MAX_UNREAD_BYTES = 256 * 1024;

type Waiter = { resolve: (reply: ParsedReply) => void; reject: (error: BrokenError) => void };

/** A connected socket that speaks in lines and replies. */
export class ReplySocket {
  #socket: Socket;
  #reader = new ReplyReader();
  #waiter: Waiter | undefined;
  #broken: BrokenError | undefined;
  #deadlineAt = 0;
  /** When it was last asked, or gave a sign. */
  #heardAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #drain: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  get broken(): BrokenError | undefined {
    return this.#broken;
  }

  /** The next reply, at most `timeoutMs` from now. Rejects with BrokenError. */
  reply(timeoutMs: number): Promise<ParsedReply> {
    const ready = this.#take();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    this.#arm(timeoutMs);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** How long it waits for a sign of the far end, ms; 0 when it does not. */
  get silentMs(): number {
    return this.#deadlineAt === 0 ? 0 : performance.now() - this.#heardAt;
  }

  /** A reply that is here already: none may be, before TLS starts (injection across STARTTLS) or on an idle connection. */
  get hasUnread(): boolean {
    return this.#reader.pending;
  }

  write(data: string | Buffer): boolean {
    return typeof data === 'string' ? this.#socket.write(data, 'utf8') : this.#socket.write(data);
  }

  /** Puts what is written until `uncork` into one segment. */
  cork(): void {
    this.#socket.cork();
  }
  uncork(): void {
    this.#socket.uncork();
  }

  /** Resolves when the peer has taken enough for more to be written; rejects past `timeoutMs`. */
  drained(timeoutMs: number): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    this.#arm(timeoutMs);
    return new Promise((resolve, reject) => {
      this.#drain = () => {
        if (this.#broken !== undefined) return reject(this.#broken);
        this.#deadlineAt = 0;
        resolve();
      };
      this.#socket.once('drain', this.#drain);
    });
  }

  /** Wraps the connection in TLS; the old socket is not used again. */
  async startTls(options: { servername?: string; verify: boolean; timeoutMs: number }): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners();
    plain.on('error', () => undefined);
    const secure = connectTls({
      socket: plain,
      ...(options.servername === undefined ? {} : { servername: options.servername }),
      rejectUnauthorized: options.verify,
      minVersion: 'TLSv1.2',
    });
    this.#socket = secure;
    this.#reader = new ReplyReader();
    this.#listen(secure);
    this.#arm(options.timeoutMs);
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve);
      this.#waiter = {
        resolve: () => reject(new BrokenError('data before the TLS handshake', 'remote')),
        reject,
      };
    });
    this.#waiter = undefined;
    this.#deadlineAt = 0;
  }

  /** `TLSv1.3 TLS_AES_256_GCM_SHA384`, or undefined in the clear. */
  get tls(): string | undefined {
    const socket = this.#socket as Partial<TLSSocket>;
    return socket.encrypted ? `${socket.getProtocol?.()} ${socket.getCipher?.().name}` : undefined;
  }

  /** With a `goodbye`, resolves when the peer has closed as well, or has had its moment to. */
  close(goodbye?: string): Promise<void> | void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const isOpen = this.#broken === undefined;
    this.#broken ??= new BrokenError('connection closed by us', 'local');
    if (goodbye === undefined || !isOpen) return void this.#socket.destroy();
    const socket = this.#socket;
    socket.end(goodbye);
    // The peer has a moment to read it; a peer that never closes does not keep the socket.
    this.#timer = setTimeout(() => socket.destroy(), 5_000).unref();
    socket.once('close', () => clearTimeout(this.#timer));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, MOMENT_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      if (this.#broken !== undefined) return;
      this.#heardAt = performance.now();
      this.#reader.feed(chunk);
      if (this.#reader.octets > MAX_UNREAD_BYTES)
        return this.#fail(
          new BrokenError(`more than ${MAX_UNREAD_BYTES} octets of replies`, 'remote', 'not-smtp'),
        );
      if (this.#waiter === undefined) return;
      const reply = this.#take();
      if (reply !== undefined) this.#settle((waiter) => waiter.resolve(reply));
      else if (this.#broken !== undefined)
        this.#settle((waiter) => waiter.reject(this.#broken as BrokenError));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(describe(error)));
    socket.on('close', () =>
      this.#fail(new BrokenError('connection closed by the far end', 'remote', 'closed')),
    );
  }

  #take(): ParsedReply | undefined {
    const step = this.#reader.next();
    if (step.kind === 'reply') return step.reply;
    if (step.kind === 'broken') this.#fail(new BrokenError(step.why, 'remote', 'not-smtp'));
    return undefined;
  }

  #fail(error: BrokenError): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket.destroy();
    this.#drain?.();
    this.#settle((waiter) => waiter.reject(error));
  }

  #settle(how: (waiter: Waiter) => void): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#deadlineAt = 0;
    if (waiter !== undefined) how(waiter);
  }

  // One timer per connection: moving the deadline costs an assignment, and the timer looks when it fires.
  #arm(timeoutMs: number): void {
    this.#heardAt = performance.now();
    this.#deadlineAt = this.#heardAt + timeoutMs;
    this.#timer ??= setTimeout(() => this.#check(), timeoutMs).unref();
  }

  #check(): void {
    this.#timer = undefined;
    if (this.#deadlineAt === 0) return;
    const left = this.#deadlineAt - performance.now();
    if (left > 0) this.#timer = setTimeout(() => this.#check(), left).unref();
    else this.#fail(new BrokenError('no answer in time', 'remote', 'no-answer'));
  }
}

/** Opens a TCP connection. Rejects with BrokenError. */
export function dial(options: DialOptions): Promise<ReplySocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host: options.address,
      port: options.port,
      noDelay: true,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new BrokenError('connection timed out', 'remote', 'no-answer'));
    }, options.timeoutMs);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(describe(error));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(new ReplySocket(socket));
    });
  });
}

/** OpenSSL says where in its source it was, and on two lines. */
function wordsOf(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
  return error.code?.startsWith('ERR_SSL_') === true && error.reason !== undefined
    ? `TLS: ${error.reason}`
    : error.message;
}

function describe(error: NodeJS.ErrnoException): BrokenError {
  if (error.code === 'ECONNREFUSED') return new PortClosedError('connection refused', 'remote', 'refused');
  if (error.syscall === 'bind') return new UnboundError(error.message, 'local');
  const local = LOCAL_CODES.has(error.code ?? '');
  const [text, mishap] = THEIRS.get(error.code ?? '') ?? [wordsOf(error)];
  return new BrokenError(text, local ? 'local' : 'remote', mishap);
}
