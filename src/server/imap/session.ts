/**
 * One IMAP connection: reads the socket, hands each command to its handler, one after the other, and writes what comes of it.
 *
 * While a command is under way nothing further is read but a bounded piece of what the client sends ahead; a client that
 * leaves its responses unread is not read from, and no more is made for it. Waits have no timers: the listener looks at
 * all its sessions now and then (`look`).
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Account } from '../../core/directory/port.ts';
import { type CommandResult, parseCommand, type Verb } from '../../wire/imap/command.ts';
import { type Input, InputReader, type Refusal } from '../../wire/imap/input.ts';
import { formatStatus } from '../../wire/imap/response/status.ts';
import { addressOf, type Session } from '../sessions.ts';
import { handshake } from '../tls.ts';
import { AppendTaking } from './append.ts';
import { capabilities } from './capabilities.ts';
import { handlers } from './commands/table.ts';
import type { ImapContext } from './context.ts';
import { type Answer, bad, type Completion, type ImapHandle, no, ok, UID_REQUIRED } from './handle.ts';
import { DeflatedStream } from './deflate.ts';
import { customerInput, strangerInput } from './limits.ts';
import { Output } from '../output.ts';
import type { Phase, Waiting } from './phase.ts';
import type { Selected } from './selected.ts';
import type { Enabled, Telling } from './telling.ts';
import { answerLogin } from './auth.ts';

/** Octets of commands a client may send ahead while one is being worked on. */
const MAX_AHEAD_BYTES = 64 * 1024;
/** A refused literal that comes all the same and is longer than this is not worth its reading; octets. */
const MAX_SKIPPED_BYTES = 100 * 1024 * 1024;

export class ImapSession implements ImapHandle, Session {
  readonly context: ImapContext;
  readonly reader: InputReader;
  readonly address: string;
  readonly enabled: Enabled = { ...NOTHING_ENABLED };
  readonly #onEnd: () => void;
  #socket: Duplex;
  #output: Output;
  /** Below whatever compresses. */
  #tls: TLSSocket | undefined;
  #isCompressed = false;
  #busy = false;
  #isOver = false;
  /** The client has sent its last octet. */
  #inputEnded = false;
  #stopping = false;
  /** BAD in a row. */
  #errors = 0;
  /** When whoever has said nothing since is sent away, monotonic ms. */
  #deadline: number;
  #append: AppendTaking | undefined;
  /** What is being told, until it was. */
  #telling: Promise<void> | undefined;
  #unlisten: () => void = () => undefined;
  phase: Phase = { kind: 'not-authenticated' };
  waiting: Waiting | undefined;
  loginFailures = 0;
  tag = '';

  constructor(socket: Socket, context: ImapContext, onEnd: () => void) {
    this.context = context;
    this.reader = new InputReader(strangerInput());
    this.address = addressOf(socket);
    this.#socket = socket;
    this.#output = new Output(socket);
    this.#onEnd = onEnd;
    this.#deadline = context.clock.monotonic() + context.limits.loginTimeoutMs;
  }

  /** Greets the client and begins to read. */
  start(): void {
    if (this.context.implicitTls) return this.#secure(() => this.#greet());
    this.#listen(this.#socket);
    this.#greet();
  }

  shutDown(): void {
    this.#stopping = true;
    if (!this.#busy && this.#append === undefined) this.end(CLOSING);
  }

  destroy(): void {
    this.#socket.destroy();
    this.#ended();
  }

  /** To be called now and then: ends a session whose client has been silent for too long. */
  look(now: number): void {
    if (this.#isOver) return;
    if (this.#output.isFull) {
      this.#output.noteFull(this.context.clock);
      if (now - this.#output.fullSince > this.context.limits.stallTimeoutMs) this.destroy();
    } else if (!this.#busy && now > this.#deadline) this.end('* BYE Nothing came for too long\r\n');
  }

  get tlsSocket(): TLSSocket | undefined {
    return this.#tls;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get account(): Account {
    if (this.phase.kind === 'not-authenticated') throw new Error('nobody has logged in');
    return this.phase.account;
  }

  get selected(): Selected {
    if (this.phase.kind !== 'selected') throw new Error('no mailbox is selected');
    return this.phase.selected;
  }

  send(piece: string | Buffer): void {
    if (!this.#isOver) this.#output.add(piece);
  }

  flush(): void {
    this.#output.flush();
  }

  room(): Promise<void> | undefined {
    return this.#isOver ? undefined : this.#output.room(this.context.clock);
  }

  loggedIn(account: Account): void {
    this.phase = { kind: 'authenticated', account };
    this.reader.limits = customerInput(this.context.limits);
    this.#deadline = this.context.clock.monotonic() + this.context.limits.idleTimeoutMs;
  }

  loggedOut(): void {
    this.leave();
    this.phase = { kind: 'not-authenticated' };
    this.reader.limits = strangerInput();
    this.reader.names = 'utf7';
    Object.assign(this.enabled, NOTHING_ENABLED);
    this.#deadline = this.context.clock.monotonic() + this.context.limits.loginTimeoutMs;
  }

  get isCompressed(): boolean {
    return this.#isCompressed;
  }

  compress(goAhead: string): void {
    this.send(goAhead);
    this.flush();
    const under = this.#socket;
    this.#unlisten();
    const stream = new DeflatedStream(under, this.reader.takeRest());
    this.#socket = stream;
    this.#isCompressed = true;
    this.#output = new Output(stream);
    this.#listen(stream);
  }

  leave(): void {
    if (this.phase.kind !== 'selected') return;
    this.phase.selected.leave();
    this.phase = { kind: 'authenticated', account: this.phase.account };
  }

  async tell(how: Telling): Promise<void> {
    // What is told while the client idles may not be over when it ends that.
    while (this.#telling !== undefined) await this.#telling;
    const telling = this.#tell(how);
    const over = telling.then(
      () => undefined,
      () => undefined,
    );
    this.#telling = over;
    try {
      await telling;
    } finally {
      if (this.#telling === over) this.#telling = undefined;
    }
  }

  async #tell(how: Telling): Promise<void> {
    if (this.phase.kind !== 'selected') return;
    const { selected } = this.phase;
    if (selected.live.isStale) await selected.live.refresh();
    if (selected.live.isGone) return this.end('* BYE The selected mailbox is not there any more\r\n');
    if (!selected.isBehind) return;
    for (const piece of selected.news(this.enabled, how)) {
      this.send(piece);
      await this.room();
      if (this.#isOver) return;
    }
  }

  upgrade(goAhead: string): void {
    this.send(goAhead);
    this.flush();
    this.#unlisten();
    this.#secure(() => undefined);
  }

  #secure(ready: () => void): void {
    const { secure, limits, clock } = this.context;
    this.#busy = true;
    handshake(this.#socket as Socket, {
      secure: secure as SecureContext,
      clock,
      timeoutMs: limits.tlsHandshakeTimeoutMs,
    }).then(
      (socket) => {
        this.#busy = false;
        this.#socket = socket;
        this.#tls = socket;
        this.#output = new Output(socket);
        this.reader.discard();
        this.#listen(socket);
        ready();
      },
      (error: unknown) => {
        this.context.log.info({ client: this.address, error: String(error) }, 'a TLS handshake failed');
        this.#ended();
      },
    );
  }

  #greet(): void {
    const code = { kind: 'CAPABILITY', capabilities: capabilities(this) } as const;
    this.send(formatStatus({ tag: '*', condition: 'OK', code, text: `${this.context.hostname} is ready` }));
    this.flush();
  }

  #listen(socket: Duplex): void {
    const handlers = {
      data: (chunk: Buffer) => {
        // What comes after the last word is read from the socket so that it can close, and thrown away.
        if (this.#isOver) return;
        this.reader.feed(chunk);
        if (!this.#busy) this.#pump();
        else if (this.reader.bufferedBytes > MAX_AHEAD_BYTES) socket.pause();
      },
      error: () => this.#ended(),
      close: () => this.#ended(),
      end: () => {
        this.#inputEnded = true;
        if (!this.#busy) this.#pump();
      },
      drain: () => {
        this.#output.drained();
        if (!this.#busy) this.#pump();
        this.#resume();
      },
    };
    for (const [event, handler] of Object.entries(handlers)) socket.on(event, handler);
    this.#unlisten = () => {
      for (const [event, handler] of Object.entries(handlers)) socket.off(event, handler);
    };
  }

  #resume(): void {
    if (!this.#busy && !this.#output.isFull && this.#socket.isPaused()) this.#socket.resume();
  }

  #pump(): void {
    const { clock, limits } = this.context;
    while (!this.#isOver) {
      if (this.#stopping && this.#append === undefined) return this.end(CLOSING);
      // Goes on when the client has read.
      if (this.#output.isFull) {
        this.#output.noteFull(clock);
        this.#socket.pause();
        return;
      }
      const input = this.reader.next();
      if (input.kind === 'need-more') {
        if (this.#inputEnded) return this.end('');
        break;
      }
      if (this.phase.kind !== 'not-authenticated')
        this.#deadline = clock.monotonic() + (isMidway(input) ? limits.stallTimeoutMs : limits.idleTimeoutMs);
      const going = this.#take(input);
      if (going instanceof Promise) return this.#wait(going);
    }
    this.flush();
  }

  #wait(going: Promise<void>): void {
    this.#busy = true;
    this.flush();
    going
      .catch((error: unknown) => {
        this.context.log.error({ error: String(error), client: this.address }, 'an IMAP session broke');
        this.end('* BYE Trouble on our side; please connect again\r\n');
      })
      .then(() => {
        this.#busy = false;
        if (this.#isOver) return this.#cleanUp();
        this.#pump();
        this.#resume();
      });
  }

  /** A promise when nothing else is to be taken before. */
  #take(input: Exclude<Input, { kind: 'need-more' }>): Promise<void> | undefined {
    switch (input.kind) {
      case 'command':
        return this.#command(input);
      case 'continue':
        this.send('+ Ready\r\n');
        return undefined;
      case 'refusal':
        return this.#refused(input);
      case 'message':
        this.#append ??= new AppendTaking(this);
        return this.#announced(this.#append, input);
      case 'octets':
        return this.#append?.octets(input.bytes);
      case 'message-end':
        this.#append?.messageEnd();
        return undefined;
      case 'line':
        return this.#line(input.text);
      case 'line-too-long':
        return this.#line('*');
      default:
        return input satisfies never;
    }
  }

  async #announced(append: AppendTaking, input: Extract<Input, { kind: 'message' }>): Promise<void> {
    const answer = await append.announced(input);
    if (answer === undefined) return;
    this.#append = undefined;
    await this.#complete(input.tag, answer);
  }

  #command(input: Extract<Input, { kind: 'command' }>): Promise<void> | undefined {
    const { tag } = input;
    const { append } = input;
    if (append !== undefined) {
      const taking = this.#append ?? new AppendTaking(this);
      this.#append = undefined;
      return this.#settle(tag, append.verb, () => taking.end(append));
    }
    const parsed = parseCommand(input, this.reader.names);
    if (!parsed.ok) return this.#complete(tag, syntaxFault(parsed));
    const { command } = parsed;
    const entry = handlers[command.verb];
    const isLegal = (entry.phases as readonly string[]).includes(this.phase.kind);
    if (!isLegal) return this.#complete(tag, bad(wrongPhase(this.phase.kind)));
    if (this.enabled.uidOnly && BY_NUMBER.has(command.verb)) return this.#complete(tag, UID_REQUIRED);
    const handle = entry.handle as (session: ImapHandle, command: object, tag: string) => Answer;
    return this.#settle(tag, command.verb, () => handle(this, command, tag));
  }

  /** Runs a command, tells what others did meanwhile as far as it may, and completes it. */
  #settle(tag: string, verb: Verb, run: () => Answer): Promise<void> | undefined {
    const { news } = handlers[verb];
    this.tag = tag;
    try {
      const answer = run();
      if (!(answer instanceof Promise) && (news === 'none' || !this.#hasNews))
        return this.#complete(tag, answer);
      return this.#settled(tag, news, answer).catch((error: unknown) => this.#failed(tag, error));
    } catch (error) {
      return this.#failed(tag, error);
    }
  }

  async #settled(tag: string, news: 'none' | Telling['expunges'], answer: Answer): Promise<void> {
    const completion = await answer;
    if (completion !== undefined && news !== 'none') await this.tell({ expunges: news });
    await this.#complete(tag, completion);
  }

  #failed(tag: string, error: unknown): Promise<void> | undefined {
    this.context.log.error({ error: String(error), client: this.address }, 'an IMAP command failed');
    return this.#complete(tag, no('Trouble on our side; please try again later', { kind: 'SERVERBUG' }));
  }

  get #hasNews(): boolean {
    return this.phase.kind === 'selected' && this.phase.selected.isBehind;
  }

  /** Writes how a command ended. */
  #complete(tag: string, completion: Completion | undefined): Promise<void> | undefined {
    if (completion === undefined) return undefined;
    this.send(formatStatus({ tag, ...completion }));
    if (completion.condition !== 'BAD') this.#errors = 0;
    else if (++this.#errors > this.context.limits.maxErrors) this.end('* BYE Too many errors\r\n');
    return undefined;
  }

  #refused({ tag, status, code, text, unaskedBytes }: Refusal): Promise<void> | undefined {
    this.#append?.drop();
    this.#append = undefined;
    const most = this.phase.kind === 'not-authenticated' ? MAX_AHEAD_BYTES : MAX_SKIPPED_BYTES;
    void this.#complete(tag, {
      condition: status,
      text,
      ...(code === undefined ? {} : { code: { kind: code } }),
    });
    if (unaskedBytes > most) this.end('* BYE So long a literal is not read\r\n');
    return undefined;
  }

  #line(text: string): Promise<void> | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) return this.#complete('*', bad('Nobody waits for this line'));
    if (waiting.kind === 'idle') {
      waiting.end();
      const isDone = text.toUpperCase() === 'DONE';
      return this.#settle(waiting.tag, 'IDLE', () =>
        isDone ? ok('Idle is over') : bad('IDLE ends with DONE'),
      );
    }
    return waiting.dialogue
      .respond(text)
      .then((step) => this.#complete(waiting.tag, answerLogin(this, { ...waiting, step })));
  }

  end(last: string): void {
    if (this.#isOver) return;
    this.send(last);
    this.flush();
    const { clock } = this.context;
    const socket = this.#socket;
    socket.end();
    this.#ended();
    // A client that never closes does not keep the socket.
    const timer = clock.after(5_000, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    socket.resume();
  }

  #ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#output.end();
    if (!this.#busy) this.#cleanUp();
    this.#onEnd();
  }

  #cleanUp(): void {
    if (this.waiting?.kind === 'idle') this.waiting.end();
    this.waiting = undefined;
    this.#append?.drop();
    this.#append = undefined;
    this.leave();
  }
}

/** More of it has to come soon. */
function isMidway({ kind }: Input): boolean {
  return kind === 'octets' || kind === 'message' || kind === 'continue';
}

const NOTHING_ENABLED: Enabled = {
  rev2: false,
  utf8: false,
  condStore: false,
  qresync: false,
  uidOnly: false,
};
/** Commands that name messages by their numbers, or are answered by them. */
const BY_NUMBER = new Set<Verb>(['FETCH', 'STORE', 'SEARCH', 'COPY', 'MOVE', 'SORT', 'THREAD']);

const CLOSING = '* BYE The server is closing; please connect again\r\n';

function syntaxFault(result: Extract<CommandResult, { ok: false }>): Completion {
  if (result.kind === 'charset')
    return no(result.why, { kind: 'BADCHARSET', charsets: ['UTF-8', 'US-ASCII'] });
  return bad(result.why);
}

function wrongPhase(phase: Phase['kind']): string {
  switch (phase) {
    case 'not-authenticated':
      return 'Please log in first';
    case 'authenticated':
      return 'This is not a command for now: log in before, select a mailbox for what it needs';
    case 'selected':
      return 'You have logged in already';
    default:
      return phase satisfies never;
  }
}
