/** What waits for somebody's decision because of the guard, and what it is told to be patient with. */
import { inForce, relaxationName, scopeText } from '../../core/guard/relaxation.ts';
import type { SqlStore } from '../../store/store.ts';
import { counted, localTime } from '../output.ts';
import { type Finding, note, type Patient } from './finding.ts';

/** Groups looked at; more are said to be more. */
const MOST_GROUPS = 1_000;

export async function guardFindings(
  store: Pick<SqlStore, 'listHolds' | 'relaxations'>,
  { now }: Pick<Patient, 'now'>,
): Promise<Finding[]> {
  const groups = await store.listHolds({ limit: MOST_GROUPS });
  const relaxed = inForce(await store.relaxations({ at: now }), now);
  return [
    ...(groups.length === 0 ? [] : [held(groups)]),
    ...relaxed.map((one) =>
      note(
        'guard',
        `${scopeText(one)} is relaxed ${one.factor} times until ${localTime(one.to)}: ${one.reason}`,
        `to end it: relais guard unrelax ${relaxationName(one.id)} --reason WHY`,
      ),
    ),
  ];
}

function held(groups: Awaited<ReturnType<SqlStore['listHolds']>>): Finding {
  const messages = groups.reduce((sum, group) => sum + group.messages, 0);
  const accounts = new Set(groups.map(({ login }) => login)).size;
  const more = groups.length === MOST_GROUPS ? ' and more' : '';
  return note(
    'guard',
    `${counted(messages, 'message')} of ${counted(accounts, 'account')} held${more}, waiting for a decision`,
    'see what they are: relais guard holds; which accounts are stopped: relais guard status',
  );
}
