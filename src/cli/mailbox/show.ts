import type { StoredMessage } from '../../core/mailbox/port.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, optionOf, toAddress, toCount } from '../arguments.ts';
import { accountOf, toMailbox } from '../account/of.ts';
import { type Command, CommandError, EXIT, type Sink } from '../command.ts';
import { rfc3339, written } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';

const PIECE_BYTES = 256 * 1024;

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
    const mailbox = toMailbox(optionOf(call, 'mailbox'));
    return withStore(call, async (store) => {
      const { id: account } = await accountOf(store, call, address);
      const item = await store.mailboxItem({ account, mailbox, uid });
      if (item === undefined) {
        const list = commandLine(call, ['mailbox', 'list', address, mailbox]);
        throw new CommandError(
          EXIT.nothing,
          `${mailbox} of ${address} has no message ${uid}. Those it has: ${list}`,
        );
      }
      if (!call.output.json) {
        await write(store, item, call.streams.out);
        return EXIT.done;
      }
      const { sender, recipient, internalAt, sizeBytes, message } = item;
      const reference = (await openReferences(store)).of(message);
      const object = {
        address,
        mailbox,
        uid,
        reference,
        from: sender,
        to: recipient,
        receivedAt: rfc3339(internalAt),
        sizeBytes,
      };
      call.output.item(object, '');
      return EXIT.done;
    });
  },
};

/** RFC 5321 4.4: final delivery puts the Return-Path in front. */
async function write(store: SqlStore, item: StoredMessage, out: Sink): Promise<void> {
  await written(out, Buffer.from(`Return-Path: <${item.sender}>\r\n`));
  await written(out, item.prefix);
  for (let offset = 0; offset < item.contentBytes; offset += PIECE_BYTES) {
    const bytes = await store.readBlob({ hash: item.hash, offset, limit: PIECE_BYTES });
    if (bytes.length === 0)
      throw new CommandError(
        EXIT.failed,
        `the message is damaged: the store has nothing past octet ${offset}`,
      );
    await written(out, bytes);
  }
}
