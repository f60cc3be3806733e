/** A world for IMAP on each of the stores; clients may log in from this machine without TLS. */
import { after, before, describe } from 'node:test';
import { findPeer, inCi } from '../peers.ts';
import { type Postgres, startPostgres } from '../postgres.ts';
import { startWorld, type World, type WorldOptions } from '../world.ts';

export function onBothStores(options: WorldOptions, tests: (world: () => World) => void): void {
  const postgres = findPeer('postgres');
  for (const store of ['SQLite', 'PostgreSQL'] as const) {
    const skip =
      store === 'PostgreSQL' && postgres === undefined && !inCi && 'install the package postgresql';
    describe(store, { skip }, () => {
      let world: World | undefined;
      let server: Postgres | undefined;
      before(async () => {
        if (store === 'PostgreSQL' && postgres !== undefined) server = await startPostgres(postgres);
        const url = await server?.database();
        world = await startWorld({
          ...options,
          login: { plainOnLoopback: true },
          ...(url === undefined ? {} : { store: url }),
        });
      });
      after(async () => {
        await world?.stop();
        await server?.stop();
      });
      tests(() => world as World);
    });
  }
}
