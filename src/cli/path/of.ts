/** Which path a command means, and how paths are told. */
import type { PathKey } from '../../core/envelope.ts';
import { nearest } from '../../core/config/nearest.ts';
import type { PathRow, PathSummary } from '../../core/queue/port.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { fromNow, localTime, rfc3339 } from '../output.ts';
import { pathForPeople, toPathKey } from '../queue/filter.ts';

/** By its whole key, or by its site alone when only one path leads there. Throws when there is none. */
export async function pathOf(store: SqlStore, call: Call): Promise<PathSummary> {
  const text = call.positionals[0] as string;
  const [exact] = await store.listPaths(toPathKey(text));
  if (exact !== undefined) return exact;
  const known = await store.listPaths(undefined);
  const [only, ...more] = known.filter(
    ({ path }) => path.startsWith(`${text}>`) || path.split(/[,>]/).includes(text),
  );
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    const names = [only, ...more].map(({ path }) => path).join('  ');
    throw new CommandError(EXIT.usage, `several paths lead to ${text}; name one of: ${names}`);
  }
  const near = nearest(
    text,
    known.map(({ path }) => path),
  );
  const hint =
    near === undefined ? `Those that are: ${commandLine(call, ['path', 'list'])}` : `Did you mean '${near}'?`;
  throw new CommandError(EXIT.nothing, `there is no path ${text}. ${hint}`);
}

export function pathObject(summary: PathSummary): Record<string, unknown> {
  const { since, until, oldestAt, nextDueAt, ...rest } = summary;
  return {
    ...rest,
    since: rfc3339(since),
    ...(until === undefined ? {} : { until: rfc3339(until) }),
    ...(oldestAt === undefined ? {} : { oldestAt: rfc3339(oldestAt) }),
    ...(nextDueAt === undefined ? {} : { nextDueAt: rfc3339(nextDueAt) }),
  };
}

/** `frozen since … until … by ana: repairs`. */
export function freezeInWords({ since, until, by, reason }: PathRow): string {
  const end = until === undefined ? '' : ` until ${localTime(until)}`;
  return `frozen since ${localTime(since)}${end}${by === undefined ? '' : ` by ${by}`}: ${reason ?? 'no reason given'}`;
}

/** How long ago, or nothing. */
export function ago(ms: number | undefined, now: number): string {
  return ms === undefined ? '' : fromNow(ms, now);
}

export function nameOf({ path }: { path: PathKey }): string {
  return pathForPeople(path);
}
