import { systemClock } from '../../base/clock.ts';
import { listSlowed } from '../../core/directory/login-memory.ts';
import { type Command, EXIT } from '../command.ts';
import { localTime, rfc3339 } from '../output.ts';
import { withStore } from '../with-store.ts';

export const loginList: Command = {
  name: 'login list',
  usage: '',
  summary: 'Addresses and accounts that must wait before they may log in, because too many logins failed.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    const slowed = await withStore(call, (store) => listSlowed(store, systemClock));
    for (const { key, failures, lastAt, until } of slowed) {
      call.output.item(
        { key, failures, lastAt: rfc3339(lastAt), until: rfc3339(until) },
        `${key}  ${failures} failed, the last at ${localTime(lastAt)}; must wait until ${localTime(until)}`,
      );
    }
    if (slowed.length === 0) call.output.say('Nobody has to wait.');
    else call.output.say('To let one in again at once: relais login forgive KEY');
    return EXIT.done;
  },
};
