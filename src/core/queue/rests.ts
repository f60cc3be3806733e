/** What failures in a row mean for a path: a rest, then longer ones, and in the end that it stands still. */

/** How long a path rests after its first failure, doubled by the next, ms. */
const FIRST_REST_MS = 5_000;
/** Failures in a row after which it is frozen, and only a canary tries. */
const FREEZE_AFTER = 3;
/** Dialogues cut in a row after which it is the path that failed, whatever the messages. */
const REST_AFTER_CUTS = 3;

export class Rests {
  #until = 0;
  #failures = 0;
  #failedAt = 0;
  #cuts = 0;

  /** Something failed since it last went well. */
  get inTrouble(): boolean {
    return this.#failures > 0;
  }

  /** How long it still rests, ms; 0 when it does not. */
  leftMs(now: number): number {
    return Math.max(0, this.#until - now);
  }

  good(): void {
    this.#failures = 0;
    this.#cuts = 0;
  }

  /** A dialogue about one message was cut; whether those are too many to be about messages. */
  cut(): boolean {
    return ++this.#cuts >= REST_AFTER_CUTS;
  }

  /**
   * It failed: how long it rests, ms, or that it is to stand still. What fails again within a first rest, because somebody ended
   * that, is one failure: commands one after the other say nothing new about the path.
   */
  failed(now: number): number | 'freeze' {
    if (!this.inTrouble || now >= this.#failedAt + FIRST_REST_MS) {
      this.#failures++;
      this.#failedAt = now;
    }
    this.#cuts = 0;
    const ms = FIRST_REST_MS * 2 ** (this.#failures - 1);
    this.#until = now + ms;
    return this.#failures >= FREEZE_AFTER ? 'freeze' : ms;
  }

  /** Somebody has reason to think that it works again: it may be tried now. */
  end(): void {
    this.#until = 0;
  }

  /** What failed before is over. */
  reset(): void {
    this.end();
    this.good();
  }
}
