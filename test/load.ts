/** SMTP clients that keep sending, whatever happens to the server, and remember what was promised to them. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceStore } from '../src/core/trace/port.ts';
import { ReplyReader } from '../src/wire/smtp/reply.ts';

/** Milliseconds until a client that lost its connection tries again. */
const AGAIN_MS = 20;
const REPLY_TIMEOUT_MS = 20_000;
const ARRIVED_POLL_MS = 100;

export interface LoadOptions {
  readonly port: number;
  readonly clients: number;
  /** Recipients of message `n`. */
  readonly recipients: (n: number) => readonly string[];
  readonly bodyBytes?: number;
  /** The number of the first message, so that several loads can be told apart. */
  readonly from?: number;
}

export class Load {
  readonly #options: LoadOptions;
  /** Numbers of the messages that got 250. */
  readonly kept = new Set<number>();
  /** Codes other than 250 to a whole message, and how often. */
  readonly refused = new Map<number, number>();
  #next: number;
  #stopped = false;
  #running: Promise<void>[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#next = options.from ?? 1;
  }

  start(): void {
    this.#running = Array.from({ length: this.#options.clients }, () => this.#client());
  }

  /** Resolves when every client has its last answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #client(): Promise<void> {
    while (!this.#stopped) {
      try {
        const dialogue = await Dialogue.open(this.#options.port);
        while (!this.#stopped) await this.#send(dialogue, this.#next++);
        dialogue.close();
      } catch {
        await sleep(AGAIN_MS);
      }
    }
  }

  async #send(dialogue: Dialogue, n: number): Promise<void> {
    const recipients = this.#options.recipients(n);
    dialogue.write(
      `MAIL FROM:<load@here.example>\r\n${recipients.map((to) => `RCPT TO:<${to}>\r\n`).join('')}DATA\r\n`,
    );
    let refusal: number | undefined;
    for (let replies = recipients.length + 1; replies > 0; replies--) {
      const { code } = await dialogue.reply();
      if (code !== 250) refusal ??= code;
    }
    const { code: goAhead } = await dialogue.reply();
    if (goAhead !== 354) {
      this.#count(refusal ?? goAhead);
      await dialogue.command('RSET');
      return;
    }
    dialogue.write(
      `Subject: load\r\nX-Load: ${n}\r\n\r\n${'x'.repeat(this.#options.bodyBytes ?? 1000)}\r\n.\r\n`,
    );
    const { code } = await dialogue.reply();
    if (code === 250) this.kept.add(n);
    else this.#count(code);
  }

  #count(code: number): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }
}

/** Leases that died with a worker: each may have been delivered without that being written. */
export async function countRecovered(store: TraceStore): Promise<number> {
  let count = 0;
  for (let cursor = 0; ; ) {
    const page = await store.eventsAfter({ cursor, limit: 10_000 });
    if (page.events.length === 0) return count;
    count += page.events.filter(({ kind }) => kind === 'recovered').length;
    cursor = page.cursor;
  }
}

/** Waits until all that was kept has arrived; rejects when that is not so within this time, ms. */
export async function untilArrived(
  kept: ReadonlySet<number>,
  about: { arrived: ReadonlySet<number>; withinMs: number },
): Promise<void> {
  const { arrived, withinMs } = about;
  const deadline = Date.now() + withinMs;
  for (;;) {
    const missing = [...kept].filter((n) => !arrived.has(n));
    if (missing.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${missing.length} of ${kept.size} messages are missing`);
    await sleep(ARRIVED_POLL_MS);
  }
}

/** The number that `Load` gave a message. */
export function loadNumber(bytes: Buffer): number {
  return Number(/^X-Load: (\d+)/m.exec(bytes.toString('latin1'))?.[1]);
}

/** A client's connection: writes, and waits for one reply at a time. Rejects when the connection breaks. */
export class Dialogue {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  #wake: () => void = () => undefined;
  #broken = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.feed(chunk);
      this.#wake();
    });
    const broke = (): void => {
      this.#broken = true;
      this.#wake();
    };
    socket.on('error', broke);
    socket.on('close', broke);
  }

  /** Connects, reads the greeting, says EHLO. */
  static async open(port: number): Promise<Dialogue> {
    const socket = connect(port, '127.0.0.1');
    const dialogue = new Dialogue(socket);
    await dialogue.reply();
    await dialogue.command('EHLO load.example');
    return dialogue;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  async command(line: string): Promise<{ code: number; lines: string[] }> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  async reply(): Promise<{ code: number; lines: string[] }> {
    for (;;) {
      const step = this.#reader.next();
      if (step.kind === 'reply') return step.reply;
      if (this.#broken || step.kind === 'broken') throw new Error('the connection broke');
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          this.#socket.destroy();
          reject(new Error('no reply in time'));
        }, REPLY_TIMEOUT_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
