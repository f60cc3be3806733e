/** `relais restore`: a whole site from a backup, or into the running one what it has lost. */
import { resolve } from 'node:path';
import { openBackup, hasBackup } from '../../store/backup/sqlite.ts';
import type { SqlStore } from '../../store/store.ts';
import { optionOf, readOption, toAddress, toCount } from '../arguments.ts';
import { toMailbox } from '../account/of.ts';
import { DRY_RUN } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { whyClosed } from '../store-closed.ts';
import { restoreAccount, type Wanted } from './account.ts';
import { restoreSite } from './site.ts';

export const restore: Command = {
  name: 'restore',
  usage:
    'FOLDER [--queue frozen|go|drop] [--moved] | FOLDER --account ADDRESS [--mailbox NAME [--uid N]] [--to NAME] [--dry-run]',
  summary:
    'Makes a backup the store of a place that has none; with --account, brings back what the running store lacks of it.',
  options: {
    account: { type: 'string', doc: 'Only this account: made again where it is gone, and what it lacks.' },
    mailbox: { type: 'string', doc: 'Only this mailbox of it.' },
    uid: { type: 'string', doc: 'Only the message with this UID, in the backup, of that mailbox.' },
    to: { type: 'string', doc: 'Into this mailbox, instead of the one of the same name.' },
    queue: {
      type: 'string',
      doc: 'What becomes of mail that was on its way: frozen (unless given) stands still until you look; go is sent; drop is cancelled.',
    },
    moved: {
      type: 'boolean',
      doc: 'The old server was stopped before the backup: the queue goes on, and mail programs go on where they were.',
    },
    'no-verify': { type: 'boolean', doc: 'Does not read a restored store again to check it.' },
    ...DRY_RUN,
  },
  positionals: [1, 1],
  examples: [
    'relais restore /backup/relais-2018-03-12',
    'relais restore /backup/relais-2018-03-12 --account ana@example.org --dry-run',
    'relais restore /backup/relais-2018-03-12 --account ana@example.org --mailbox INBOX --uid 17 --to Restored',
  ],
  async run(call) {
    const folder = call.positionals[0] as string;
    const wanted = wantedOf(call);
    const from = await opened(call, folder);
    try {
      if (wanted !== undefined) return await restoreAccount(call, from, wanted);
      return await restoreSite(call, { from, folder });
    } finally {
      await from.close();
    }
  },
};

/** Options that belong together. Throws for what cannot be meant. */
function wantedOf(call: Call): Wanted | undefined {
  const account = readOption(call, 'account', toAddress);
  const given = (names: readonly string[]): string | undefined =>
    names.find((name) => call.options[name] !== undefined && call.options[name] !== false);
  const usage = (sentence: string): CommandError => new CommandError(EXIT.usage, sentence);
  if (account === undefined) {
    const name = given(['mailbox', 'uid', 'to']);
    if (name !== undefined) throw usage(`--${name} belongs to an account: say which, with --account ADDRESS`);
    return undefined;
  }
  const ofSite = given(['queue', 'moved', 'no-verify']);
  if (ofSite !== undefined)
    throw usage(`--${ofSite} is for a whole site: leave it out, or leave out --account`);
  const [named, to] = [optionOf(call, 'mailbox'), optionOf(call, 'to')];
  const uid = readOption(call, 'uid', toCount);
  if (named === undefined && (uid !== undefined || to !== undefined))
    throw usage(`--${uid === undefined ? 'to' : 'uid'} is about one mailbox: say which, with --mailbox NAME`);
  return {
    address: account,
    ...(named === undefined ? {} : { mailbox: toMailbox(named) }),
    ...(uid === undefined ? {} : { uid }),
    ...(to === undefined ? {} : { to: toMailbox(to) }),
  };
}

async function opened(call: Call, folder: string): Promise<SqlStore> {
  const place = resolve(folder);
  if (place === resolve(call.config.data) && call.config.store.kind === 'sqlite')
    throw new CommandError(EXIT.usage, `${place} is the data folder itself: name the folder of a backup`);
  try {
    if (hasBackup(folder)) return await openBackup(folder);
  } catch (error) {
    const { fact, later } = whyClosed(error, { ...call.config, data: folder, store: { kind: 'sqlite' } });
    throw new CommandError(later ? EXIT.later : EXIT.failed, `the backup cannot be opened: ${fact}`);
  }
  throw new CommandError(
    EXIT.nothing,
    `there is no backup in ${place}: name the folder that relais backup wrote, with relais.db in it`,
  );
}
