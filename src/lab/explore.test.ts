import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const EXPLORE = fileURLToPath(new URL('./explore.ts', import.meta.url));

/** Exit code and standard error of the lab with these options. */
function explored(...options: string[]): Promise<{ code: number; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [EXPLORE, ...options], (error, _, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), err }),
    );
  });
}

test('what the lab cannot do is refused in a sentence that names it, with how it is called', async () => {
  for (const [options, sentence] of [
    [['--seeds', 'abc'], /^lab: --seeds abc: write a whole number from 1\nusage: /],
    [['--seeds', '0'], /^lab: --seeds 0: /],
    [['--seed', '1', '--only', 'x'], /^lab: --only x: write numbers of faults/],
    [['--seeds', '1', '--bug', 'x'], /^lab: there is no bug x\n/],
    [['--from', '3'], /^lab: write one of --seeds and --seed\n/],
    [['--bogus'], /^lab: Unknown option '--bogus'/],
  ] as const) {
    const { code, err } = await explored(...options);
    assert.equal(code, 2, options.join(' '));
    assert.match(err, sentence);
    assert.doesNotMatch(err, /\n\s+at /);
  }
});
