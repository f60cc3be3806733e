import { changeCommand, sameFilter } from './change.ts';

export const queueRelease = changeCommand({
  kind: 'release',
  summary: 'Lets held deliveries go on.',
  would: 'To release:',
  done: 'Released',
  possible: 'held',
  examples: ['relais queue release --hold-reason "ticket 4711" --reason "sorted out"'],
  undo(call, reason) {
    const filter = sameFilter(call);
    if (filter.length === 0) return 'To undo, hold them by what else they have in common: relais queue hold';
    return ['queue', 'hold', ...filter, '--reason', `undo: ${reason}`];
  },
});
