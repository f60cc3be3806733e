/** A whole site, into a place that has no store yet. */
import { resolve } from 'node:path';
import type { RestoredQueue, Settled, SettleRequest } from '../../core/restore/port.ts';
import { OccupiedError } from '../../store/backup/folder.ts';
import { restorePostgres } from '../../store/backup/postgres.ts';
import { restoreSqlite } from '../../store/backup/sqlite.ts';
import { hasDatabase } from '../../store/sqlite/open.ts';
import { settleRestored } from '../../store/sql/restored.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven, readOption, toWord } from '../arguments.ts';
import { writingFault } from '../backup/fault.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { operator } from '../operator.ts';
import { counted } from '../output.ts';
import { verifyStore } from '../verify/verify.ts';
import { withStore, withStoreMade } from '../with-store.ts';

const QUEUES = ['frozen', 'go', 'drop'] as const;

export async function restoreSite(
  call: Call,
  { from, folder }: { from: SqlStore; folder: string },
): Promise<number> {
  const isMoved = isGiven(call, 'moved');
  const queue = readOption(call, 'queue', (text) => toWord(text, QUEUES)) ?? (isMoved ? 'go' : 'frozen');
  const accounts = await from.listAccounts(undefined);
  const messages = accounts.reduce((sum, account) => sum + account.messages, 0);
  const what = `${counted(accounts.length, 'account')} with ${counted(messages, 'message')}`;
  const object = { schema: 'relais.restore/1', folder: resolve(folder), accounts: accounts.length, messages };
  if (isGiven(call, 'dry-run')) {
    refuseOccupied(call);
    call.output.item({ ...object, queue, dryRun: true }, `${what} would be restored. ${NOT_CHANGED}`);
    return EXIT.done;
  }
  const settled = await bring(call, folder, {
    ...{ at: Date.now(), queue, by: operator(), wentOn: !isMoved },
    reason: `restored from the backup ${resolve(folder)}: the old site may have sent this mail meanwhile`,
  });
  call.output.item(
    { ...object, queue, queued: settled.queued, held: settled.held },
    `Restored: ${what}. ${queueInWords(call, queue, settled)}`,
  );
  if (isGiven(call, 'no-verify')) return EXIT.done;
  return withStore(call, async (store) =>
    (await verifyStore(call, store)).faults === 0 ? EXIT.done : EXIT.failed,
  );
}

function queueInWords(call: Call, queue: RestoredQueue, { queued, held }: Settled): string {
  const also = held > 0 ? ` ${counted(held, 'delivery')} held as before.` : '';
  const deliveries = counted(queued, 'delivery');
  if (queued === 0) return `Nothing was on its way.${also}`;
  if (queue === 'go') return `${deliveries} on the way ${queued === 1 ? 'goes' : 'go'} on.${also}`;
  if (queue === 'drop') return `${deliveries} on the way ${queued === 1 ? 'is' : 'are'} cancelled.${also}`;
  const list = commandLine(call, ['queue', 'list']);
  const thaw = commandLine(call, ['path', 'thaw', 'all']);
  return (
    `${deliveries} and all new mail to others wait, since the old site may have sent some of them: ` +
    `see ${list}, cancel what is sent, then ${thaw}.${also}`
  );
}

/** What would be refused; PostgreSQL says so itself. */
function refuseOccupied(call: Call): void {
  const { store, data } = call.config;
  if (store.kind === 'sqlite' && hasDatabase(data)) throw faultOf(call, new OccupiedError());
}

async function bring(call: Call, backup: string, request: SettleRequest): Promise<Settled> {
  const { store, data } = call.config;
  let settled: Settled = { queued: 0, held: 0 };
  // Where it cannot be reached is told as by all commands.
  if (store.kind !== 'sqlite') await withStoreMade(call, async () => undefined);
  try {
    if (store.kind === 'sqlite')
      await restoreSqlite({ backup, dataDirectory: data }, async (restored) => {
        settled = await restored.settleRestored(request);
      });
    else
      await restorePostgres({ backup, url: store.url }, async (sql) => {
        settled = await settleRestored(sql, request);
      });
  } catch (error) {
    throw faultOf(call, error);
  }
  return settled;
}

function faultOf({ config: { store, data } }: Call, error: unknown): unknown {
  const what = 'the site cannot be restored';
  if (store.kind === 'sqlite')
    return writingFault(error, {
      ...{ what, folder: data },
      occupied:
        'Name a data folder without a store, with --data DIR; to bring back a part of what this one lost, --account ADDRESS',
    });
  if (!(error instanceof OccupiedError)) return error;
  return new CommandError(
    EXIT.failed,
    `${what}: the database of \`store\` has something in it, which is left as it is.\n  Make an empty one (createdb); to bring back a part of what this one lost, --account ADDRESS`,
  );
}
