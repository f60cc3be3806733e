/** How far an import is, on standard error; a running server is told meanwhile, so that who reads mail sees it come. */
import type { Call } from '../command.ts';
import { forPeople, sizeForPeople } from '../output.ts';
import { tellServer } from '../with-store.ts';

/** How often it is told, ms: at a terminal, and elsewhere. */
const OFTEN_MS = 5_000;
const SELDOM_MS = 60_000;
const TELL_MS = 2_000;

export class Progress {
  readonly #call: Call;
  readonly #begun = Date.now();
  readonly #timers: NodeJS.Timeout[];
  #total = 0;
  #messages = 0;
  #octets = 0;
  #said = 0;
  #isTold = true;

  constructor(call: Call) {
    this.#call = call;
    const isTerminal = call.streams.err.isTTY === true;
    this.#timers = [
      setInterval(() => this.#say(), isTerminal ? OFTEN_MS : SELDOM_MS),
      setInterval(() => void this.#tell(), TELL_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** There are so many more messages, whether they came before or not. */
  expect(messages: number): void {
    this.#total += messages;
  }

  came(messages: number, octets: number): void {
    this.#messages += messages;
    this.#octets += octets;
    this.#isTold = false;
  }

  /** Something is otherwise here than before. */
  changed(): void {
    this.#isTold = false;
  }

  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#tell();
  }

  #say(): void {
    if (this.#messages === this.#said) return;
    this.#said = this.#messages;
    const ms = Date.now() - this.#begun;
    const rate = Math.round((1000 * this.#messages) / ms);
    this.#call.output.note(
      `${this.#messages} messages so far, of ${this.#total} there; ${sizeForPeople(this.#octets)}, ${rate} messages a second, for ${forPeople(ms)}`,
    );
  }

  async #tell(): Promise<void> {
    if (this.#isTold) return;
    this.#isTold = true;
    await tellServer(this.#call);
  }
}
