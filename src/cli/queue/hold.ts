import { changeCommand, sameFilter } from './change.ts';

export const queueHold = changeCommand({
  kind: 'hold',
  summary: 'Keeps deliveries from being tried until they are released; they stay in the queue.',
  would: 'To hold:',
  done: 'Held',
  possible: 'ready or waiting',
  examples: [
    'relais queue hold --sender ana@example.org --reason "ticket 4711" --dry-run',
    'relais queue hold R7K2M4QW81ZC --reason "asked by the sender"',
  ],
  // Only what this call held: others may have been held before, for another reason.
  undo: (call, reason) => [
    'queue',
    'release',
    ...sameFilter(call),
    '--hold-reason',
    reason,
    '--reason',
    `undo: ${reason}`,
  ],
});
