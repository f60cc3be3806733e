/**
 * Loaded before each file of tests: one that leaves something running is told so and fails, where it would wait for ever.
 * A file awaits nothing at its top level between two tests: its end would be reckoned from the first.
 * `--test-force-exit` does not wait until what it has to report was read, and loses it (nodejs/node#64833).
 */
import { after } from 'node:test';

const PATIENCE_MS = 20_000;

if (process.env['NODE_TEST_CONTEXT'] !== undefined)
  after(() => {
    setTimeout(() => {
      console.error(`after its last test there still is: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, PATIENCE_MS).unref();
  });
