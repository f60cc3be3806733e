/** A client for tests: says exactly what it is told to, octet by octet when asked, and reads the replies. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { type ParsedReply, ReplyReader } from '../src/wire/smtp/reply.ts';

export interface DialogueOptions {
  readonly port: number;
  /** Where it comes from; any 127.x.y.z. */
  readonly from?: string;
  /** How long it waits for a reply or the end of the connection before the test fails, ms. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;

export class Dialogue {
  readonly #patienceMs: number;
  #socket: Socket;
  #reader = new ReplyReader();
  readonly #replies: ParsedReply[] = [];
  #ended = false;
  #broken: string | undefined;
  #waiting: (() => void) | undefined;
  readonly #said: string[] = [];

  private constructor(socket: Socket, patienceMs: number) {
    this.#socket = socket;
    this.#patienceMs = patienceMs;
    this.#listen(socket);
  }

  /** Connects; the greeting is not read yet. */
  static open(options: DialogueOptions): Promise<Dialogue> {
    return new Promise((resolve, reject) => {
      const { port, from } = options;
      const socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        allowHalfOpen: true,
        ...(from === undefined ? {} : { localAddress: from }),
      });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Dialogue(socket, options.patienceMs ?? PATIENCE_MS));
      });
    });
  }

  /** Text is sent as Latin-1: one character, one octet. Resolves when the system has taken it. */
  send(data: string | Buffer): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    this.#said.push(bytes.subarray(0, 60).toString('latin1'));
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** Each octet in a packet of its own. */
  async sendByOctet(text: string): Promise<void> {
    for (const byte of Buffer.from(text, 'latin1')) {
      await this.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends the text over and over, an octet at a time, until the connection ends; the pace is the abuse. */
  async drip(text: string, everyMs: number): Promise<void> {
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; !this.#ended; at = (at + 1) % bytes.length) {
      await this.send(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** The next reply; `closed` when the connection ended first. Rejects when neither comes. */
  async reply(): Promise<ParsedReply | 'closed'> {
    while (this.#replies.length === 0) {
      if (this.#ended) return 'closed';
      await this.#news('a reply');
    }
    return this.#replies.shift() as ParsedReply;
  }

  /** The greeting, which must be 220. */
  greeting(): Promise<void> {
    return this.#expect(220, 'connecting');
  }

  /** Sends a line, or a message, as UTF-8 with a CRLF behind it; rejects, naming it, when the reply has another code. */
  async say(line: string, code: number): Promise<void> {
    await this.send(Buffer.from(`${line}\r\n`));
    await this.#expect(code, line.slice(0, 80));
  }

  async #expect(code: number, after: string): Promise<void> {
    const reply = await this.reply();
    if (reply !== 'closed' && reply.code === code) return;
    const heard = reply === 'closed' ? reply : `${reply.code} ${reply.lines.join(' ')}`;
    throw new Error(`${heard} instead of ${code} after ${after}`);
  }

  /** The next replies, as `250` or `250/2.1.5`, and `closed` where the connection ends. */
  async codes(count: number): Promise<string[]> {
    const seen: string[] = [];
    while (seen.length < count) {
      const reply = await this.reply();
      seen.push(
        reply === 'closed'
          ? reply
          : reply.enhanced === undefined
            ? `${reply.code}`
            : `${reply.code}/${reply.enhanced}`,
      );
      if (reply === 'closed') break;
    }
    return seen;
  }

  /** Resolves when the server has ended the connection; gives the codes it still said. */
  async untilClosed(): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const [code = 'closed'] = await this.codes(1);
      if (code === 'closed') return seen;
      seen.push(code);
    }
  }

  /** Takes the connection over to TLS after the server agreed. */
  async secure(): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners();
    const secured = connectTls({ socket: plain, rejectUnauthorized: false });
    await new Promise((resolve, reject) => secured.once('secureConnect', resolve).once('error', reject));
    secured.removeAllListeners('error');
    this.#reader = new ReplyReader();
    this.#socket = secured;
    this.#listen(secured);
  }

  /** Octets that the system has not taken: the server does not read them. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Reads nothing from now on. */
  stopReading(): void {
    this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  /** Sends its end and goes on reading. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Goes away without a word. */
  vanish(): void {
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#reader.feed(chunk);
      for (let step = this.#reader.next(); step.kind !== 'need-more'; step = this.#reader.next()) {
        if (step.kind === 'broken') {
          this.#broken = step.why;
          break;
        }
        this.#replies.push(step.reply);
      }
      this.#waiting?.();
    });
    const ended = (): void => {
      this.#ended = true;
      this.#waiting?.();
    };
    socket.on('end', ended).on('close', ended).on('error', ended);
  }

  #news(what: string): Promise<void> {
    if (this.#broken !== undefined) throw new Error(this.#broken);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no sign of ${what} after ${JSON.stringify(this.#said.slice(-5))}`));
      }, this.#patienceMs);
      this.#waiting = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve();
      };
    });
  }
}
