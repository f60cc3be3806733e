/**
 * One SMTP connection: reads the socket, hands each command to its handler, writes the replies in order.
 *
 * Replies to pipelined commands are gathered and written at once (RFC 2920). While a handler waits for something the
 * session reads nothing further, so a client can never make it hold more than one piece of its input.
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Timer } from '../../base/clock.ts';
import { Deadline } from '../../base/deadline.ts';
import type { ClientFacts } from '../../core/intake/session.ts';
import type { Account } from '../../core/directory/port.ts';
import { type Command, parseCommand } from '../../wire/smtp/command.ts';
import { type Input, InputReader } from '../../wire/smtp/input.ts';
import { formatReply, type Reply, reply } from '../../wire/smtp/reply.ts';
import { handlers } from './commands/table.ts';
import { contentEnded, takeContent } from './content.ts';
import type { SessionContext } from './context.ts';
import type { Answer, SmtpHandle } from './handle.ts';
import type { Phase } from './phase.ts';
import { BAD_SEQUENCE, goodbye, INTERNAL, syntaxReply } from './replies.ts';
import { addressOf } from '../sessions.ts';
import { handshake, tlsName } from '../tls.ts';

/** Octets of replies a client may leave unread before it is no longer read from. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** Octets of commands a client may send ahead while one is being worked on. */
const MAX_AHEAD_BYTES = 64 * 1024;

export class SmtpSession implements SmtpHandle {
  readonly context: SessionContext;
  readonly reader: InputReader;
  readonly #deadline: Deadline;
  /** When the session has lasted long enough, monotonic ms. */
  readonly #endsAt: number;
  readonly #onEnd: () => void;
  #socket: Socket;
  #out = '';
  #busy = false;
  #ended = false;
  /** The client has sent its last octet: it may still read (RFC 1122 4.2.2.13). */
  #inputEnded = false;
  #stopping = false;
  /** Present until the greeting, while nothing may come. */
  #greeting: Timer | undefined;
  #commands = 0;
  #errors = 0;
  phase: Phase = { kind: 'new' };
  client: ClientFacts;
  transactions = 0;
  loginFailures = 0;

  constructor(socket: Socket, context: SessionContext, onEnd: () => void) {
    this.context = context;
    this.reader = new InputReader(context.limits);
    this.#socket = socket;
    this.#onEnd = onEnd;
    this.#endsAt = context.clock.monotonic() + context.limits.sessionTimeoutMs;
    this.#deadline = new Deadline(context.clock, () => this.#timedOut());
    const address = addressOf(socket);
    this.client = { kind: context.kind, address, mayRelay: context.mayRelay(address), esmtp: false };
  }

  /** Greets the client and begins to read. */
  start(): void {
    if (this.context.implicitTls) return this.#secure(() => this.#greet());
    this.#listen(this.#socket);
    const { clock, limits } = this.context;
    if (this.client.kind !== 'mx' || this.client.mayRelay || limits.greetingDelayMs === 0)
      return this.#greet();
    this.#greeting = clock.after(limits.greetingDelayMs, () => {
      this.#greeting = undefined;
      this.#greet();
    });
  }

  /** Ends because the server stops; a message that is under way may be finished first. */
  shutDown(): void {
    this.#stopping = true;
    if (!this.#busy && this.phase.kind !== 'content' && this.phase.kind !== 'chunks') this.#finish(CLOSING);
  }

  /** Ends at once. */
  destroy(): void {
    this.#socket.destroy();
    this.#end();
  }

  /** The TLS socket, for channel binding; undefined in the clear. */
  get tlsSocket(): TLSSocket | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket : undefined;
  }

  /** Says `goAhead` in the clear, then goes on over TLS; what the client said before is forgotten (RFC 3207 4.2). */
  upgrade(goAhead: Reply): void {
    this.#send(goAhead);
    this.#flush();
    this.#socket.removeAllListeners();
    this.#secure(() => undefined);
  }

  #secure(ready: () => void): void {
    const { secure, limits, clock } = this.context;
    this.#busy = true;
    this.#deadline.clear();
    handshake(this.#socket, {
      secure: secure as SecureContext,
      clock,
      timeoutMs: limits.tlsHandshakeTimeoutMs,
    }).then(
      (socket) => {
        this.#busy = false;
        this.#socket = socket;
        this.reader.discard();
        this.phase = { kind: 'new' };
        const { address, kind, mayRelay } = this.client;
        this.client = { kind, address, mayRelay, esmtp: false, tls: tlsName(socket) };
        this.#listen(socket);
        this.#allow(limits.commandTimeoutMs);
        ready();
      },
      (error: unknown) => {
        this.#busy = false;
        this.context.log.info(
          { client: this.client.address, error: String(error) },
          'a TLS handshake failed',
        );
        this.#end();
      },
    );
  }

  #greet(): void {
    this.#send(
      reply(
        220,
        undefined,
        `${this.context.hostname} ${this.context.kind === 'lmtp' ? 'LMTP' : 'ESMTP'} Relais`,
      ),
    );
    this.#flush();
    this.#allow(this.context.limits.greetingTimeoutMs);
  }

  greeted(helo: string, how: 'esmtp' | 'smtp'): void {
    this.client = { ...this.client, helo, esmtp: how === 'esmtp' };
    this.resetTransaction();
  }

  loggedIn(account: Account): void {
    this.client = { ...this.client, account };
    this.phase = { kind: 'ready' };
  }

  /** Drops what was begun: RSET, EHLO, the end of a message. */
  resetTransaction(): void {
    if (this.phase.kind === 'content' || this.phase.kind === 'chunks') this.phase.arriving.content.drop();
    // A refused BDAT does not replace the greeting.
    this.phase = this.client.helo === undefined ? { kind: 'new' } : { kind: 'ready' };
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      // What comes after the last reply is read from the socket so that it can close, and thrown away.
      if (this.#ended) return;
      if (this.#greeting !== undefined) return this.#finish(TOO_EARLY);
      this.reader.feed(chunk);
      if (!this.#busy) this.#pump();
      else if (this.reader.bufferedBytes > MAX_AHEAD_BYTES) socket.pause();
    });
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
    socket.on('end', () => {
      this.#inputEnded = true;
      if (!this.#busy) this.#pump();
    });
    socket.on('drain', () => {
      if (!this.#busy) this.#pump();
      this.#resume();
    });
  }

  #pump(): void {
    while (!this.#ended) {
      if (this.#stopping && this.phase.kind === 'ready') return this.#finish(CLOSING);
      if (this.#out.length > MAX_UNREAD_BYTES) this.#flush();
      // Goes on when the client has read.
      if (this.#unread) return;
      const input = this.reader.next();
      if (input.kind === 'need-more') {
        if (this.#inputEnded) this.#finish();
        break;
      }
      const answer = this.#answer(input);
      if (answer instanceof Promise) return this.#wait(answer);
      if (answer !== undefined) this.#send(answer);
    }
    this.#flush();
  }

  #wait(answer: Promise<Reply | undefined>): void {
    this.#busy = true;
    this.#deadline.clear();
    this.#flush();
    answer
      .catch((error: unknown) => {
        this.context.log.error(
          { error: String(error), client: this.client.address },
          'an SMTP command failed',
        );
        return INTERNAL;
      })
      .then((settled) => {
        this.#busy = false;
        if (this.#ended) return this.resetTransaction();
        const { commandTimeoutMs, dataTimeoutMs } = this.context.limits;
        this.#allow(this.phase.kind === 'content' ? dataTimeoutMs : commandTimeoutMs);
        if (settled !== undefined) this.#send(settled);
        this.#pump();
        this.#resume();
      });
  }

  /** The client leaves its replies unread. */
  get #unread(): boolean {
    return this.#socket.writableLength > MAX_UNREAD_BYTES;
  }

  #resume(): void {
    if (!this.#busy && !this.#unread && this.#socket.isPaused()) this.#socket.resume();
  }

  /** The client has this long to send something, and no longer than the session may last. */
  #allow(ms: number): void {
    this.#deadline.set(Math.max(0, Math.min(ms, this.#endsAt - this.context.clock.monotonic())));
  }

  #answer(input: Exclude<Input, { kind: 'need-more' }>): Answer {
    switch (input.kind) {
      case 'content':
        this.#allow(this.context.limits.dataTimeoutMs);
        return takeContent(this, input.bytes);
      case 'content-end':
        return contentEnded(this, input.fault);
      case 'bad-line':
        // RFC 4954 4: a login whose line is refused is over.
        if (this.phase.kind === 'auth') this.phase = { kind: 'ready' };
        return badLine(input.why);
      case 'line':
        this.#allow(this.context.limits.commandTimeoutMs);
        return this.#line(input.text);
      default:
        return input satisfies never;
    }
  }

  #line(text: string): Answer {
    const { limits, clock } = this.context;
    if (++this.#commands > limits.maxCommands) return goodbye('4.7.0', 'Too many commands in one session');
    if (clock.monotonic() >= this.#endsAt) return LONG_ENOUGH;
    if (this.phase.kind === 'auth') return this.phase.dialogue.respond(text);
    const parsed = parseCommand(text);
    if (!parsed.ok) return syntaxReply(parsed);
    return this.#dispatch(parsed.command);
  }

  #dispatch(command: Command): Answer {
    const entry = handlers[command.verb];
    if (!(entry.phases as readonly string[]).includes(this.phase.kind)) return BAD_SEQUENCE;
    return (entry.handle as (session: SmtpHandle, command: Command) => Answer)(this, command);
  }

  #send(answer: Reply): void {
    this.#out += formatReply(answer);
    if (answer.code >= 500 && !answer.close && ++this.#errors > this.context.limits.maxErrors) {
      this.#finish(goodbye('4.7.0', 'Too many errors'));
    } else if (answer.close) this.#finish();
  }

  #finish(last?: Reply): void {
    if (this.#ended) return;
    if (last !== undefined) this.#out += formatReply(last);
    this.#flush();
    this.#socket.end();
    this.#end();
    // A client that never closes does not keep the socket.
    const { clock } = this.context;
    const socket = this.#socket;
    const timer = clock.after(5_000, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    socket.resume();
  }

  #flush(): void {
    if (this.#out === '' || this.#socket.destroyed) return;
    const text = this.#out;
    this.#out = '';
    this.#socket.write(text);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#socket.pause();
  }

  #timedOut(): void {
    const { clock } = this.context;
    this.#finish(
      clock.monotonic() >= this.#endsAt
        ? LONG_ENOUGH
        : goodbye('4.4.2', 'Nothing came for too long; closing the connection'),
    );
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline.end();
    this.#greeting?.cancel();
    if (!this.#busy) this.resetTransaction();
    this.#onEnd();
  }
}

const CLOSING = goodbye('4.3.2', 'The service is closing; please try again later');
const TOO_EARLY: Reply = {
  code: 554,
  enhanced: '5.5.1',
  lines: ['A client waits for the greeting (RFC 5321 3.1)'],
  close: true,
};
const LONG_ENOUGH = goodbye('4.7.0', 'This session has lasted long enough; please connect again');

function badLine(why: 'bare-newline' | 'nul' | 'too-long'): Reply {
  switch (why) {
    case 'bare-newline':
      // What follows may be a smuggled command: the session ends here.
      return {
        code: 521,
        enhanced: '5.5.2',
        lines: ['Lines end with CRLF; a bare CR or LF is refused'],
        close: true,
      };
    case 'nul':
      return { code: 521, enhanced: '5.5.2', lines: ['NUL in a command'], close: true };
    case 'too-long':
      return reply(500, '5.5.6', 'Command line too long');
    default:
      return why satisfies never;
  }
}
