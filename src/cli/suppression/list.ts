import { MOST_ADDRESSES } from '../../core/reputation/suppression.ts';
import { type Command, EXIT } from '../command.ts';
import { counted, fromNow, localTime, rfc3339 } from '../output.ts';
import { withStore } from '../with-store.ts';

export const suppressionList: Command = {
  name: 'suppression list',
  usage: '',
  summary: 'Addresses that nothing is sent to, since when and why, and when that ends.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    const now = Date.now();
    const request = { now, limit: MOST_ADDRESSES, only: 'suppressed' } as const;
    const all = await withStore(call, (store) => store.suppressions(request));
    for (const { address, reason, by, failures, firstAt, lastAt, since = lastAt, expiresAt } of all) {
      const how = by === undefined ? `refused ${failures} times` : `by ${by}`;
      const object = {
        schema: 'relais.suppression/1',
        address,
        reason,
        by,
        failures,
        firstAt: rfc3339(firstAt),
        lastAt: rfc3339(lastAt),
        since: rfc3339(since),
        expiresAt: rfc3339(expiresAt),
      };
      const head = `${address}  since ${localTime(since)}, ${how}; ends ${fromNow(expiresAt, now)}`;
      call.output.item(object, `${head}\n  ${reason.replaceAll('\n', ' / ')}`);
    }
    call.output.say(all.length === 0 ? 'None.' : `-- ${counted(all.length, 'address')}.`);
    return EXIT.done;
  },
};
