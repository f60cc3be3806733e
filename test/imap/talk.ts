/** An IMAP client for tests: sends what it is told to, and gives the responses as they stand on the wire, one string each. */
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';

const PATIENCE_MS = 15_000;

export class ImapTalk {
  #socket: Socket;
  #buffer = Buffer.alloc(0);
  readonly #responses: string[] = [];
  #isEnded = false;
  #waiting: (() => void) | undefined;
  #tags = 0;
  /** What is listened to now. */
  #source: Readable | undefined;
  #write = (data: string | Buffer): void => void this.#socket.write(data);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Connects; the greeting is not read yet. */
  static open({ port, tls = false }: { port: number; tls?: boolean }): Promise<ImapTalk> {
    return new Promise((resolve, reject) => {
      const address = { port, host: '127.0.0.1', noDelay: true };
      const socket = tls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
      socket.once('error', reject);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        socket.off('error', reject);
        resolve(new ImapTalk(socket));
      });
    });
  }

  /** Connects, and logs in; rejects, with what was said, when it may not. */
  static async loggedIn(about: { port: number; user: string; password: string }): Promise<ImapTalk> {
    const talk = await ImapTalk.open(about);
    await talk.response();
    const said = (await talk.ask(`LOGIN ${about.user} "${about.password}"`)).at(-1) ?? 'closed';
    if (!said.startsWith('OK')) throw new Error(`no login: ${said}`);
    return talk;
  }

  /** Text is sent as UTF-8. */
  send(data: string | Buffer): void {
    this.#write(data);
  }

  /** The next response, its literals in it, without the line end; `closed` when the connection ended first. */
  async response(): Promise<string> {
    const from = Date.now();
    while (this.#responses.length === 0) {
      if (this.#isEnded) return 'closed';
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no response')), PATIENCE_MS - (Date.now() - from));
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#responses.shift() as string;
  }

  /** Responses up to the one that begins so, which is the last of them. */
  async until(beginning: string): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const response = await this.response();
      seen.push(response);
      if (response === 'closed' || response.startsWith(beginning)) return seen;
    }
  }

  /** Sends a command with a tag of its own; a line break in it follows the announcement of a literal, which is waited for. */
  async ask(command: string): Promise<string[]> {
    const tag = `t${++this.#tags}`;
    const untagged = (response: string): string =>
      response.startsWith(`${tag} `) ? response.slice(tag.length + 1) : response;
    const seen: string[] = [];
    const pieces = `${tag} ${command}`.split(/(?<=\{\d+\}\r\n)/);
    for (const [index, piece] of pieces.entries()) {
      this.send(index === pieces.length - 1 ? `${piece}\r\n` : piece);
      if (index < pieces.length - 1) {
        let response = await this.response();
        // Who listens all the time may hear of something meanwhile.
        for (; response.startsWith('* '); response = await this.response()) seen.push(response);
        if (response.startsWith('+ ')) continue;
        // Refused before the literal was sent.
        return [...seen, response, ...(response.startsWith(tag) ? [] : await this.until(`${tag} `))].map(
          untagged,
        );
      }
    }
    seen.push(...(await this.until(`${tag} `)));
    return seen.map((response) =>
      response.startsWith(`${tag} `) ? response.slice(tag.length + 1) : response,
    );
  }

  /** Takes the connection over to TLS after the server agreed. */
  async secure(): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners();
    const secured = connectTls({ socket: plain, rejectUnauthorized: false });
    await new Promise((resolve, reject) => secured.once('secureConnect', resolve).once('error', reject));
    secured.removeAllListeners('error');
    this.#socket = secured;
    this.#listen(secured);
  }

  /** COMPRESS DEFLATE, with something that is sent behind it at once. */
  async compress(first: string): Promise<void> {
    const socket = this.#socket;
    const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
    const inflate = createInflateRaw();
    const ready = this.until('c OK');
    socket.write('c COMPRESS DEFLATE\r\n');
    // It may not be sent before: the answer says from where on.
    await ready;
    socket.removeAllListeners('data');
    deflate.pipe(socket);
    socket.pipe(inflate);
    socket.once('close', () => inflate.end());
    deflate.write(first);
    this.#listen(inflate);
    this.#write = (data) => void deflate.write(data);
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(socket: Readable): void {
    this.#source = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#cut();
      this.#waiting?.();
    });
    const ended = (): void => {
      // What is below compression ends before all that it carried is read.
      if (this.#source !== socket) return;
      this.#isEnded = true;
      this.#waiting?.();
    };
    socket.on('end', ended).on('close', ended).on('error', ended);
  }

  /** Takes whole responses off the buffer. */
  #cut(): void {
    let start = 0;
    let from = 0;
    for (;;) {
      const end = this.#buffer.indexOf('\r\n', from);
      if (end < 0) break;
      const literal = /\{(\d+)\}$/.exec(this.#buffer.toString('latin1', Math.max(from, end - 20), end));
      from = end + 2;
      if (literal !== null) {
        from += Number(literal[1]);
        if (from > this.#buffer.length) break;
        continue;
      }
      this.#responses.push(this.#buffer.toString('utf8', start, end));
      start = from;
    }
    if (start > 0) this.#buffer = this.#buffer.subarray(start);
  }
}
