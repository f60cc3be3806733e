import { groupName } from '../../core/guard/reasons.ts';
import type { HoldGroup } from '../../core/guard/port.ts';
import { isGiven, readOption, toAddress, toCount } from '../arguments.ts';
import { accountOf } from '../account/of.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { counted, type Listed, localTime, sayTable, sizeForPeople } from '../output.ts';
import { withStore } from '../with-store.ts';
import { groupObject, STATES } from './words.ts';

const MOST = 50;
const SUBJECT_CHARS = 40;
const HEAD = [
  'Group',
  'Account',
  'State',
  'Messages',
  'Recipients',
  'Size',
  'Since',
  'Kept until',
  'First subject',
];

export const guardHolds: Command = {
  name: 'guard holds',
  usage: '[--account ADDRESS] [--all] [--limit N]',
  summary: 'Mail that the guard holds, by account and by what its messages have in common.',
  options: {
    account: { type: 'string', doc: 'Only of this account.' },
    all: { type: 'boolean', doc: 'Also what was released or dropped in the last 30 days.' },
    limit: { type: 'string', doc: `At most this many groups; ${MOST} unless given.` },
  },
  positionals: [0, 0],
  examples: ['relais guard holds', 'relais guard holds --account ana@example.org --all'],
  async run(call) {
    const account = readOption(call, 'account', toAddress);
    const limit = readOption(call, 'limit', toCount) ?? MOST;
    return withStore(call, async (store) => {
      const groups = await store.listHolds({
        limit,
        ...(account === undefined ? {} : { login: account }),
        ...(isGiven(call, 'all') ? { all: true } : {}),
      });
      if (groups.length === 0) {
        if (account !== undefined) {
          await accountOf(store, call, account);
          throw new CommandError(EXIT.nothing, `the guard holds nothing of ${account}`);
        }
        call.output.say('The guard holds nothing.');
        return EXIT.done;
      }
      groups.sort((one, other) => other.firstAt - one.firstAt || other.id - one.id);
      sayTable(call.output, { head: HEAD, right: [3, 4, 5] }, groups.map(listed));
      call.output.say('');
      call.output.say('Why, and what to do: relais guard show GROUP');
      if (groups.length === limit)
        call.output.note(`the newest ${counted(limit, 'group')}; --limit shows more`);
      return EXIT.done;
    });
  },
};

function listed(group: HoldGroup): Listed {
  return {
    cells: [
      groupName(group.id),
      group.login,
      STATES[group.state],
      String(group.messages),
      String(group.recipients),
      sizeForPeople(group.sizeBytes),
      localTime(group.firstAt),
      group.state === 'open' ? localTime(group.expiresAt) : '-',
      short(group.subject),
    ],
    object: groupObject(group),
  };
}

function short(subject: string): string {
  return subject.length <= SUBJECT_CHARS ? subject : `${subject.slice(0, SUBJECT_CHARS - 1)}…`;
}
