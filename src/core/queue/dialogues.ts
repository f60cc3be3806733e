/** The connections of a path that are in the midst of a transaction, and which of their far ends give no sign of life. */
import type { Connection } from '../delivery/port.ts';

/** A far end that has said and taken nothing for so long, ms, hangs, or has gone: most that search a message for spam are faster. */
export const SILENT_MS = 20_000;

type Talking = Pick<Connection, 'silentMs'>;

export class Dialogues {
  readonly #monotonic: () => number;
  /** Since when, ms: the oldest first. */
  readonly #underWay = new Map<Talking, number>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  get size(): number {
    return this.#underWay.size;
  }

  async carry<T>(connection: Talking, transfer: () => Promise<T>): Promise<T> {
    this.#underWay.set(connection, this.#monotonic());
    try {
      return await transfer();
    } finally {
      this.#underWay.delete(connection);
    }
  }

  /** How many are silent: what waits does not wait for them, as long as there are not too many. */
  get silent(): number {
    const latest = this.#monotonic() - SILENT_MS;
    let count = 0;
    for (const [{ silentMs = 0 }, since] of this.#underWay) {
      if (since > latest) break;
      if (silentMs >= SILENT_MS) count++;
    }
    return count;
  }
}
