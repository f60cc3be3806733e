import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { requireRoot } from './interop/far-end.ts';

/** A small file system of its own, in memory; undefined, and the test skipped, for who may not mount one. */
export function smallDisk(t: TestContext, mib: number): { place: string; remove(): void } | undefined {
  if (!requireRoot(t, 'a small disk is mounted by root')) return undefined;
  const place = mkdtempSync(join(tmpdir(), 'relais-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', place]);
  return {
    place,
    remove() {
      // Lazily: a process that was killed may not have let go of its files yet.
      execFileSync('umount', ['--lazy', place]);
      rmSync(place, { recursive: true });
    },
  };
}
