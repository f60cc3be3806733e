/** How near the running workers are to their budgets, as they last told the store. */
import { STEPS } from '../../core/capacity/strain.ts';
import type { Share } from '../../core/queue/balance.ts';
import { type Finding, note, right, wrong } from './finding.ts';

/** What makes room, by the option of the budget. */
const REMEDIES: Readonly<Record<string, string>> = {
  connections: 'raise budget.connections (and the limit of open files), or see who connects so much: ss -tn',
  memory: 'raise budget.memory, or lower limits.maxConnections',
  in: 'raise budget.in if the network can bear it; senders keep what is put off',
  storeLatency: 'look at the disk of the store: what else writes to it, and how long a sync takes',
  loopLag: 'look at the processors: what else runs here; more workers on more cores help',
};

export function budgetFindings(workers: readonly Share[]): Finding[] {
  const strained = workers.filter(({ strain }) => strain !== undefined && strain.level > 0);
  if (workers.length === 0) return [];
  if (strained.length === 0) return [right('budgets', STEPS[0])];
  return strained.map(({ node, strain }) => {
    const { level, budget, used } = strain as NonNullable<typeof strain>;
    const fact = `on ${node}, ${Math.round(used * 100)} % of budget.${budget} is used: ${STEPS[level]}`;
    const remedy = REMEDIES[budget] ?? 'look at what uses it';
    return level >= 2 ? wrong('budgets', fact, remedy) : note('budgets', fact, remedy);
  });
}
