import { commandLine, readOption, toAddress, toCount } from '../arguments.ts';
import { accountOf, toMailbox } from '../account/of.ts';
import { type Command, EXIT } from '../command.ts';
import { columns, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';

/** Read from the store, and aligned, together. */
const PAGE = 500;

export const mailboxList: Command = {
  name: 'mailbox list',
  usage: 'ADDRESS [MAILBOX] [--after UID] [--limit N]',
  summary: 'The messages in a mailbox (INBOX unless named), newest last.',
  options: {
    after: { type: 'string', doc: 'Only those after this UID.' },
    limit: { type: 'string', doc: 'At most this many.' },
  },
  positionals: [1, 2],
  async run(call) {
    const { output } = call;
    const [written, named] = call.positionals as [string, string?];
    const [address, mailbox] = [toAddress(written), toMailbox(named)];
    let last: number | undefined;
    let after = readOption(call, 'after', toCount) ?? 0;
    let left = readOption(call, 'limit', toCount) ?? Number.POSITIVE_INFINITY;
    return withStore(call, async (store) => {
      const { id: account } = await accountOf(store, call, address);
      const references = await openReferences(store);
      for (let first = true; left > 0; first = false) {
        const items = await store.listMailbox({ account, mailbox, after, limit: Math.min(PAGE, left) });
        if (items.length === 0 && first) output.say(`${mailbox} of ${address} is empty.`);
        if (items.length === 0) break;
        const rows = items.map((item) => [
          String(item.uid),
          localTime(item.internalAt),
          sizeForPeople(item.sizeBytes),
          item.sender === '' ? '<>' : item.sender,
        ]);
        const [head, ...lines] = columns([['UID', 'Received', 'Size', 'From'], ...rows], [0, 2]);
        if (first) output.say(head as string);
        items.forEach(({ uid, sender, recipient, internalAt, sizeBytes, message }, index) => {
          const object = {
            address,
            mailbox,
            uid,
            reference: references.of(message),
            from: sender,
            to: recipient,
          };
          output.item({ ...object, receivedAt: rfc3339(internalAt), sizeBytes }, lines[index] as string);
        });
        last = items.at(-1)?.uid as number;
        after = last;
        left -= items.length;
      }
      const inbox = mailbox === 'INBOX' ? [] : ['--mailbox', mailbox];
      if (last !== undefined)
        output.say(
          `\nTo read the last: ${commandLine(call, ['mailbox', 'show', address, String(last), ...inbox])}`,
        );
      return EXIT.done;
    });
  },
};
