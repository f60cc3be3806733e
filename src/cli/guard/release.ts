import { decisionCommand, unlockHint } from './decide.ts';

export const guardRelease = decisionCommand({
  decision: 'release',
  summary: "Lets held mail go on: it was its owner's, who is told, and mail like it passes from now on.",
  done: 'Released',
  examples: [
    'relais guard release H4711 --reason "a newsletter, asked its owner"',
    'relais guard release ana@example.org --reason "was travelling" --dry-run',
  ],
  after: (call, login) =>
    `Its owner was told. What has left cannot be called back. ${unlockHint(call, login)}`,
});
