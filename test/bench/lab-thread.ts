/** The thread of `lab.ts`: one seed until so many deliveries have left. */
import { parentPort, workerData } from 'node:worker_threads';
import { OCTET_SCALE, SCALED_OCTETS } from '../../src/lab/body.ts';
import { internet } from '../../src/lab/internet.ts';
import { World } from '../../src/lab/world.ts';

export interface LabLoad {
  readonly deliveries: number;
  readonly workers: number;
}

export interface LabRun {
  readonly delivered: number;
  /** Of virtual time. */
  readonly hours: number;
}

const MINUTE_MS = 60_000;
/** The busiest hour of a large host, on a disk that it shares with others. */
const PER_HOUR = 1_000_000;
const SYNC_MS = 10;

const { deliveries, workers } = workerData as LabLoad;
const world = await World.make({
  seed: 1,
  workers,
  ours: { octetsPerSecond: 100_000_000, latencyMs: 5, loss: 0 },
  octetScale: OCTET_SCALE,
  providers: internet(20),
  senders: {
    domains: 50,
    accounts: 4,
    perHour: PER_HOUR,
    day: 'flat',
    octets: SCALED_OCTETS,
    // As measured in data/traffic: 1.6 recipients a message.
    recipients: 7,
    unknown: 0.01,
    full: 0,
    spam: 0.01,
    bad: 0.01,
  },
});
world.disk.health.syncMs = SYNC_MS;
while (world.ledger.delivered < deliveries) await world.run(MINUTE_MS);
const ran: LabRun = {
  delivered: world.ledger.delivered,
  hours: world.clock.monotonic() / 3_600_000,
};
await world.close();
parentPort?.postMessage(ran);
