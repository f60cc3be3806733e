import { decisionCommand } from './decide.ts';

export const guardDrop = decisionCommand({
  decision: 'drop',
  summary: "Throws held mail away: it was not its owner's, who is told.",
  reasonDoc: 'Why; kept in the trace of each message, and its owner reads it.',
  done: 'Dropped',
  examples: ['relais guard drop H4711 --reason "spam, password was stolen"'],
  after: 'Its owner was told.',
});
