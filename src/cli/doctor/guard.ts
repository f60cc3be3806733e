/** What the guard goes by, what waits for somebody's decision because of it, and what it is told to be patient with. */
import { readFileSync } from 'node:fs';
import { inForce, relaxationName, scopeText } from '../../core/guard/relaxation.ts';
import type { SqlStore } from '../../store/store.ts';
import { Whereabouts } from '../../core/guard/whereabouts.ts';
import { fileFault } from '../file-fault.ts';
import { heldOf, MOST_GROUPS_SEEN } from '../guard/status.ts';
import { counted, localTime } from '../output.ts';
import { type Finding, note, type Patient, right, wrong } from './finding.ts';

/** The operator's list of networks: without it the guard goes on, and tells neither operators nor countries apart. */
export function networksFindings({ config }: Pick<Patient, 'config'>): Finding[] {
  const { networks: file } = config.guard;
  if (file === undefined) return [];
  const remedy =
    'write lines of prefix,asn,country into it, such as 192.0.2.0/24,64500,FR, or take guard.networks out';
  const bad: number[] = [];
  let lines: number;
  try {
    const text = readFileSync(file, 'utf8');
    lines = text.split('\n').filter((line) => line.trim() !== '').length;
    new Whereabouts(text, (line) => bad.push(line));
  } catch (error) {
    return [wrong('guard', `guard.networks = "${file}" cannot be read: ${fileFault(error)}`, remedy)];
  }
  if (lines === 0) return [wrong('guard', `guard.networks = "${file}" is empty`, remedy)];
  const fact = `guard.networks = "${file}", ${counted(lines, 'line')}`;
  return [
    bad.length === 0
      ? right('guard', fact)
      : wrong(
          'guard',
          `${fact}, of which ${bad.length} cannot be read, the first of them line ${bad[0]}`,
          remedy,
        ),
  ];
}

export async function guardFindings(
  store: Pick<SqlStore, 'listHolds' | 'relaxations'>,
  { now }: Pick<Patient, 'now'>,
): Promise<Finding[]> {
  const groups = await store.listHolds({ limit: MOST_GROUPS_SEEN });
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
  const { messages, accounts } = heldOf(groups);
  const more = groups.length === MOST_GROUPS_SEEN ? ' and more' : '';
  return note(
    'guard',
    `${counted(messages, 'message')} of ${counted(accounts, 'account')} held${more}, waiting for a decision`,
    'see what they are: relais guard holds; which accounts are stopped: relais guard status',
  );
}
