/**
 * The connection of a session by which mail is read: what has come and is not taken, what is to be written, TLS, and how long
 * a client is waited for. What is said is its talker's.
 *
 * While a command is under way nothing further is read but a bounded piece of what the client sends ahead; a client that
 * leaves what it was sent unread is not read from, and no more is made for it. Waits have no timers: the listener looks at
 * all its sessions now and then (`look`).
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Output } from './output.ts';
import { addressOf } from './sessions.ts';
import { handshake } from './tls.ts';
import { turn } from './turns.ts';

/** Octets of commands a client may send ahead while one is being worked on. */
export const MAX_AHEAD_BYTES = 64 * 1024;
/** A client that never closes keeps the socket no longer, ms. */
const CLOSES_WITHIN_MS = 5_000;

export interface Talker {
  readonly reader: { feed(chunk: Buffer): void; discard(): void; readonly bufferedBytes: number };
  /** It is in the middle of something that a stopping server waits for. */
  readonly isMidway: boolean;
  /** The last words, each with its line end. */
  readonly lastWords: { readonly closing: string; readonly silent: string; readonly broken: string };
  /** Takes the next of what has come; a promise when nothing else is to be taken before. */
  take(): Promise<void> | 'nothing' | undefined;
  /** The connection is over, and nothing is under way any more. */
  over(): void;
}

export interface ConversationContext {
  readonly clock: Clock;
  readonly log: Log;
  /** Present when TLS is available. */
  readonly secure?: SecureContext;
  readonly implicitTls: boolean;
  readonly limits: {
    readonly loginTimeoutMs: number;
    readonly stallTimeoutMs: number;
    readonly tlsHandshakeTimeoutMs: number;
  };
}

/** What stands at a stream whose conversation it carries. */
const OF = Symbol('conversation');
type Carrier = Duplex & { readonly [OF]?: Conversation };
type Handler = (this: Carrier, chunk: unknown) => void;

function handler(handle: (conversation: Conversation, chunk: unknown) => void): Handler {
  return function (chunk) {
    const conversation = this[OF];
    if (conversation !== undefined) handle(conversation, chunk);
  };
}

export class Conversation {
  readonly address: string;
  readonly #talker: Talker;
  readonly #context: ConversationContext;
  readonly #onEnd: () => void;
  #stream: Duplex;
  #output: Output;
  /** Below whatever lies above it. */
  #tls: TLSSocket | undefined;
  #busy = false;
  #isOver = false;
  /** The client has sent its last octet. */
  #inputEnded = false;
  #isStopping = false;
  /** To be done between two takings; undefined where there is none, as in all that only idle. */
  #jobs: readonly (() => Promise<void>)[] | undefined;
  /** When whoever has said nothing since is sent away, monotonic ms. */
  #deadline = 0;
  /** A client that has logged in is waited for so long after each command; undefined before. */
  #patienceMs: number | undefined;

  constructor(socket: Socket, talker: Talker, about: { context: ConversationContext; onEnd(): void }) {
    this.address = addressOf(socket);
    this.#stream = socket;
    this.#output = new Output(socket);
    this.#talker = talker;
    this.#context = about.context;
    this.#onEnd = about.onEnd;
    this.awaitLogin();
  }

  /** Greets the client and begins to read. */
  start(greeting: () => string): void {
    const greet = (): void => {
      this.send(greeting());
      this.flush();
    };
    if (this.#context.implicitTls) return this.#secure(greet);
    this.#listen(this.#stream);
    greet();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get tls(): TLSSocket | undefined {
    return this.#tls;
  }

  send(piece: string | Buffer): void {
    if (!this.#isOver) this.#output.add(piece);
  }

  flush(): void {
    this.#output.flush();
  }

  /** To be awaited before more is made; undefined when there is room. */
  room(): Promise<void> | undefined {
    return this.#isOver ? undefined : this.#output.room(this.#context.clock);
  }

  /** Has something done when nothing is under way, before anything else is taken. */
  between(job: () => Promise<void>): void {
    if (this.#isOver) return;
    this.#jobs = [...(this.#jobs ?? []), job];
    if (!this.#busy) this.#pump();
  }

  /** From now on the login is to be over within its time, whatever is said meanwhile. */
  awaitLogin(): void {
    this.#patienceMs = undefined;
    this.#deadline = this.#context.clock.monotonic() + this.#context.limits.loginTimeoutMs;
  }

  /** From now on, and from the end of what is under way, the client may say nothing for so long. */
  allow(patienceMs: number): void {
    this.#patienceMs = patienceMs;
    this.#deadline = this.#context.clock.monotonic() + patienceMs;
  }

  /** Says `goAhead` in the clear, then goes on over TLS. */
  upgrade(goAhead: string): void {
    this.send(goAhead);
    this.flush();
    this.#unlisten();
    this.#secure(() => this.#pump());
  }

  /** Says `goAhead`, then goes on over a stream that lies above this one. */
  goAbove(goAhead: string, above: (under: Duplex) => Duplex): void {
    this.send(goAhead);
    this.flush();
    this.#unlisten();
    this.#goOn(above(this.#stream));
  }

  /** Says its last word and closes. */
  end(last: string): void {
    if (this.#isOver) return;
    this.send(last);
    this.flush();
    const stream = this.#stream;
    stream.end();
    this.#ended();
    const timer = this.#context.clock.after(CLOSES_WITHIN_MS, () => stream.destroy());
    stream.once('close', () => timer.cancel());
    stream.resume();
  }

  /** Ends as soon as what is under way is done. */
  shutDown(): void {
    this.#isStopping = true;
    if (!this.#busy && !this.#talker.isMidway) this.end(this.#talker.lastWords.closing);
  }

  /** Ends at once. */
  destroy(): void {
    this.#stream.destroy();
    this.#ended();
  }

  /** To be called now and then: ends what its client has been silent in, or has not read, for too long. */
  look(now: number): void {
    if (this.#isOver) return;
    if (this.#output.isFull) {
      this.#output.noteFull(this.#context.clock);
      if (now - this.#output.fullSince > this.#context.limits.stallTimeoutMs) this.destroy();
    } else if (!this.#busy && now > this.#deadline) this.end(this.#talker.lastWords.silent);
  }

  #secure(ready: () => void): void {
    const { secure, limits, clock, log } = this.#context;
    this.#busy = true;
    handshake(this.#stream as Socket, {
      secure: secure as SecureContext,
      clock,
      timeoutMs: limits.tlsHandshakeTimeoutMs,
    }).then(
      (socket) => {
        this.#busy = false;
        this.#tls = socket;
        this.#talker.reader.discard();
        this.#goOn(socket);
        ready();
      },
      (error: unknown) => {
        log.info({ client: this.address, error: String(error) }, 'a TLS handshake failed');
        this.#ended();
      },
    );
  }

  #goOn(stream: Duplex): void {
    this.#stream = stream;
    this.#output = new Output(stream);
    this.#listen(stream);
  }

  #listen(stream: Duplex): void {
    Object.assign(stream, { [OF]: this });
    for (const [event, handler] of Conversation.#HANDLERS) stream.on(event, handler);
  }

  #unlisten(): void {
    for (const [event, handler] of Conversation.#HANDLERS) this.#stream.off(event, handler);
    Object.assign(this.#stream, { [OF]: undefined });
  }

  #heard(chunk: Buffer): void {
    // What comes after the last word is read from the socket so that it can close, and thrown away.
    if (this.#isOver) return;
    this.#talker.reader.feed(chunk);
    if (!this.#busy) this.#pump();
    else if (this.#talker.reader.bufferedBytes > MAX_AHEAD_BYTES) this.#stream.pause();
  }

  #heardEnd(): void {
    this.#inputEnded = true;
    if (!this.#busy) this.#pump();
  }

  #drained(): void {
    this.#output.drained();
    if (!this.#busy) this.#pump();
    this.#resume();
  }

  /** The same for all conversations, which their streams know: ten thousand sets of closures cost megabytes. */
  static readonly #HANDLERS: readonly (readonly [event: string, handler: Handler])[] = [
    ['data', handler((conversation, chunk) => conversation.#heard(chunk as Buffer))],
    ['error', handler((conversation) => conversation.#ended())],
    ['close', handler((conversation) => conversation.#ended())],
    ['end', handler((conversation) => conversation.#heardEnd())],
    ['drain', handler((conversation) => conversation.#drained())],
  ];

  #resume(): void {
    if (!this.#busy && !this.#output.isFull && this.#stream.isPaused()) this.#stream.resume();
  }

  #pump(): void {
    while (!this.#isOver && !this.#busy) {
      if (this.#isStopping && !this.#talker.isMidway) return this.end(this.#talker.lastWords.closing);
      // Goes on when the client has read.
      if (this.#output.isFull) {
        this.#output.noteFull(this.#context.clock);
        this.#stream.pause();
        return;
      }
      const [job, ...later] = this.#jobs ?? [];
      if (job !== undefined) {
        this.#jobs = later.length === 0 ? undefined : later;
        this.#busy = true;
        this.#wait(job(), this.#deadline);
        continue;
      }
      // What is answered at once, command after command, would leave nobody else a turn.
      const pause = this.#talker.reader.bufferedBytes > 0 ? turn(this.#context.clock) : undefined;
      if (pause !== undefined) {
        this.#wait(pause, this.#deadline);
        continue;
      }
      const going = this.#talker.take();
      if (going === 'nothing') {
        if (this.#inputEnded) return this.end('');
        break;
      }
      if (going !== undefined) this.#wait(going);
    }
    this.flush();
  }

  /** `deadline`: what it stays, where the client did nothing. */
  #wait(going: Promise<void>, deadline?: number): void {
    this.#busy = true;
    going
      .catch((error: unknown) => {
        this.#context.log.error({ error: String(error), client: this.address }, 'a session broke');
        this.end(this.#talker.lastWords.broken);
      })
      .then(() => {
        this.#busy = false;
        if (this.#isOver) return this.#talker.over();
        if (deadline !== undefined) this.#deadline = deadline;
        else if (this.#patienceMs !== undefined) this.allow(this.#patienceMs);
        this.#pump();
        this.#resume();
      });
  }

  #ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#output.end();
    if (!this.#busy) this.#talker.over();
    this.#onEnd();
  }
}
