/** Relais assembled without its guard, for the bench that compares the two. No option of the program gives this. */
import { runCommand } from '../../src/cli/run.ts';
import { contextWith } from '../../src/main.ts';

process.exitCode = await runCommand(
  process.argv.slice(2),
  contextWith(() => undefined),
);
