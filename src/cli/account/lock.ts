import { commandLine, isGiven, neededReason, toAddress } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { accountOf, noAccount } from './of.ts';

export interface LockWords {
  readonly name: string;
  readonly summary: string;
  /** What waits of it in the queue: it goes on, or is taken out and held. */
  readonly waiting: 'goes on' | 'is held';
}

export function lockCommand({ name, summary, waiting: becomes }: LockWords): Command {
  const isHeld = becomes === 'is held';
  return {
    name,
    usage: 'ADDRESS --reason REASON [--dry-run]',
    summary,
    options: {
      reason: { type: 'string', doc: 'Why; shown by account list and in the log.' },
      ...DRY_RUN,
    },
    positionals: [1, 1],
    examples: [`relais ${name} ana@example.org --reason "password stolen, ticket 4711"`],
    async run(call) {
      const address = toAddress(call.positionals[0] as string);
      const dryRun = isGiven(call, 'dry-run');
      const reason = dryRun ? '' : neededReason(call);
      return withStore(call, async (store) => {
        const { lockedReason: before } = await accountOf(store, call, address);
        if (before !== undefined && !isHeld) throw isLocked(call, address, before);
        const at = Date.now();
        const expiresAt = at + call.config.guard.holdForMs;
        const waiting = dryRun || !isHeld ? {} : { waiting: { group: await store.reserveIds(1), expiresAt } };
        const request = { address, reason, at, ...waiting };
        const done = await makeOrTry(call, store, { change: 'lockAccount', request });
        const heard = await expectDone(call, done === 'exists' && isHeld ? 'done' : done, {
          missing: noAccount(call, address),
          exists: `${address} has just been locked by somebody else: ${commandLine(call, ['account', 'list'])} says why`,
        });
        const queue = queueInWords(call, { address, isHeld, heard: heard || dryRun });
        if (dryRun) {
          const line = `${address} ${before === undefined ? 'would be locked: it could no longer send' : `is locked already: ${before}`}. ${queue} ${NOT_CHANGED}`;
          call.output.item({ address, dryRun }, line);
          return EXIT.done;
        }
        const undo = commandLine(call, ['account', 'unlock', address]);
        const isFirst = done === 'done';
        const why = isFirst ? reason : ((await accountOf(store, call, address)).lockedReason ?? reason);
        call.output.item(
          { address, result: 'locked', reason: why, undo },
          isFirst
            ? `${address} is locked: it can no longer send. ${queue}`
            : `${address} is locked already, and for this reason still: ${why}. ${queue}`,
        );
        if (isHeld) call.output.say(`See it: ${commandLine(call, ['guard', 'holds', '--account', address])}`);
        if (isFirst) call.output.say(`Undo: ${undo}`);
        return EXIT.done;
      });
    },
  };
}

function queueInWords(
  call: Call,
  { address, isHeld, heard }: { address: string; isHeld: boolean; heard: boolean },
): string {
  if (!isHeld)
    return `What waits of it in the queue goes on; to hold that as well: ${commandLine(call, ['guard', 'lock', address, '--reason', 'WHY'])}`;
  return heard
    ? 'What waits of it in the queue is taken out and held within seconds.'
    : 'What waits of it in the queue is taken out and held once a server runs; none does here.';
}

function isLocked(call: Call, address: string, why: string): CommandError {
  const unlock = commandLine(call, ['account', 'unlock', address]);
  return new CommandError(
    EXIT.nothing,
    `${address} is locked already: ${why}. To give another reason, first: ${unlock}`,
  );
}

export const accountLock = lockCommand({
  name: 'account lock',
  summary: 'Keeps an account from logging in to send; it goes on receiving.',
  waiting: 'goes on',
});
