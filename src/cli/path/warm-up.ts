/** How commands tell where the warm-up of an egress stands. */
import { partsOf, type Place } from '../../core/queue/freeze.ts';
import { utcDay } from '../../base/calendar.ts';
import { beginners, OTHERS, standingOf, type WarmUpStanding } from '../../core/reputation/warm-up.ts';
import type { Config } from '../../core/config/options.ts';
import type { SqlStore } from '../../store/store.ts';
import { counted } from '../output.ts';

export interface WarmUpView {
  /** Undefined for an egress that is warm there. */
  of(place: Pick<Place, 'path' | 'provider'>): WarmUpStanding | undefined;
  /** At one provider, of every egress that warms up there. */
  at(provider: string): readonly WarmUpStanding[];
}

/** Rejects when the store is down. */
export async function loadWarmUps(
  store: Pick<SqlStore, 'warmUps'>,
  { config, now }: { config: Config; now: number },
): Promise<WarmUpView> {
  const day = utcDay(now);
  const new_ = beginners(config.egress.map(({ name, sinceDay }) => ({ name, ...sinceOf(sinceDay) })));
  const counts = await Promise.all(
    new_.map(async ({ name, since }) => {
      const found = await store.warmUps({ egress: name, day, since });
      return [name, { since, found: new Map(found.map((one) => [one.provider, one])) }] as const;
    }),
  );
  const known = new Map(counts);
  const standing = (egress: string, provider: string): WarmUpStanding | undefined => {
    const about = known.get(egress);
    if (about === undefined) return undefined;
    const { taken, refusedDays } = about.found.get(provider) ?? { taken: 0, refusedDays: 0 };
    return standingOf({ egress, provider }, { day, since: about.since }, { taken, refusedDays });
  };
  return {
    of: ({ path, provider = OTHERS }) => (path === '' ? undefined : standing(partsOf(path).egress, provider)),
    at: (provider) => [...known.keys()].flatMap((egress) => standing(egress, provider) ?? []),
  };
}

/** `day 3 of 28: 120 of 200 today`, and what kept it from going on. */
export function warmUpInWords({
  day,
  days,
  taken,
  allowance,
  refusedDays,
  provider,
}: WarmUpStanding): string {
  const where = provider === OTHERS ? ', to all hosts of no known provider together' : '';
  const refused = refusedDays === 0 ? '' : `; ${counted(refusedDays, 'day')} with refusals did not count`;
  return `day ${day} of ${days}: ${taken} of ${allowance} today${where}${refused}`;
}

function sinceOf(since: number | undefined): { since?: number } {
  return since === undefined ? {} : { since };
}
