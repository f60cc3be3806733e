/** A worker's guard in the lab: the real one, with the options that servers have. */
import type { Log } from '../base/log.ts';
import type { Clock } from '../base/clock.ts';
import { silentMeter } from '../base/meter.ts';
import type { Random } from '../base/random.ts';
import { LiveGuard } from '../core/guard/live.ts';
import type { WorkerPorts } from '../core/worker.ts';
import type { SqlStore } from '../store/store.ts';
import { GUARD_SECRET, WHEREABOUTS } from './habits.ts';

/** The defaults of `[guard]`. */
const OPTIONS = {
  holdForMs: 7 * 86_400_000,
  heldBytes: 100_000_000,
  hostname: 'mail.lab.example',
  secret: GUARD_SECRET,
  separator: '+',
};

export function guardOf(outside: {
  store: SqlStore;
  clock: Clock;
  random: Random;
  log: Log;
}): NonNullable<WorkerPorts['guard']> {
  const ports = { ...outside, meter: silentMeter, whereabouts: WHEREABOUTS };
  return (who) => new LiveGuard(who, ports, OPTIONS);
}
