/** Somebody who hands in numbered messages, one connection, and remembers when each was accepted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../load.ts';

export interface CustomerOptions {
  readonly from: string;
  /** The number of the first message, so that customers can be told apart. */
  readonly first: number;
  /** Where the recipients are, in turn. */
  readonly domains: readonly string[];
  /** Of one message, about. */
  readonly bytes: number;
}

export class Customer {
  readonly #port: number;
  readonly #from: string;
  readonly #domains: readonly string[];
  readonly #filling: string;
  #dialogue: Dialogue | undefined;
  #next: number;
  #stopped = false;
  /** When each message got 250, ms since the epoch. */
  readonly accepted = new Map<number, number>();

  constructor(port: number, about: CustomerOptions) {
    this.#port = port;
    this.#from = about.from;
    this.#next = about.first;
    this.#domains = about.domains;
    this.#filling = `${'x'.repeat(78)}\r\n`.repeat(Math.ceil(about.bytes / 80));
  }

  /** Hands in so many, evenly over this time. Rejects when one is refused. */
  async send(count: number, withinMs: number): Promise<void> {
    const begun = Date.now();
    for (let sent = 0; sent < count; sent++) {
      await sleep(Math.max(0, begun + (withinMs * sent) / count - Date.now()));
      await this.#one();
    }
  }

  /** Hands in so many a second until `stop`. Rejects when one is refused. */
  async keepSending(perSecond: number): Promise<void> {
    while (!this.#stopped) {
      await this.#one();
      await sleep(1_000 / perSecond);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #one(): Promise<void> {
    const n = this.#next++;
    const dialogue = (this.#dialogue ??= await Dialogue.open(this.#port));
    const domain = this.#domains[n % this.#domains.length];
    for (const line of [`MAIL FROM:<${this.#from}>`, `RCPT TO:<bob@${domain}>`])
      expect(250, await dialogue.command(line));
    expect(354, await dialogue.command('DATA'));
    const message = `From: ${this.#from}\r\nTo: bob@${domain}\r\nSubject: drill\r\nX-Drill: ${n}\r\n\r\n${this.#filling}The end.`;
    expect(250, await dialogue.command(`${message}\r\n.`));
    this.accepted.set(n, Date.now());
  }

  close(): void {
    this.#dialogue?.close();
  }
}

function expect(code: number, reply: { code: number; lines: string[] }): void {
  if (reply.code !== code)
    throw new Error(`${code} was expected, and ${reply.code} ${reply.lines.join(' ')} came`);
}
