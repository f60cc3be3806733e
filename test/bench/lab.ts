/** How fast the lab is: deliveries of a busy world without faults in a second of this machine, on one thread. */
import { internet } from '../../src/lab/internet.ts';
import { World } from '../../src/lab/world.ts';

const MINUTE_MS = 60_000;
/** The busiest hour of a large host, on a disk that it shares with others. */
const PER_HOUR = 1_000_000;
const SYNC_MS = 10;

/** One seed until so many deliveries have left. */
export async function measureLab({
  deliveries,
  workers,
}: {
  deliveries: number;
  workers: number;
}): Promise<void> {
  const began = performance.now();
  const before = process.cpuUsage();
  const world = await World.make({
    seed: 1,
    workers,
    ours: { octetsPerSecond: 100_000_000, latencyMs: 5, loss: 0 },
    providers: internet(20),
    senders: {
      domains: 50,
      accounts: 4,
      perHour: PER_HOUR,
      day: 'flat',
      octets: { from: 500, to: 20_000 },
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
  const { delivered } = world.ledger;
  const hours = world.clock.monotonic() / 3_600_000;
  await world.close();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`
the lab, one thread, a world of ${workers === 1 ? 'one worker' : `${workers} workers`} and 24 providers without faults
  ${delivered} deliveries of ${hours.toFixed(1)} hours in ${seconds.toFixed(1)} s: ${Math.round(delivered / seconds)} a second
  ${((user + system) / delivered).toFixed(0)} us of processor time each
`);
}
