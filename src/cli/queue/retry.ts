import { changeCommand } from './change.ts';

export const queueRetry = changeCommand({
  kind: 'retry',
  summary: 'Tries waiting deliveries now; they keep their lane and their lifetime.',
  would: 'To try now:',
  done: 'Sent to their next try:',
  possible: 'waiting',
  examples: ['relais queue retry --domain far.example --reason "they repaired their server"'],
  undo: () => 'Nothing to undo: what fails again goes back to its lane.',
});
