/**
 * One POP3 connection: reads the socket, hands each command to its handler, one after the other, and writes what comes of it.
 * A client that leaves its responses unread is not read from, and no more is made for it. Waits have no timers: the
 * listener looks at all its sessions now and then (`look`).
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { MAX_COMMAND_BYTES, parseCommand } from '../../wire/pop3/command.ts';
import { LineReader } from '../../wire/pop3/line-reader.ts';
import type { LoginDialogue } from '../login.ts';
import { Output } from '../output.ts';
import { addressOf, type Session } from '../sessions.ts';
import { handshake } from '../tls.ts';
import { answerLogin } from './commands/login.ts';
import { handlers } from './commands/table.ts';
import type { Pop3Context } from './context.ts';
import { type Answer, type Phase, type Pop3Handle, TROUBLE } from './handle.ts';
import type { Maildrop } from './maildrop.ts';

/** Octets of a line of a login dialogue with its end: what SMTP allows (RFC 4954 section 4). */
const MAX_DIALOGUE_BYTES = 12_288;
/** Octets of commands a client may send ahead while one is being worked on. */
const MAX_AHEAD_BYTES = 64 * 1024;

export class Pop3Session implements Pop3Handle, Session {
  readonly context: Pop3Context;
  readonly address: string;
  readonly #reader = new LineReader();
  readonly #onEnd: () => void;
  #socket: Socket;
  #output: Output;
  #busy = false;
  #isOver = false;
  /** The client has sent its last octet. */
  #inputEnded = false;
  #stopping = false;
  /** -ERR in a row. */
  #errors = 0;
  /** Something of the answer to the command that is under way. */
  #hasSaid = false;
  /** When whoever has said nothing since is sent away, monotonic ms. */
  #deadline: number;
  phase: Phase = { kind: 'authorization' };
  dialogue: LoginDialogue | undefined;
  loginFailures = 0;

  constructor(socket: Socket, context: Pop3Context, onEnd: () => void) {
    this.context = context;
    this.address = addressOf(socket);
    this.#socket = socket;
    this.#output = new Output(socket);
    this.#onEnd = onEnd;
    this.#deadline = context.clock.monotonic() + context.limits.loginTimeoutMs;
  }

  /** Greets the client and begins to read. */
  start(): void {
    if (this.context.implicitTls) return this.#handshake(() => this.#greet());
    this.#listen(this.#socket);
    this.#greet();
  }

  shutDown(): void {
    this.#stopping = true;
    if (!this.#busy) this.end(CLOSING);
  }

  destroy(): void {
    this.#socket.destroy();
    this.#ended();
  }

  /** To be called now and then: ends a session whose client has been silent for too long. Nothing is deleted then. */
  look(now: number): void {
    if (this.#isOver) return;
    if (this.#output.isFull) {
      if (now - this.#output.fullSince > this.context.limits.stallTimeoutMs) this.destroy();
    } else if (!this.#busy && now > this.#deadline) this.end('-ERR Nothing came for too long\r\n');
  }

  get tlsSocket(): TLSSocket | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket : undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get aheadBytes(): number {
    return this.#reader.bufferedBytes;
  }

  get maildrop(): Maildrop {
    if (this.phase.kind !== 'transaction') throw new Error('nobody has logged in');
    return this.phase.maildrop;
  }

  send(piece: string | Buffer): void {
    this.#hasSaid = true;
    if (!this.#isOver) this.#output.add(piece);
  }

  room(): Promise<void> | undefined {
    return this.#isOver ? undefined : this.#output.room(this.context.clock);
  }

  secure(): void {
    this.#output.flush();
    for (const event of ['data', 'error', 'close', 'end', 'drain']) this.#socket.removeAllListeners(event);
    this.#handshake(() => this.#pump());
  }

  end(last: string): void {
    if (this.#isOver) return;
    this.send(last);
    this.#output.flush();
    const socket = this.#socket;
    socket.end();
    this.#ended();
    // A client that never closes does not keep the socket.
    const timer = this.context.clock.after(5_000, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    socket.resume();
  }

  #greet(): void {
    this.send(`+OK ${this.context.hostname} is ready\r\n`);
    this.#output.flush();
  }

  #handshake(ready: () => void): void {
    const { secure, limits, clock } = this.context;
    this.#busy = true;
    handshake(this.#socket, {
      secure: secure as SecureContext,
      clock,
      timeoutMs: limits.tlsHandshakeTimeoutMs,
    }).then(
      (socket) => {
        this.#busy = false;
        this.#socket = socket;
        this.#output = new Output(socket);
        this.#reader.discard();
        this.#listen(socket);
        ready();
      },
      (error: unknown) => {
        this.context.log.info({ client: this.address, error: String(error) }, 'a TLS handshake failed');
        this.#ended();
      },
    );
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      // What comes after the last word is read from the socket so that it can close, and thrown away.
      if (this.#isOver) return;
      this.#reader.feed(chunk);
      if (!this.#busy) this.#pump();
      else if (this.#reader.bufferedBytes > MAX_AHEAD_BYTES) socket.pause();
    });
    socket.on('error', () => this.#ended());
    socket.on('close', () => this.#ended());
    socket.on('end', () => {
      this.#inputEnded = true;
      if (!this.#busy) this.#pump();
    });
    socket.on('drain', () => {
      this.#output.drained();
      if (!this.#busy) this.#pump();
      this.#resume();
    });
  }

  #resume(): void {
    if (!this.#busy && !this.#output.isFull && this.#socket.isPaused()) this.#socket.resume();
  }

  #pump(): void {
    const { clock, limits } = this.context;
    while (!this.#isOver && !this.#busy) {
      if (this.#stopping) return this.end(CLOSING);
      // Goes on when the client has read.
      if (this.#output.isFull) {
        this.#output.noteFull(clock);
        this.#socket.pause();
        return;
      }
      const line = this.#reader.next(this.dialogue === undefined ? MAX_COMMAND_BYTES : MAX_DIALOGUE_BYTES);
      if (line.kind === 'need-more') {
        if (this.#inputEnded) return this.end('');
        break;
      }
      if (this.phase.kind === 'transaction') this.#deadline = clock.monotonic() + limits.idleTimeoutMs;
      const going = line.kind === 'line' ? this.#take(line.text) : this.#fault('This line is too long');
      if (going !== undefined) this.#wait(going);
    }
    this.#output.flush();
  }

  #wait(going: Promise<void>): void {
    this.#busy = true;
    this.#output.flush();
    going.then(() => {
      this.#busy = false;
      if (this.#isOver) return;
      if (this.phase.kind === 'transaction')
        this.#deadline = this.context.clock.monotonic() + this.context.limits.idleTimeoutMs;
      this.#pump();
      this.#resume();
    });
  }

  /** A promise when nothing else is to be taken before. */
  #take(text: string): Promise<void> | undefined {
    const { dialogue } = this;
    this.#hasSaid = false;
    if (dialogue !== undefined)
      return this.#answered(dialogue.respond(text).then((step) => answerLogin(this, step)));
    const parsed = parseCommand(text);
    if (!parsed.ok) return this.#fault(parsed.why);
    const { command } = parsed;
    const entry = handlers[command.verb];
    if (!entry.phases.includes(this.phase.kind))
      return this.#fault(
        this.phase.kind === 'authorization' ? 'Please log in first' : 'You have logged in already',
      );
    this.#errors = 0;
    const handle = entry.handle as (session: Pop3Handle, command: object) => Answer;
    return this.#answered(handle(this, command));
  }

  #answered(answer: Answer): Promise<void> | undefined {
    if (answer instanceof Promise)
      return answer.then(
        (line) => this.#say(line),
        (error: unknown) => this.#failed(error),
      );
    this.#say(answer);
    return undefined;
  }

  #say(line: string | undefined): void {
    if (line !== undefined) this.send(`${line}\r\n`);
  }

  /** What a client was told cannot be taken back: in the middle of an answer only the connection can say that it is not whole. */
  #failed(error: unknown): void {
    this.context.log.error({ error: String(error), client: this.address }, 'a POP3 command failed');
    this.dialogue = undefined;
    if (this.#hasSaid) this.destroy();
    else this.#say(TROUBLE);
  }

  #fault(why: string): undefined {
    this.send(`-ERR ${why}\r\n`);
    if (++this.#errors > this.context.limits.maxErrors) this.end('-ERR Too many errors\r\n');
  }

  #ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.dialogue = undefined;
    this.#output.end();
    this.#onEnd();
  }
}

const CLOSING = '-ERR [SYS/TEMP] The server is closing; please connect again\r\n';
