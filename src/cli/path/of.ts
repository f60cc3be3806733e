/** Which path a command means, and how paths are told. */
import type { PathKey } from '../../core/envelope.ts';
import { nearest } from '../../core/config/nearest.ts';
import type { PathSummary } from '../../core/queue/port.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { fromNow, rfc3339 } from '../output.ts';
import { pathForPeople, toPathKey } from '../queue/filter.ts';
import type { PathLike, Standing } from './standing.ts';
import { drainObject, failingObject, freezeObject } from './words.ts';

/** By its whole key, or by its site alone when only one path leads there. Throws when there is none. */
export function pathOf(call: Call, known: readonly PathSummary[]): PathSummary {
  const text = call.positionals[0] as string;
  const exact = known.find(({ path }) => path === toPathKey(text));
  if (exact !== undefined) return exact;
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

export function pathObject(summary: PathSummary, standing: Standing): Record<string, unknown> {
  const { pace, oldestAt, nextDueAt, ...rest } = summary;
  return {
    ...rest,
    ...standingObject(summary, standing),
    ...(pace === undefined ? {} : { connections: pace.level }),
    ...(oldestAt === undefined ? {} : { oldestAt: rfc3339(oldestAt) }),
    ...(nextDueAt === undefined ? {} : { nextDueAt: rfc3339(nextDueAt) }),
  };
}

/** What stands still or drains there, with the same keys wherever a path is told. */
export function standingObject(
  path: PathLike,
  standing: Standing,
  customer?: string,
): Record<string, unknown> {
  const drain = standing.drainOf(path);
  const failing = standing.failingOf(path);
  return {
    state: standing.stateOf(path),
    freezes: standing.over(path, customer).map(freezeObject),
    ...(drain === undefined ? {} : { drain: drainObject(drain) }),
    ...(failing === undefined ? {} : { failing: failingObject(failing) }),
  };
}

/** When something is tried there next: where it stands still, when its canaries are due; undefined where nothing is. */
export function nextTryOf(path: PathSummary, standing: Standing): number | undefined {
  const over = standing.over(path);
  if (over.length === 0) return path.nextDueAt;
  const canaries = over.flatMap(({ canary }) => canary?.at ?? []);
  return canaries.length < over.length ? undefined : Math.max(...canaries);
}

/** How long ago, or nothing. */
export function ago(ms: number | undefined, now: number): string {
  return ms === undefined ? '' : fromNow(ms, now);
}

export function nameOf({ path }: { path: PathKey }): string {
  return pathForPeople(path);
}
