/** Somebody who hands in numbered messages, one connection, and remembers when each was accepted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../load.ts';

export class Customer {
  readonly #port: number;
  readonly #domains: readonly string[];
  readonly #filling: string;
  #dialogue: Dialogue | undefined;
  #next = 1;
  /** When each message got 250, ms since the epoch. */
  readonly accepted = new Map<number, number>();

  constructor(port: number, about: { domains: readonly string[]; bytes: number }) {
    this.#port = port;
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

  async #one(): Promise<void> {
    const n = this.#next++;
    const dialogue = (this.#dialogue ??= await Dialogue.open(this.#port));
    const domain = this.#domains[n % this.#domains.length];
    for (const line of ['MAIL FROM:<ana@here.example>', `RCPT TO:<bob@${domain}>`])
      expect(250, await dialogue.command(line));
    expect(354, await dialogue.command('DATA'));
    const message = `From: ana@here.example\r\nTo: bob@${domain}\r\nSubject: drill\r\nX-Drill: ${n}\r\n\r\n${this.#filling}The end.`;
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
