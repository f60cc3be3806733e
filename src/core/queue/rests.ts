/** What failures in a row mean for a path: a rest, then longer ones, and in the end that it stands still; and when it is merely full. */

/** How long a path rests after its first failure, doubled by the next, ms. */
const FIRST_REST_MS = 5_000;
/** Failures in a row after which it is frozen, and only a canary tries. */
const FREEZE_AFTER = 3;
/** Dialogues cut in a row after which it is the path that failed, whatever the messages. */
const REST_AFTER_CUTS = 3;
/** A far end whose place for us is not free yet is asked again after so long, ms. */
const MOMENT_MS = 200;
/** One that gives no place beside those that take their time to be open, twice as long each time, and at most: */
const FULL_MS = 10_000;
const LONGEST_FULL_MS = 160_000;

export class Rests {
  #until = 0;
  #failures = 0;
  #failedAt = 0;
  #cuts = 0;
  #askAgainAt = 0;
  #full = 0;

  /** Something failed since it last went well. */
  get inTrouble(): boolean {
    return this.#failures > 0;
  }

  /** How long it still rests, ms; 0 when it does not. */
  leftMs(now: number): number {
    return Math.max(0, this.#until - now);
  }

  /** Whether one more connection may be asked for. */
  mayAsk(now: number): boolean {
    return now >= this.#askAgainAt;
  }

  /** The place of one that was closed is not free yet: when to ask again, in ms. */
  moment(now: number): number {
    this.#askAgainAt = now + MOMENT_MS;
    return MOMENT_MS;
  }

  /** Those that take their time have all the places that it gives: when to ask again, in ms. */
  full(now: number): number {
    const ms = Math.min(FULL_MS * 2 ** this.#full++, LONGEST_FULL_MS);
    this.#askAgainAt = now + ms;
    return ms;
  }

  /** A connection is open. */
  open(): void {
    this.#full = 0;
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
    this.#askAgainAt = 0;
  }

  /** What failed before is over. */
  reset(): void {
    this.end();
    this.good();
    this.open();
  }
}
