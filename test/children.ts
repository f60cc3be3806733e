/** Programs that a test has started. */
import type { ChildProcess } from 'node:child_process';

const PATIENCE_MS = 60_000;

/** At once; a process group where it is negative. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Whether it is over, by itself or by a signal. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Resolves when it has ended, also when it ended before this was called.
 * After a minute it is killed and the test fails: a test that waits for ever tells nothing.
 */
export function untilEnded(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`process ${child.pid} (${child.spawnargs.join(' ')}) does not end`));
    }, PATIENCE_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
