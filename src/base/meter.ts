/** Metrics as a port, and its implementation for Prometheus (prom-client). Names end in their unit. */
import {
  AggregatorRegistry,
  Counter as PromCounter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

export interface Meter {
  /** A number that only grows. Labels come from closed lists: never an address, never a domain. */
  counter(about: { name: string; help: string; labels: readonly string[] }): { add(labels: Labels): void };
  /** A number that is looked up when somebody asks. */
  gauge(about: { name: string; help: string; read: () => number }): void;
  /** How long something took, seconds. */
  timer(about: { name: string; help: string }): { observe(seconds: number): void };
}

/** What one process has counted, as plain values that can be sent to another. */
export type MeterSnapshot = readonly object[];

/**
 * A meter, and the snapshot of what it counted. What is counted for each message is added up here and given to the library
 * when somebody asks: it would look at labels and buckets each time.
 */
export function createMeter(): { meter: Meter; snapshot(): Promise<MeterSnapshot> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const meter: Meter = {
    counter({ name, help, labels }) {
      const counted = new Counted(labels);
      new PromCounter({
        ...{ name, help, labelNames: [...labels], registers },
        collect() {
          for (const { values, count } of counted.taken()) this.inc(values, count);
        },
      });
      return counted;
    },
    gauge({ name, help, read }) {
      new Gauge({
        ...{ name, help, registers },
        collect() {
          this.set(read());
        },
      });
    },
    timer({ name, help }) {
      const observed = new Observed((seconds) => histogram.observe(seconds));
      const histogram: Histogram = new Histogram({
        ...{ name, help, buckets: BUCKETS, registers },
        collect: () => observed.give(),
      });
      return observed;
    },
  };
  return { meter, snapshot: async () => (await registry.getMetricsAsJSON()) as MeterSnapshot };
}

/** Seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];
/** Times that wait to be given to the library. */
const MOST_OBSERVED = 1000;

/** What was counted since it was asked for, by the values of its labels. */
class Counted {
  readonly #labels: readonly string[];
  #counts = new Map<string, { readonly values: Labels; count: number }>();

  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  add(values: Labels): void {
    let key = '';
    for (const label of this.#labels) key += `${values[label]}\n`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count++;
    else this.#counts.set(key, { values: { ...values }, count: 1 });
  }

  taken(): Iterable<{ readonly values: Labels; readonly count: number }> {
    const counts = this.#counts;
    this.#counts = new Map();
    return counts.values();
  }
}

/** Times, given on all at once. */
class Observed {
  readonly #to: (seconds: number) => void;
  #seconds: number[] = [];

  constructor(to: (seconds: number) => void) {
    this.#to = to;
  }

  observe(seconds: number): void {
    if (this.#seconds.push(seconds) >= MOST_OBSERVED) this.give();
  }

  give(): void {
    const seconds = this.#seconds;
    this.#seconds = [];
    for (const one of seconds) this.#to(one);
  }
}

/** Several processes' snapshots as one page in the Prometheus text format. */
export async function formatSnapshots(snapshots: readonly MeterSnapshot[]): Promise<string> {
  // The list is what `getMetricsAsJSON` gave in each process; the library's types ask for its own class.
  return AggregatorRegistry.aggregate(
    snapshots as unknown as Parameters<typeof AggregatorRegistry.aggregate>[0],
  ).metrics();
}

/** Counts nothing: for commands and tests. */
export const silentMeter: Meter = {
  counter: () => ({ add() {} }),
  gauge() {},
  timer: () => ({ observe() {} }),
};
