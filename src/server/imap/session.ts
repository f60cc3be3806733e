/**
 * One IMAP session: hands each command to its handler, one after the other, and writes what comes of it. The connection
 * below it is `conversation.ts`.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type CommandResult, parseCommand, type Verb } from '../../wire/imap/command.ts';
import { type Input, InputReader, type Refusal } from '../../wire/imap/input.ts';
import { formatStatus } from '../../wire/imap/response/status.ts';
import { Conversation, MAX_AHEAD_BYTES, type Talker } from '../conversation.ts';
import { AppendTaking } from './append.ts';
import { capabilities } from './capabilities.ts';
import { handlers } from './commands/table.ts';
import type { ImapContext } from './context.ts';
import {
  type Answer,
  bad,
  type Completion,
  type ImapHandle,
  type Listening,
  no,
  ok,
  UID_REQUIRED,
} from './handle.ts';
import { fetchMessages } from './fetch/messages.ts';
import { DeflatedStream } from './deflate.ts';
import { customerInput, STRANGER_INPUT } from './limits.ts';
import { DISMISSED, type OwnedSession, type Owner } from '../owners.ts';
import type { Phase, Waiting } from './phase.ts';
import type { Selected } from './selected.ts';
import type { Enabled, Telling } from './telling.ts';
import { answerLogin } from './auth.ts';

/** A refused literal that comes all the same and is longer than this is not worth its reading; octets. */
const MAX_SKIPPED_BYTES = 100 * 1024 * 1024;

export class ImapSession implements ImapHandle, OwnedSession, Talker {
  readonly context: ImapContext;
  readonly reader: InputReader;
  readonly lastWords = LAST_WORDS;
  readonly enabled: Enabled = { ...NOTHING_ENABLED };
  readonly #conversation: Conversation;
  #isCompressed = false;
  /** BAD in a row. */
  #errors = 0;
  #append: AppendTaking | undefined;
  /** What is being told, and what is to be told after it. */
  #telling = NOTHING_TOLD;
  phase: Phase = { kind: 'not-authenticated' };
  waiting: Waiting | undefined;
  notified: Listening | undefined;
  loginFailures = 0;
  tag = '';

  constructor(socket: Socket, context: ImapContext, onEnd: () => void) {
    this.context = context;
    this.reader = new InputReader(STRANGER_INPUT);
    this.#conversation = new Conversation(socket, this, { context, onEnd });
  }

  start(): void {
    this.#conversation.start(() => {
      const code = { kind: 'CAPABILITY', capabilities: capabilities(this) } as const;
      const text = `${this.context.hostname} is ready`;
      return formatStatus({ tag: '*', condition: 'OK', code, text });
    });
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

  /** A message is arriving. */
  get isMidway(): boolean {
    return this.#append !== undefined;
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

  get account(): Owner {
    if (this.phase.kind === 'not-authenticated') throw new Error('nobody has logged in');
    return this.phase.account;
  }

  get selected(): Selected {
    if (this.phase.kind !== 'selected') throw new Error('no mailbox is selected');
    return this.phase.selected;
  }

  send(piece: string | Buffer): void {
    this.#conversation.send(piece);
  }

  flush(): void {
    this.#conversation.flush();
  }

  room(): Promise<void> | undefined {
    return this.#conversation.room();
  }

  between(job: () => Promise<void>): void {
    this.#conversation.between(job);
  }

  end(last: string): void {
    this.#conversation.end(last);
  }

  upgrade(goAhead: string): void {
    this.#conversation.upgrade(goAhead);
  }

  get owner(): Owner | undefined {
    return this.phase.kind === 'not-authenticated' ? undefined : this.phase.account;
  }

  dismiss(why: keyof typeof DISMISSED): void {
    this.end(`* BYE [AUTHENTICATIONFAILED] ${DISMISSED[why]}\r\n`);
  }

  loggedIn({ id, address, password }: Owner): void {
    this.phase = { kind: 'authenticated', account: { id, address, password } };
    this.reader.limits = customerInput(this.context.limits);
    this.#conversation.allow(this.context.limits.idleTimeoutMs);
  }

  loggedOut(): void {
    this.leave();
    this.notified?.end();
    this.notified = undefined;
    this.phase = { kind: 'not-authenticated' };
    this.reader.limits = STRANGER_INPUT;
    this.reader.names = 'utf7';
    Object.assign(this.enabled, NOTHING_ENABLED);
    this.#conversation.awaitLogin();
  }

  get isCompressed(): boolean {
    return this.#isCompressed;
  }

  compress(goAhead: string): void {
    this.#isCompressed = true;
    this.#conversation.goAbove(goAhead, (under) => new DeflatedStream(under, this.reader.takeRest()));
  }

  leave(): void {
    if (this.phase.kind !== 'selected') return;
    this.notified?.follow(undefined);
    this.phase.selected.leave();
    this.phase = { kind: 'authenticated', account: this.phase.account };
  }

  /** One after the other: what is told while the client idles may not be over when it ends that. */
  tell(how: Telling): Promise<void> {
    const told = this.#telling.then(() => this.#tell(how));
    this.#telling = told.catch(() => undefined);
    return told;
  }

  async #tell(how: Telling): Promise<void> {
    if (this.phase.kind !== 'selected') return;
    const { selected } = this.phase;
    if (selected.live.isStale) await selected.live.refresh();
    if (selected.live.isGone) return this.end('* BYE The selected mailbox is not there any more\r\n');
    const wish = this.notified?.wishes.selected;
    const isWanted = this.notified === undefined || wish !== undefined || how.isAnswer === true;
    if (!selected.isBehind || !isWanted) return;
    if (how.expunges === 'told' && selected.hasGone && selected.contexts !== undefined)
      for (const piece of selected.contexts.withoutGone()) this.send(piece);
    const news = selected.news(this.enabled, wish === undefined ? how : { ...how, flags: wish.flags });
    let piece = news.next();
    while (piece.done !== true) {
      this.send(piece.value);
      await this.room();
      if (this.isOver) return;
      piece = news.next();
    }
    const [from, to] = piece.value;
    if (wish !== undefined && wish.fetch.length > 0 && from < to)
      await fetchMessages(this, selected, { ranges: [[from, to]], items: wish.fetch });
    await selected.contexts?.update();
  }

  take(): Promise<void> | 'nothing' | undefined {
    const input = this.reader.next();
    if (input.kind === 'need-more') return 'nothing';
    const { limits } = this.context;
    if (this.phase.kind !== 'not-authenticated')
      this.#conversation.allow(isMidway(input) ? limits.stallTimeoutMs : limits.idleTimeoutMs);
    return this.#take(input);
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
      return this.#settled(tag, verb, answer).catch((error: unknown) => this.#failed(tag, error));
    } catch (error) {
      return this.#failed(tag, error);
    }
  }

  async #settled(tag: string, verb: Verb, answer: Answer): Promise<void> {
    const { news } = handlers[verb];
    const completion = await answer;
    if (completion !== undefined && news !== 'none')
      await this.tell({ expunges: news, ...(REPLACING.has(verb) ? { isAnswer: true } : {}) });
    await this.#complete(tag, completion);
    this.notified?.afterCommand();
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

  over(): void {
    if (this.waiting?.kind === 'idle') this.waiting.end();
    this.waiting = undefined;
    this.#append?.drop();
    this.#append = undefined;
    this.leave();
    this.notified?.end();
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

/** What they take away is told as news (RFC 8508 3.2). */
const REPLACING = new Set<Verb>(['REPLACE', 'UID REPLACE']);

const LAST_WORDS = {
  closing: '* BYE The server is closing; please connect again\r\n',
  silent: '* BYE Nothing came for too long\r\n',
  broken: '* BYE Trouble on our side; please connect again\r\n',
};
/** One for all: thousands of sessions idle. */
const NOTHING_TOLD = Promise.resolve();

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
