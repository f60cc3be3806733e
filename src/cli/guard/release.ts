import { decisionCommand } from './decide.ts';

export const guardRelease = decisionCommand({
  decision: 'release',
  summary:
    "Lets held mail go on: it was its owner's, who is told; the guard learns from it. What comes from elsewhere may be held again.",
  reasonDoc: 'Why; kept in the trace of each message.',
  done: 'Released',
  examples: [
    'relais guard release H4711 --reason "a newsletter, asked its owner"',
    'relais guard release ana@example.org --reason "was travelling" --dry-run',
  ],
  after: 'Its owner was told. What has left cannot be called back.',
});
