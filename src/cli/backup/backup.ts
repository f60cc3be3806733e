/** `relais backup`: the whole store, as it is at one moment, into a folder that every command reads. */
import { performance } from 'node:perf_hooks';
import { resolve } from 'node:path';
import { backUpPostgres } from '../../store/backup/postgres.ts';
import { backUpSqlite, openBackup } from '../../store/backup/sqlite.ts';
import { isGiven } from '../arguments.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { sizeForPeople } from '../output.ts';
import { verifyStore } from '../verify/verify.ts';
import { withStore } from '../with-store.ts';
import { writingFault } from './fault.ts';

export const backup: Command = {
  name: 'backup',
  usage: 'FOLDER [--no-verify]',
  summary:
    'Copies the whole store, as it is at one moment, into a new data folder, while the server runs; then verifies the copy.',
  options: { 'no-verify': { type: 'boolean', doc: 'Does not read the copy again to compare it.' } },
  positionals: [1, 1],
  examples: ['relais backup /backup/relais-$(date +%F)', 'relais verify --data /backup/relais-2018-03-12'],
  async run(call) {
    const folder = call.positionals[0] as string;
    const begun = performance.now();
    const fileBytes = await write(call, folder);
    const seconds = Math.round(performance.now() - begun) / 1000;
    const perSecond = sizeForPeople(fileBytes / Math.max(seconds, 0.001));
    call.output.item(
      { schema: 'relais.backup/1', folder: resolve(folder), fileBytes, seconds },
      `${resolve(folder)} has all of it: ${sizeForPeople(fileBytes)} in ${seconds} s (${perSecond} a second).`,
    );
    return isGiven(call, 'no-verify') ? EXIT.done : verifyBackup(call, folder);
  },
};

async function write(call: Call, folder: string): Promise<number> {
  const { store, data } = call.config;
  // What it says when there is no store, or none that opens, is what all commands say.
  await withStore(call, async () => undefined);
  try {
    return store.kind === 'sqlite'
      ? await backUpSqlite(data, folder)
      : await backUpPostgres(store.url, folder);
  } catch (error) {
    throw writingFault(error, {
      ...{ what: 'the backup cannot be written', folder },
      occupied: 'Name a new folder; an older backup is kept until you remove it',
    });
  }
}

async function verifyBackup(call: Call, folder: string): Promise<number> {
  const store = await openBackup(folder);
  try {
    const { faults } = await verifyStore(call, store);
    if (faults === 0) return EXIT.done;
    call.output.note('The backup has these faults; relais verify says whether the store itself has them.');
    return EXIT.failed;
  } finally {
    await store.close();
  }
}
