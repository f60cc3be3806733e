/**
 * A far end: an SMTP server that keeps nothing and answers by the address it is asked for, so that a person or a test
 * can see what Relais does with each answer. It can be taken down and brought up again.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { InputReader } from '../wire/smtp/input.ts';

export interface ReceivedMessage {
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly bytes: Buffer;
  /** The connection it came over, counted from 1, and the address that it came from. */
  readonly connection: number;
  readonly client: string;
}

export interface FarEnd {
  readonly port: number;
  readonly received: readonly ReceivedMessage[];
  readonly connections: number;
  readonly up: boolean;
  /** Stops listening and breaks every connection, as a dead machine would. */
  takeDown(): Promise<void>;
  bringUp(): Promise<void>;
  close(): Promise<void>;
}

export interface FarEndOptions {
  /** Default 127.0.0.1; `0.0.0.0` for all of loopback. */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The reply to RCPT for an address; called once per RCPT. Default: `byLocalPart`. */
  readonly answer?: (address: string, asked: number) => string;
  /** The greeting; 220 unless given. */
  readonly greet?: () => string;
  /** The reply to MAIL from an address, said by who connects from `client`; 250 unless given. A 421 closes the connection. */
  readonly mail?: (address: string, client: string) => string;
  readonly onMessage?: (message: ReceivedMessage) => void;
  /** EHLO keywords. */
  readonly offers?: readonly string[];
  /** Messages kept in `received` at most; older ones are forgotten. */
  readonly keep?: number;
}

const OFFERS = ['PIPELINING', 'SIZE 52428800', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
const OK = '250 2.1.5 Ok';

/** What each local part gets; anything else is accepted. `asked` counts from 1. */
function byLocalPart(address: string, asked: number): string {
  const [local = ''] = address.toLowerCase().split('@');
  switch (local) {
    case 'later':
      return asked <= 2 ? '450 4.2.0 Greylisted, please try again in a few seconds' : OK;
    case 'full':
      return '452 4.2.2 The mailbox is full';
    case 'nobody':
      return '550 5.1.1 There is no such mailbox here';
    case 'refused':
      return '550 5.7.1 This message is not wanted here';
    case 'busy':
      return '421 4.3.2 The far end is closing for now';
    default:
      return OK;
  }
}

/** Starts it, on this machine. */
export async function startFarEnd(options: FarEndOptions): Promise<FarEnd> {
  const running = new RunningFarEnd(options);
  await running.bringUp();
  return running;
}

class RunningFarEnd implements FarEnd {
  readonly #options: FarEndOptions;
  readonly #asked = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly received: ReceivedMessage[] = [];
  connections = 0;
  port: number;
  #server: Server | undefined;

  constructor(options: FarEndOptions) {
    this.#options = options;
    this.port = options.port;
  }

  get up(): boolean {
    return this.#server !== undefined;
  }

  async bringUp(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((socket) => this.#take(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, this.#options.host ?? '127.0.0.1', resolve);
    });
    this.#server = server;
    const bound = server.address();
    if (bound !== null && typeof bound === 'object') this.port = bound.port;
  }

  async takeDown(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  close(): Promise<void> {
    return this.takeDown();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    const connection = ++this.connections;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    const client = socket.remoteAddress ?? '';
    const session = new FarEndSession({
      offers: this.#options.offers ?? OFFERS,
      answer: (address) => this.#answer(address),
      mail: (address) => this.#options.mail?.(address, client) ?? '250 2.1.0 Ok',
      keep: (message) => this.#keep({ ...message, connection, client }),
    });
    const greeting = this.#options.greet?.() ?? '220 far.demo.example ESMTP';
    socket.write(`${greeting}\r\n`);
    if (!greeting.startsWith('220')) {
      socket.end();
      return;
    }
    socket.on('data', (chunk: Buffer) => {
      const { text, close } = session.feed(chunk);
      if (text !== '') socket.write(text);
      if (close) socket.end();
    });
  }

  #answer(address: string): string {
    const asked = (this.#asked.get(address) ?? 0) + 1;
    this.#asked.set(address, asked);
    return (this.#options.answer ?? byLocalPart)(address, asked);
  }

  #keep(message: ReceivedMessage): void {
    this.received.push(message);
    if (this.received.length > (this.#options.keep ?? 10_000)) this.received.shift();
    this.#options.onMessage?.(message);
  }
}

interface SessionPorts {
  readonly offers: readonly string[];
  answer(address: string): string;
  mail(address: string): string;
  keep(message: Omit<ReceivedMessage, 'connection' | 'client'>): void;
}

class FarEndSession {
  readonly #ports: SessionPorts;
  readonly #reader = new InputReader({
    commandLineBytes: 4096,
    authLineBytes: 12_288,
    textLineBytes: 1_000_000,
  });
  #reversePath: string | undefined;
  #recipients: string[] = [];
  #content: Buffer[] | undefined;
  #lastChunk = true;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  feed(chunk: Buffer): { text: string; close: boolean } {
    this.#reader.feed(chunk);
    let text = '';
    for (;;) {
      const input = this.#reader.next();
      switch (input.kind) {
        case 'need-more':
          return { text, close: false };
        case 'content':
          this.#content?.push(Buffer.from(input.bytes));
          break;
        case 'content-end':
          if (this.#lastChunk) text += this.#end();
          else text += '250 2.0.0 Ok\r\n';
          break;
        case 'bad-line':
          text += '500 5.5.2 Bad line\r\n';
          break;
        case 'line': {
          const reply = this.#command(input.text);
          text += reply === '' ? '' : `${reply}\r\n`;
          if (/^(221|421)/.test(reply)) return { text, close: true };
          break;
        }
        default:
          input satisfies never;
      }
    }
  }

  #end(): string {
    const bytes = Buffer.concat(this.#content ?? []);
    const accepted = this.#recipients.length > 0;
    if (accepted)
      this.#ports.keep({ reversePath: this.#reversePath ?? '', recipients: this.#recipients, bytes });
    this.#reset();
    return accepted ? '250 2.0.0 Ok: taken\r\n' : '554 5.5.1 No valid recipients\r\n';
  }

  #reset(): void {
    this.#reversePath = undefined;
    this.#recipients = [];
    this.#content = undefined;
  }

  #mail(address: string): string {
    this.#reset();
    const reply = this.#ports.mail(address);
    if (reply.startsWith('2')) this.#reversePath = address;
    return reply;
  }

  #command(line: string): string {
    const verb = line.split(' ')[0]?.toUpperCase();
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    switch (verb) {
      case 'EHLO':
        return [
          '250-far.demo.example',
          ...this.#ports.offers.map((offer) => `250-${offer}`),
          '250 HELP',
        ].join('\r\n');
      case 'HELO':
        return '250 far.demo.example';
      case 'MAIL':
        return this.#mail(address);
      case 'RCPT': {
        if (this.#reversePath === undefined) return '503 5.5.1 MAIL first';
        const reply = this.#ports.answer(address);
        if (reply.startsWith('2')) this.#recipients.push(address);
        return reply;
      }
      case 'DATA':
        if (this.#recipients.length === 0) return '554 5.5.1 No valid recipients';
        this.#content = [];
        this.#lastChunk = true;
        this.#reader.beginData();
        return '354 Go ahead';
      case 'BDAT': {
        const [, size, last] = line.split(' ');
        this.#content ??= [];
        this.#lastChunk = last?.toUpperCase() === 'LAST';
        this.#reader.beginChunk(Number(size));
        return '';
      }
      case 'RSET':
        this.#reset();
        return '250 2.0.0 Ok';
      case 'NOOP':
        return '250 2.0.0 Ok';
      case 'QUIT':
        return '221 2.0.0 Goodbye';
      default:
        return '500 5.5.1 Command not recognised';
    }
  }
}
