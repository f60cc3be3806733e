import { changeCommand, sameFilter } from './change.ts';

export const queueRelease = changeCommand({
  kind: 'release',
  summary: 'Lets held deliveries go on.',
  would: 'To release:',
  done: 'Released',
  possible: 'held',
  examples: ['relais queue release --hold-reason "ticket 4711" --reason "sorted out"'],
  undo: (call, reason) => ['queue', 'hold', ...sameFilter(call), '--reason', `undo: ${reason}`],
});
