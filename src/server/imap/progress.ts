/** How far a long command is (RFC 9585), so that nobody takes it for dead. */
import { formatStatus } from '../../wire/imap/response/status.ts';
import type { ImapHandle } from './handle.ts';

/** How long a command is under way before that is told, and told again, ms. RFC 9585 section 4 wants no more than one in 10 s. */
const EVERY_MS = 10_000;

export class Progress {
  readonly #session: ImapHandle;
  readonly #goal: number;
  #done = 0;
  #toldAt: number;

  /** `goal`: messages to be looked at. */
  constructor(session: ImapHandle, goal: number) {
    this.#session = session;
    this.#goal = goal;
    this.#toldAt = session.context.clock.monotonic();
  }

  /** One more has been looked at. */
  made(): void {
    this.#done++;
    // The clock is not asked for each of thousands.
    if (this.#done % 64 !== 0) return;
    const now = this.#session.context.clock.monotonic();
    if (now - this.#toldAt < EVERY_MS) return;
    this.#toldAt = now;
    const code = { kind: 'INPROGRESS', tag: this.#session.tag, done: this.#done, goal: this.#goal } as const;
    this.#session.send(formatStatus({ tag: '*', condition: 'OK', code, text: 'Still looking' }));
    this.#session.flush();
  }
}
