/** A command and the store: opened for it, closed after it, and the server told when something changed. */
import { decodeReference, encodeReference } from '../core/trace/reference.ts';
import type { MessageId } from '../core/envelope.ts';
import { nudgeServer } from '../net/control.ts';
import { systemClock } from '../base/clock.ts';
import { ReturnPaths } from '../core/intake/return-path.ts';
import { systemRandom } from '../base/random.ts';
import type { SqlStore } from '../store/store.ts';
import { hasDatabase } from '../store/sqlite/open.ts';
import type { Call, NamedConfig } from './command.ts';
import { NoStore, StoreClosed } from './store-closed.ts';

/**
 * Opens the store for as long as `use` runs. Rejects with what to do when it cannot be opened, or when there is none: an
 * empty one, made for whoever mistyped a folder, would be taken for theirs.
 */
export async function withStore<T>(
  call: Pick<Call, 'context' | 'config'>,
  use: (store: SqlStore) => Promise<T>,
): Promise<T> {
  const { config } = call;
  if (config.store.kind === 'sqlite' && !isThere(config)) throw new StoreClosed(new NoStore(), config);
  return withStoreMade(call, use);
}

function isThere(config: NamedConfig): boolean {
  try {
    return hasDatabase(config.data);
  } catch (error) {
    throw new StoreClosed(error, config);
  }
}

/** As `withStore`, for what may be the first that is ever kept: makes the store where there is none. */
export async function withStoreMade<T>(
  { context, config }: Pick<Call, 'context' | 'config'>,
  use: (store: SqlStore) => Promise<T>,
): Promise<T> {
  const store = await context.openStore(config, 'command').catch((error: unknown) => {
    throw new StoreClosed(error, config);
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Tells the server of this data folder to look now; it would find out by itself within seconds. False when none runs here. */
export function tellServer({ config }: Pick<Call, 'config'>): Promise<boolean> {
  return nudgeServer(config.data);
}

/** Reads and writes the references of messages. */
export interface References {
  of(message: MessageId): string;
  /** Undefined when it is none of ours. */
  message(reference: string): MessageId | undefined;
}

export async function openReferences(store: SqlStore): Promise<References> {
  const secret = await sharedSecret(store, 'reference-secret');
  return {
    of: (message) => encodeReference(message, secret),
    message: (reference) => decodeReference(reference, secret),
  };
}

/** Writes the return addresses of forwards, as the server does. */
export async function openReturnPaths(store: SqlStore): Promise<ReturnPaths> {
  const secret = await sharedSecret(store, 'srs-secret');
  return new ReturnPaths({ store, directory: store, clock: systemClock }, secret);
}

/** A key that all workers share; read first, so that looking needs no room on the disk. */
async function sharedSecret(store: SqlStore, name: string): Promise<Uint8Array> {
  const value = Buffer.from(systemRandom.bytes(32)).toString('base64');
  const kept = (await store.setting(name)) ?? (await store.keepSetting({ name, value, ifAbsent: true }));
  return Buffer.from(kept, 'base64');
}
