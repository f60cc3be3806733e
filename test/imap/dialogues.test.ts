/** Every dialogue of `dialogues/`, on both stores. */
import { globSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { findPeer, inCi } from '../peers.ts';
import { type Postgres, startPostgres } from '../postgres.ts';
import { startWorld, type World } from '../world.ts';
import { parseScripts, play } from './script.ts';

const FOLDER = join(import.meta.dirname, 'dialogues');
const postgres = findPeer('postgres');

for (const store of ['SQLite', 'PostgreSQL'] as const) {
  const skip = store === 'PostgreSQL' && postgres === undefined && !inCi && 'install the package postgresql';
  describe(store, { skip }, () => {
    let world: World;
    let server: Postgres | undefined;
    before(async () => {
      if (store === 'PostgreSQL' && postgres !== undefined) server = await startPostgres(postgres);
      const url = await server?.database();
      world = await startWorld({
        login: { plainOnLoopback: true },
        ...(url === undefined ? {} : { store: url }),
      });
    });
    after(async () => {
      await world.stop();
      await server?.stop();
    });
    for (const file of globSync('*.txt', { cwd: FOLDER }).sort())
      for (const script of parseScripts(readFileSync(join(FOLDER, file), 'utf8')))
        test(`${file.slice(0, -4)}: ${script.name}`, () => play(world, script));
  });
}
