/** What a folder of another server has that has not come, or is otherwise here than when it came. Changes nothing. */
import { changesOf } from './flags.ts';
import { type FolderStore, flagsNow, pages } from './folder.ts';
import type { ImportFolder } from './port.ts';
import type { OpenFolder } from './source.ts';

export interface Difference {
  /** Messages that it has there. */
  readonly total: number;
  /** Would come. */
  readonly fresh: number;
  /** Have other flags there than when they were last looked at. */
  readonly flagged: number;
  /** Came, and are not there any more. */
  readonly gone: number;
}

/** `folder`: what is known of it; nothing when it never came, or all of it has new UIDs. */
export async function differenceOf(about: {
  store: Pick<FolderStore, 'importedItems'>;
  opened: OpenFolder;
  folder: ImportFolder | undefined;
}): Promise<Difference> {
  const { store, opened, folder } = about;
  const uids = await opened.uids();
  const total = uids.length;
  if (folder === undefined) return { total, fresh: total, flagged: 0, gone: 0 };
  let [fresh, flagged, gone] = [0, 0, 0];
  for await (const page of pages({ store, folder }, uids)) {
    fresh += page.fresh.length;
    gone += page.gone.length;
    if (page.known.size === 0) continue;
    const changes = changesOf(await flagsNow({ opened, folder }, page));
    flagged += changes.reduce((sum, { items }) => sum + items.length, 0);
  }
  return { total, fresh, flagged, gone };
}
