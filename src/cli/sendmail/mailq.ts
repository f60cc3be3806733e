/** `relais mailq`, and `mailq` through bin/mailq. */
import type { Command } from '../command.ts';
import { queueList } from '../queue/list.ts';

export const mailq: Command = {
  ...queueList,
  name: 'mailq',
  summary: 'What is in the queue, under the name that people know; flags of other mailqs are read over.',
  examples: ['mailq', 'mailq --domain far.example', 'mailq --json'],
  readsOver: true,
};
