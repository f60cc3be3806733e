/** Addresses that are new: whether they warm up, how far they are, and what to write when one that is new does not. */
import { firstSeen } from '../../core/reputation/first-seen.ts';
import { formatDay, utcDay } from '../../base/calendar.ts';
import { WARM_UP_DAYS, warmUpStep } from '../../core/reputation/warm-up.ts';
import type { SqlStore } from '../../store/store.ts';
import { type Finding, note, type Patient, right } from './finding.ts';

type Egress = Patient['config']['egress'][number];

/** `store`: none while there is no database. */
export async function warmUpFindings(
  store: Pick<SqlStore, 'setting' | 'warmUps'> | undefined,
  { config, now }: Pick<Patient, 'config' | 'now'>,
): Promise<Finding[]> {
  const day = utcDay(now);
  const found = await Promise.all(
    config.egress.map(async (egress) => {
      const { sinceDay: since, name, address } = egress;
      if (since === undefined) {
        const seen = store === undefined ? undefined : await firstSeen(store, address);
        return unannounced(egress, { day, seen });
      }
      const counts = (await store?.warmUps({ egress: name, day, since })) ?? [];
      const refusedDays = Math.max(0, ...counts.map((one) => one.refusedDays));
      return warming(egress, { day, since, refusedDays });
    }),
  );
  return found.flatMap((one) => one ?? []);
}

function unannounced(
  { name, address }: Egress,
  { day, seen }: { day: number; seen: number | undefined },
): Finding | undefined {
  if (seen !== undefined && day - seen >= WARM_UP_DAYS) return undefined;
  const what = seen === undefined ? 'never sent from here' : `sends from here since ${formatDay(seen)}`;
  return note(
    'warm-up',
    `${name} (${address}) ${what}, and has no "since": it sends all there is at once`,
    `if the address is new to mail, write since = "${formatDay(seen ?? day)}" in its [[egress]]; one that sent mail elsewhere before needs nothing`,
  );
}

function warming({ name }: Egress, about: { day: number; since: number; refusedDays: number }): Finding {
  if (about.since > about.day)
    return note(
      'warm-up',
      `${name} begins on ${formatDay(about.since)}; until then it sends as on its first day`,
    );
  const step = warmUpStep(about, about);
  if (step > WARM_UP_DAYS)
    return note('warm-up', `that of ${name} is over`, 'remove "since" from its [[egress]]');
  const kept = about.refusedDays === 0 ? '' : ', where it was refused most';
  return right('warm-up', `${name} is on day ${step} of ${WARM_UP_DAYS}${kept}`);
}
