import { changeCommand } from './change.ts';

export const queueCancel = changeCommand({
  kind: 'cancel',
  summary: 'Ends deliveries for good, without telling the sender.',
  would: 'To cancel:',
  done: 'Cancelled',
  possible: 'ready, waiting or held',
  examples: [
    'relais queue cancel --sender bot@example.org --state held --reason "spam through a stolen password"',
  ],
  undo: () => 'This cannot be undone: what is cancelled is gone. The trace keeps the reason.',
});
