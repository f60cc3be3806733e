/** Chance, as a port: under the lab a seed decides, so that every run can be repeated. */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** `count` bytes, fit for secrets and ids. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter and sampling. */
  float(): number;
}

/** Chance from the operating system (`node:crypto`). */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  float: () => Math.random(),
};
