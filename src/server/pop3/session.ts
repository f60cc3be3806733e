/**
 * One POP3 session: hands each command to its handler, one after the other, and writes what comes of it. The connection
 * below it is `conversation.ts`. When it breaks or is silent for too long, nothing is deleted.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { MAX_COMMAND_BYTES, parseCommand } from '../../wire/pop3/command.ts';
import { LineReader } from '../../wire/pop3/line-reader.ts';
import { Conversation, type Talker } from '../conversation.ts';
import type { LoginDialogue } from '../login.ts';
import { DISMISSED, type OwnedSession, type Owner } from '../owners.ts';
import { answerLogin } from './commands/login.ts';
import { handlers } from './commands/table.ts';
import type { Pop3Context } from './context.ts';
import { type Answer, type Phase, type Pop3Handle, TROUBLE } from './handle.ts';
import type { Maildrop } from './maildrop.ts';

/** Octets of a line of a login dialogue with its end: what SMTP allows (RFC 4954 section 4). */
const MAX_DIALOGUE_BYTES = 12_288;

export class Pop3Session implements Pop3Handle, OwnedSession, Talker {
  readonly context: Pop3Context;
  readonly reader = new LineReader();
  readonly lastWords = LAST_WORDS;
  readonly isMidway = false;
  readonly #conversation: Conversation;
  /** -ERR in a row. */
  #errors = 0;
  /** Something of the answer to the command that is under way. */
  #hasSaid = false;
  phase: Phase = { kind: 'authorization' };
  dialogue: LoginDialogue | undefined;
  loginFailures = 0;

  constructor(socket: Socket, context: Pop3Context, onEnd: () => void) {
    this.context = context;
    this.#conversation = new Conversation(socket, this, { context, onEnd });
  }

  start(): void {
    this.#conversation.start(() => `+OK ${this.context.hostname} is ready\r\n`);
  }

  shutDown(): void {
    this.#conversation.shutDown();
  }

  destroy(): void {
    this.#conversation.destroy();
  }

  look(now: number): void {
    this.#conversation.look(now);
  }

  get address(): string {
    return this.#conversation.address;
  }

  get tlsSocket(): TLSSocket | undefined {
    return this.#conversation.tls;
  }

  get isOver(): boolean {
    return this.#conversation.isOver;
  }

  get aheadBytes(): number {
    return this.reader.bufferedBytes;
  }

  get owner(): Owner | undefined {
    return this.phase.kind === 'transaction' ? this.phase.account : undefined;
  }

  dismiss(why: keyof typeof DISMISSED): void {
    this.end(`-ERR [AUTH] ${DISMISSED[why]}\r\n`);
  }

  loggedIn({ id, address, password }: Owner, maildrop: Maildrop): void {
    this.phase = { kind: 'transaction', account: { id, address, password }, maildrop };
    this.#conversation.allow(this.context.limits.idleTimeoutMs);
  }

  get maildrop(): Maildrop {
    if (this.phase.kind !== 'transaction') throw new Error('nobody has logged in');
    return this.phase.maildrop;
  }

  send(piece: string | Buffer): void {
    this.#hasSaid = true;
    this.#conversation.send(piece);
  }

  room(): Promise<void> | undefined {
    return this.#conversation.room();
  }

  upgrade(goAhead: string): void {
    this.#conversation.upgrade(goAhead);
  }

  end(last: string): void {
    this.#conversation.end(last);
  }

  over(): void {
    this.dialogue = undefined;
  }

  take(): Promise<void> | 'nothing' | undefined {
    const line = this.reader.next(this.dialogue === undefined ? MAX_COMMAND_BYTES : MAX_DIALOGUE_BYTES);
    if (line.kind === 'need-more') return 'nothing';
    if (this.phase.kind === 'transaction') this.#conversation.allow(this.context.limits.idleTimeoutMs);
    return line.kind === 'line' ? this.#take(line.text) : this.#fault('This line is too long');
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
}

const LAST_WORDS = {
  closing: '-ERR [SYS/TEMP] The server is closing; please connect again\r\n',
  silent: '-ERR Nothing came for too long\r\n',
  broken: '-ERR [SYS/TEMP] Trouble on our side; please connect again\r\n',
};
