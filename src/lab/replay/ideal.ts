/**
 * What the capacity itself needs: every octet leaves oldest first, as fast as the line lets it, and nothing else ever
 * holds it up. A fluid model, reckoned from arrivals and capacity alone; nothing of the queue's code is in it.
 */

/** From this moment on (ms) so many octets a second, until the next. */
export interface Step {
  readonly fromMs: number;
  readonly octetsPerSecond: number;
}

/** In order of time. */
export interface Arrivals {
  readonly atMs: ArrayLike<number>;
  readonly octets: ArrayLike<number>;
}

/** Moves through the steps: when the octets that it is asked to carry, one load after the other, are through. */
class Server {
  readonly #steps: readonly Step[];
  #index = 0;
  #atMs = 0;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** ms; infinite when the capacity ends before they are through. */
  carry(octets: number, notBeforeMs: number): number {
    this.#atMs = Math.max(this.#atMs, notBeforeMs);
    let left = octets;
    for (;;) {
      const next = this.#steps[this.#index + 1];
      const endMs = next?.fromMs ?? Number.POSITIVE_INFINITY;
      if (this.#atMs >= endMs) {
        this.#index++;
        continue;
      }
      const perMs = (this.#steps[this.#index]?.octetsPerSecond ?? 0) / 1000;
      const doneMs =
        left === 0 ? this.#atMs : perMs === 0 ? Number.POSITIVE_INFINITY : this.#atMs + left / perMs;
      if (doneMs <= endMs) {
        this.#atMs = doneMs;
        return doneMs;
      }
      left -= perMs * (endMs - this.#atMs);
      this.#atMs = endMs;
    }
  }
}

/** When each arrival is through, ms. `steps`: in order of time, the first from 0. */
export function idealTimes({ atMs, octets }: Arrivals, steps: readonly Step[]): Float64Array {
  const server = new Server(steps);
  const times = new Float64Array(atMs.length);
  for (let index = 0; index < times.length; index++)
    times[index] = server.carry(octets[index] as number, atMs[index] as number);
  return times;
}

/** The capacity that is left beside what these arrivals need when they are served at once, in steps of `everyMs`. */
export function leftBeside(
  { atMs, octets }: Arrivals,
  steps: readonly Step[],
  { everyMs, untilMs }: { everyMs: number; untilMs: number },
): Step[] {
  const needs = new Float64Array(Math.ceil(untilMs / everyMs));
  for (let index = 0; index < atMs.length; index++) {
    const slot = Math.floor((atMs[index] as number) / everyMs);
    if (slot < needs.length) needs[slot] = (needs[slot] as number) + (octets[index] as number);
  }
  return Array.from(needs, (need, slot) => {
    const fromMs = slot * everyMs;
    const there = steps.findLast((step) => step.fromMs <= fromMs)?.octetsPerSecond ?? 0;
    return { fromMs, octetsPerSecond: Math.max(0, there - (need * 1000) / everyMs) };
  });
}
