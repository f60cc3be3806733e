/** The client of the bench: says a command and takes the time until its end. What it reads it looks at no further. */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly ms: number;
  readonly bytes: number;
  /** The tagged response. */
  readonly last: string;
}

export class BenchClient {
  readonly #socket: Socket;
  #tags = 0;
  #bytes = 0;
  #tail = '';
  #all: Buffer[] | undefined;
  #waiting: { end: string; resolve: () => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#heard(chunk));
  }

  static async open(port: number, login: { user: string; password: string }): Promise<BenchClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject));
    const client = new BenchClient(socket);
    await client.ask(`LOGIN ${login.user} "${login.password}"`);
    return client;
  }

  /** Rejects when the answer is not OK. */
  async ask(command: string | Buffer): Promise<Answer> {
    const tag = `b${++this.#tags}`;
    const from = performance.now();
    this.#bytes = 0;
    this.#tail = '\r\n';
    const ended = new Promise<void>((resolve) => {
      this.#waiting = { end: `\r\n${tag} `, resolve };
    });
    // One piece, as a mail program writes it.
    this.#socket.cork();
    this.#socket.write(`${tag} `);
    this.#socket.write(command);
    this.#socket.write('\r\n');
    this.#socket.uncork();
    await ended;
    const last = this.#tail.slice(this.#tail.indexOf(`\r\n${tag} `) + 3 + tag.length).trim();
    if (!last.startsWith('OK')) throw new Error(`${String(command).slice(0, 80)}: ${last}`);
    return { ms: performance.now() - from, bytes: this.#bytes, last };
  }

  /** As `ask`, with all that came. */
  async read(command: string): Promise<string> {
    this.#all = [];
    await this.ask(command);
    const text = Buffer.concat(this.#all).toString('latin1');
    this.#all = undefined;
    return text;
  }

  close(): void {
    this.#socket.destroy();
  }

  #heard(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#all?.push(chunk);
    this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 2_000))).slice(-2_000);
    const { end, resolve } = this.#waiting ?? {};
    const at = end === undefined ? -1 : this.#tail.indexOf(end);
    if (at < 0 || !this.#tail.includes('\r\n', at + 2)) return;
    this.#waiting = undefined;
    resolve?.();
  }
}
