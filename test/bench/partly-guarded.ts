/**
 * Relais assembled with a part of its guard, which GUARD_PART names: what the bench compares with, to see what each part
 * costs. No option of the program gives this.
 */
import { runCommand } from '../../src/cli/run.ts';
import type { GuardDesk } from '../../src/core/guard/desk.ts';
import { LiveGuard } from '../../src/core/guard/live.ts';
import { Submissions } from '../../src/core/guard/submission.ts';
import { contextWith } from '../../src/main.ts';

type About = ConstructorParameters<typeof LiveGuard>;

/** Looks at each message, and thinks nothing of it. */
function looking([, { whereabouts }, { secret }]: About): Pick<GuardDesk, 'judge'> {
  const submissions = new Submissions(whereabouts, secret);
  return {
    async judge(submitted) {
      submissions.eventOf({ ...submitted, account: submitted.account.address });
      return nothing();
    },
  };
}

/** Decides about each message, and nothing is written of it. */
function deciding(desk: GuardDesk): Pick<GuardDesk, 'judge'> {
  return {
    async judge(submitted, monotonic) {
      await desk.judge(submitted, monotonic);
      return nothing();
    },
  };
}

/** As where there is no guard: the acceptor spreads it, and there is nothing in it. */
function nothing(): never {
  return undefined as never;
}

/** In the environment, because the workers that are forked inherit it. */
const part = process.env['GUARD_PART'];
process.exitCode = await runCommand(
  process.argv.slice(2),
  contextWith((...about) => {
    if (part === 'none') return undefined;
    const guard = new LiveGuard(...about);
    return Object.assign(guard, { desk: part === 'looks' ? looking(about) : deciding(guard.desk) });
  }),
);
