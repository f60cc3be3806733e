import { flagNames } from '../../core/mailbox/flags.ts';
import { emailObjectId, threadObjectId } from '../../core/mailbox/object-id.ts';
import type { StoredItem } from '../../core/mailbox/port.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, optionOf, toAddress, toCount } from '../arguments.ts';
import { accountOf, mailboxOf, toMailbox } from '../account/of.ts';
import { type Command, CommandError, EXIT, type Sink } from '../command.ts';
import { writeContent } from '../content.ts';
import { rfc3339, written } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';
import { headingOf } from './heading.ts';

export const mailboxShow: Command = {
  name: 'mailbox show',
  usage: 'ADDRESS UID [--mailbox NAME]',
  summary: 'Writes a message to standard output, octet by octet; with --json, only what is known of it.',
  options: { mailbox: { type: 'string', doc: 'The mailbox it is in; INBOX unless given.' } },
  positionals: [2, 2],
  examples: ['relais mailbox show ana@example.org 17 > message.eml'],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const uid = toCount(call.positionals[1] as string);
    const name = toMailbox(optionOf(call, 'mailbox'));
    return withStore(call, async (store) => {
      const account = await accountOf(store, call, address);
      const mailbox = await mailboxOf(store, call, { account, name });
      const [item] = await store.items({
        ...{ account: account.id, mailbox: mailbox.id },
        ...{ uids: [[uid, uid]], limit: 1 },
      });
      if (item === undefined) {
        const list = commandLine(call, ['mailbox', 'list', address, name]);
        throw new CommandError(
          EXIT.nothing,
          `${name} of ${address} has no message ${uid}. Those it has: ${list}`,
        );
      }
      if (!call.output.json) {
        await write(store, item, call.streams.out);
        return EXIT.done;
      }
      const { from, subject } = await headingOf(store, item);
      const { sender, recipient, internalAt, sizeBytes, message } = item;
      const reference = (await openReferences(store)).of(message);
      const object = {
        address,
        mailbox: name,
        uid,
        reference,
        sender,
        from,
        subject,
        ...(recipient === undefined ? {} : { to: recipient }),
        receivedAt: rfc3339(internalAt),
        savedAt: rfc3339(item.savedAt),
        sizeBytes,
        flags: flagNames(item.flags, mailbox.keywords),
        emailId: emailObjectId(message),
        threadId: threadObjectId(item.thread),
      };
      call.output.item(object, '');
      return EXIT.done;
    });
  },
};

/** RFC 5321 4.4: final delivery puts the Return-Path in front. */
async function write(store: SqlStore, item: StoredItem, out: Sink): Promise<void> {
  await written(out, Buffer.from(`Return-Path: <${item.sender}>\r\n`));
  await written(out, item.prefix);
  await writeContent(store, { message: item.message, received: item.contentBytes }, out);
}
