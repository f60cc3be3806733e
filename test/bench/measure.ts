/** What a run costs: time, processor, bytes written, for a tree of processes. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc (USER_HZ, 100 on every Linux that Node runs on). */
const TICKS = 100;

export interface Usage {
  /** Processor time, user and system, seconds. */
  readonly cpuSeconds: number;
  /** Bytes that were sent to the disk. */
  readonly writtenBytes: number;
}

/** Everything that a process, its living children and its ended ones have used. */
export function usageOf(root: number): Usage {
  let cpuSeconds = 0;
  let writtenBytes = 0;
  for (const pid of tree(root)) {
    const stat = statOf(pid);
    if (stat === undefined) continue;
    cpuSeconds += (stat.utime + stat.stime + stat.endedChildren) / TICKS;
    writtenBytes += writtenBy(pid);
  }
  return { cpuSeconds, writtenBytes };
}

/** Resident memory of a tree of processes, bytes. Shared pages count once per process. */
export function residentBytes(root: number): number {
  return tree(root).reduce((sum, pid) => sum + resident(pid), 0);
}

export function since(before: Usage, after: Usage): Usage {
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    writtenBytes: after.writtenBytes - before.writtenBytes,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Stat {
  readonly parent: number;
  readonly utime: number;
  readonly stime: number;
  /** Ticks of children that were waited for. */
  readonly endedChildren: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces: fields count from behind it.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { parent, utime, stime, endedChildren: cutime + cstime };
  } catch {
    return undefined;
  }
}

function tree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat !== undefined) parents.set(Number(name), stat.parent);
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

function writtenBy(pid: number): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function resident(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
