/** STORE, by whoever may know the flags of all items (`flag-changes.ts`). */
import { type FlagWish, foresee, keptCost, MAX_KEPT_COST } from './flag-changes.ts';
import type { Flagged, Mailbox, MailboxRef, MailboxStore } from './port.ts';
import type { Columns } from './snapshot.ts';

type Store = Pick<MailboxStore, 'storeFlags' | 'keepFlagChange'>;

/** What somebody knows of a mailbox: `columns` are all of its items, as of its MODSEQ or, in part, later. */
export interface Known {
  readonly mailbox: Mailbox;
  readonly columns: Columns;
}

/**
 * Nothing is read for it where nobody has changed the mailbox since what is `known`. Rejects when the store does not answer.
 */
export async function storeFlags(
  store: Store,
  ref: MailboxRef,
  { wish, known }: { wish: FlagWish; known: Known | undefined },
): ReturnType<MailboxStore['storeFlags']> {
  // What is counted otherwise than it is known is not foreseen.
  const isRight = known !== undefined && known.columns.uids.length === known.mailbox.messages;
  const kept = isRight ? await keepForeseen(store, ref, { wish, known }) : undefined;
  return kept ?? store.storeFlags({ ...ref, ...wish });
}

async function keepForeseen(
  store: Store,
  { account }: MailboxRef,
  { wish, known }: { wish: FlagWish; known: Known },
): Promise<Flagged | undefined> {
  const foreseen = foresee(known, wish);
  if (foreseen === undefined || keptCost(foreseen.tally) > MAX_KEPT_COST) return undefined;
  const { there, tally } = foreseen;
  const { changed, same, failed, changedItems, unseen, deleted } = tally;
  const { change } = wish;
  const counted = { changed, changedItems, unseen, deleted };
  const request = { account, mailbox: known.mailbox, change, there, tally: counted };
  const mailbox = await store.keepFlagChange(request);
  if (mailbox === undefined) return undefined;
  return {
    ok: true,
    ...{ modseq: mailbox.highestModseq, mailbox, change, bits: there.bits, changed, same, failed },
  };
}
