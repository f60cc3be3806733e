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

/** A meter, and the snapshot of what it counted. */
export function createMeter(): { meter: Meter; snapshot(): Promise<MeterSnapshot> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const meter: Meter = {
    counter({ name, help, labels }) {
      const counter = new PromCounter({ name, help, labelNames: [...labels], registers: [registry] });
      return { add: (values) => counter.inc({ ...values }) };
    },
    gauge({ name, help, read }) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    timer({ name, help }) {
      const buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];
      const histogram = new Histogram({ name, help, buckets, registers: [registry] });
      return { observe: (seconds) => histogram.observe(seconds) };
    },
  };
  return { meter, snapshot: async () => (await registry.getMetricsAsJSON()) as MeterSnapshot };
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
