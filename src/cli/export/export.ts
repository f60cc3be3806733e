/** `relais export maildir` and `relais export mbox`: an account, or a mailbox of it, as files. */
import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Account } from '../../core/directory/port.ts';
import type { Mailbox } from '../../core/mailbox/port.ts';
import type { SqlStore } from '../../store/store.ts';
import { accountOf, mailboxOf, toMailbox } from '../account/of.ts';
import { optionOf, readOption, toAddress, toWord } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, nameForPeople, sizeForPeople } from '../output.ts';
import { withStore } from '../with-store.ts';
import { writeFolder } from './folder.ts';
import { maildirPlace, writeMaildir, writeSubscriptions } from './maildir.ts';
import { mboxPlace, writeMbox } from './mbox.ts';
import type { Place, Written } from './written.ts';

const MAILBOX = { mailbox: { type: 'string', doc: 'Only this mailbox.' } } as const;

export const exportMaildir: Command = {
  name: 'export maildir',
  usage: 'ADDRESS FOLDER [--mailbox NAME] [--layout maildir++|fs]',
  summary: 'Writes an account, or one mailbox, as a new Maildir, with flags, dates and UIDs.',
  options: {
    ...MAILBOX,
    layout: {
      type: 'string',
      doc: 'maildir++ (so without it): all folders beside one another; fs: folders in folders, for long names.',
    },
  },
  positionals: [2, 2],
  examples: ['relais export maildir ana@example.org /tmp/ana'],
  async run(call) {
    const layout =
      readOption(call, 'layout', (text) => toWord(text, ['maildir++', 'fs'] as const)) ?? 'maildir++';
    return exportAs(call, 'maildir', {
      place: ({ name }) => maildirPlace(name, layout),
      write: ({ store, ...about }) => writeMaildir(store, about),
      end: ({ folder, subscribed }) => writeSubscriptions(folder, subscribed),
    });
  },
};

export const exportMbox: Command = {
  name: 'export mbox',
  usage: 'ADDRESS FOLDER [--mailbox NAME]',
  summary:
    'Writes an account, or one mailbox, into a new folder of mbox files (mboxrd), with flags and dates.',
  options: MAILBOX,
  positionals: [2, 2],
  examples: ['relais export mbox ana@example.org /tmp/ana --mailbox INBOX'],
  async run(call) {
    return exportAs(call, 'mbox', {
      place: ({ name }) => mboxPlace(name),
      write: ({ store, ...about }) => writeMbox(store, about),
      end: () => undefined,
    });
  },
};

interface Writing {
  readonly store: SqlStore;
  readonly account: Account;
  readonly mailbox: Mailbox;
  readonly folder: string;
  readonly place: string;
}

interface Format {
  place(mailbox: Mailbox): Place;
  write(about: Writing): Promise<Written>;
  end(about: { folder: string; subscribed: readonly string[] }): void;
}

async function exportAs(call: Call, kind: 'maildir' | 'mbox', format: Format): Promise<number> {
  const address = toAddress(call.positionals[0] as string);
  const target = call.positionals[1] as string;
  const named = optionOf(call, 'mailbox');
  const name = named === undefined ? undefined : toMailbox(named);
  return withStore(call, async (store) => {
    const account = await accountOf(store, call, address);
    const mailboxes =
      name === undefined
        ? await store.mailboxes(account.id)
        : [await mailboxOf(store, call, { account, name })];
    const { places, skipped } = placesOf(mailboxes, format);
    const names = new Set(places.map(({ mailbox }) => mailbox.name));
    const subscribed = (await store.subscriptions(account.id)).filter((one) => names.has(one));
    const sum = { mailboxes: places.length, messages: 0, octets: 0, withoutKeywords: 0, changed: 0 };
    await writeFolder(target, async (folder) => {
      for (const { mailbox, place } of places) {
        const written = await format.write({ store, account, mailbox, folder, place });
        for (const key of ['messages', 'octets', 'withoutKeywords', 'changed'] as const)
          sum[key] += written[key];
        say(call, { address, mailbox, written });
      }
      format.end({ folder, subscribed });
      chmodSync(folder, 0o700);
    });
    for (const { name: mailbox, fault } of skipped)
      call.output.item(
        { address, mailbox, skipped: fault },
        `${nameForPeople(mailbox)} is not written: ${fault}`,
      );
    call.output.item(
      { schema: 'relais.export/1', kind, address, folder: resolve(target), ...sum, skipped: skipped.length },
      `${nameForPeople(resolve(target))} has ${counted(sum.messages, 'message')} in ${counted(sum.mailboxes, 'mailbox')} of ${address}: ${sizeForPeople(sum.octets)}.`,
    );
    return skipped.length === 0 ? EXIT.done : EXIT.failed;
  });
}

interface Placed {
  readonly places: readonly { mailbox: Mailbox; place: string }[];
  readonly skipped: readonly { name: string; fault: string }[];
}

/** Throws when none can be written: then nothing is. */
function placesOf(mailboxes: readonly Mailbox[], format: Format): Placed {
  const places: { mailbox: Mailbox; place: string }[] = [];
  const skipped: { name: string; fault: string }[] = [];
  for (const mailbox of mailboxes) {
    const place = format.place(mailbox);
    if ('path' in place) places.push({ mailbox, place: place.path });
    else skipped.push({ name: mailbox.name, fault: place.fault });
  }
  const [first] = skipped;
  if (places.length === 0 && first !== undefined)
    throw new CommandError(EXIT.failed, `${nameForPeople(first.name)} cannot be written: ${first.fault}`);
  return { places, skipped };
}

function say(
  { output }: Call,
  { address, mailbox, written }: { address: string; mailbox: Mailbox; written: Written },
): void {
  const { messages, octets, withoutKeywords, changed } = written;
  const without =
    withoutKeywords > 0 ? `; ${withoutKeywords} with keywords that a Maildir has no letters for` : '';
  const ended = changed > 0 ? `; ${changed} got an end of their last line, which an mbox needs` : '';
  output.item(
    { address, mailbox: mailbox.name, ...written },
    `${nameForPeople(mailbox.name)}: ${counted(messages, 'message')} (${sizeForPeople(octets)})${without}${ended}`,
  );
}
