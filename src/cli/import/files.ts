/** `relais import maildir` and `relais import mbox`. */
import { resolve } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { quotaOf } from '../../core/config/quota.ts';
import { type FileFolder, type FileResult, importFiles } from '../../core/import/files.ts';
import type { LeftOut } from '../../core/import/naming.ts';
import { accountOf, toMailbox } from '../account/of.ts';
import { commandLine, isGiven, optionOf, readOption, toAddress, toWord } from '../arguments.ts';
import { DRY_RUN, NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { counted, nameForPeople, sizeForPeople } from '../output.ts';
import { leavingRoom } from '../disk-room.ts';
import { withStore } from '../with-store.ts';
import { maildirFolders } from './maildir-folders.ts';
import { mboxFolders } from './mbox-folders.ts';
import { PassedOver } from './passed-over.ts';
import { Progress } from './progress.ts';

const MAILBOX = {
  mailbox: { type: 'string', doc: 'Into this mailbox, and those below it; else as they are called there.' },
} as const;

export const importMaildir: Command = {
  name: 'import maildir',
  usage: 'ADDRESS FOLDER [--mailbox NAME] [--dry-run]',
  summary: 'Brings a Maildir into an account, with its folders, flags and dates; twice brings nothing twice.',
  options: { ...MAILBOX, ...DRY_RUN },
  positionals: [2, 2],
  examples: ['relais import maildir ana@example.org /home/ana/Maildir'],
  async run(call) {
    const path = call.positionals[1] as string;
    return bring(call, 'maildir', async (passed) => maildirFolders(path, passed));
  },
};

export const importMbox: Command = {
  name: 'import mbox',
  usage: 'ADDRESS FILE|FOLDER [--mailbox NAME] [--quoting mboxrd|mboxo] [--dry-run]',
  summary: 'Brings an mbox file, or a folder of them, into an account; twice brings nothing twice.',
  options: {
    ...MAILBOX,
    quoting: {
      type: 'string',
      doc: 'How lines that begin with From were marked: mboxrd (so without it; each lost one ">"), or mboxo (only ">From ").',
    },
    ...DRY_RUN,
  },
  positionals: [2, 2],
  examples: ['relais import mbox ana@example.org old-mail.mbox --mailbox "Old mail"'],
  async run(call) {
    const quoting =
      readOption(call, 'quoting', (text) => toWord(text, ['mboxrd', 'mboxo'] as const)) ?? 'mboxrd';
    const path = call.positionals[1] as string;
    return bring(call, 'mbox', (passed) => mboxFolders(path, { quoting, passed }));
  },
};

async function bring(
  call: Call,
  kind: 'maildir' | 'mbox',
  find: (passed: PassedOver) => Promise<{ folders: FileFolder[]; messages: number }>,
): Promise<number> {
  const address = toAddress(call.positionals[0] as string);
  const named = optionOf(call, 'mailbox');
  const mailbox = named === undefined ? undefined : toMailbox(named);
  const isDryRun = isGiven(call, 'dry-run');
  return withStore(call, async (store) => {
    const account = await accountOf(store, call, address);
    const passed = new PassedOver();
    const progress = new Progress(call);
    const told = new FilesTelling(call, { address, passed });
    try {
      const { folders, messages } = await find(passed);
      progress.expect(messages);
      const { left, ended } = await importFiles({
        ...{ clock: systemClock, account: account.id, limits: quotaOf(call.config), isDryRun },
        store: leavingRoom(store, call.config),
        folders: mailbox === undefined ? folders : below(folders, mailbox),
        progress: (count, octets) => progress.came(count, octets),
        folder(result) {
          told.folder(result);
          if (!isDryRun) progress.changed();
        },
      });
      return told.end({ left, ended, kind, path: resolve(call.positionals[1] as string) });
    } finally {
      passed.tell(call.output);
      await progress.end();
    }
  });
}

/** Everything below one mailbox; what is alone, or the INBOX, into that itself. */
function below(folders: readonly FileFolder[], mailbox: string): FileFolder[] {
  const above = mailbox.split('/');
  return folders.map(({ use: _, ...folder }) => {
    const isTop = folders.length === 1 || (folder.levels.length === 1 && folder.levels[0] === 'INBOX');
    return { ...folder, levels: isTop ? above : [...above, ...folder.levels] };
  });
}

class FilesTelling {
  readonly #call: Call;
  readonly #address: string;
  readonly #passed: PassedOver;
  readonly #sum = { folders: 0, messages: 0, octets: 0, there: 0, withoutKeywords: 0 };

  constructor(call: Call, { address, passed }: { address: string; passed: PassedOver }) {
    this.#call = call;
    this.#address = address;
    this.#passed = passed;
  }

  folder({ planned, isNew, messages, octets, there, withoutKeywords }: FileResult): void {
    const isDryRun = isGiven(this.#call, 'dry-run');
    this.#sum.folders++;
    for (const [key, count] of Object.entries({ messages, octets, there, withoutKeywords }))
      this.#sum[key as 'messages'] += count;
    const { name } = planned;
    const object = {
      address: this.#address,
      path: planned.folder.name,
      mailbox: name,
      isNew,
      messages,
      octets,
      there,
    };
    const size = messages > 0 ? ` (${sizeForPeople(octets)})` : '';
    this.#call.output.item(
      { ...object, withoutKeywords, ...(isDryRun ? { dryRun: true } : {}) },
      `${nameForPeople(name)}${isNew ? ', new' : ''}: ${counted(messages, 'message')}${size}, ${there} here already${withoutKeywords > 0 ? `; ${withoutKeywords} without keywords: the mailbox has as many as it can` : ''}`,
    );
  }

  end(about: {
    left: readonly LeftOut[];
    ended: FileResult['ended'] | undefined;
    kind: 'maildir' | 'mbox';
    path: string;
  }): number {
    const { left, ended, kind, path } = about;
    const { output } = this.#call;
    const address = this.#address;
    for (const { folder } of left)
      output.note(`${nameForPeople(folder.name)} did not come: no mailbox can have such a name`);
    const isDryRun = isGiven(this.#call, 'dry-run');
    const what = `${counted(this.#sum.messages, 'message')}, ${sizeForPeople(this.#sum.octets)}`;
    output.item(
      {
        ...{
          schema: 'relais.import-files/1',
          kind,
          address,
          path,
          ...this.#sum,
          passedOver: this.#passed.counts,
        },
        ...(ended === undefined ? {} : { ended }),
        ...(isDryRun ? { dryRun: true } : {}),
      },
      isDryRun ? `${what} would come. ${NOT_CHANGED}` : `${what} came to ${address}.`,
    );
    if (ended === 'over quota') {
      const quota = commandLine(this.#call, ['account', 'quota', address]);
      output.note(
        `It ended there: ${address} has no room for more. See ${quota} and make room, or raise its limit (--size, --messages); then run this again: it goes on where it ended.`,
      );
    } else if (ended !== undefined)
      output.note(
        ended === 'too many'
          ? `It ended there: ${address} has as many mailboxes as it may.`
          : 'It ended there: the mailbox was deleted meanwhile. Run this again.',
      );
    return ended === undefined && left.length === 0 && !this.#passed.isFault ? EXIT.done : EXIT.failed;
  }
}
