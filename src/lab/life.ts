/**
 * One incarnation of a worker. When it ends, every port that it was given goes dead: what it waits for never comes, its
 * timers never fire. Nothing of it runs on, as after `kill -9`.
 */
import type { Clock } from '../base/clock.ts';

export class Life {
  readonly name: string;
  #ended = false;
  readonly #mourners = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    const mourners = [...this.#mourners];
    this.#mourners.clear();
    for (const mourner of mourners) mourner();
  }

  /** Is told when it ends, unless it stopped caring before. */
  onEnd(mourner: () => void): () => void {
    this.#mourners.add(mourner);
    return () => void this.#mourners.delete(mourner);
  }

  /** Something of the world outside: what it comes to reaches us only while we live. */
  hears<T>(outside: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      outside.then(
        (value) => {
          if (!this.#ended) resolve(value);
        },
        (error: unknown) => {
          if (!this.#ended) reject(error);
        },
      );
    });
  }

  /** The clock as this incarnation has it. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, fn) =>
        clock.after(delayMs, () => {
          if (!this.#ended) fn();
        }),
    };
  }
}
