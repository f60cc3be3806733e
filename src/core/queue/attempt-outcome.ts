/** What comes of opening a connection, of what is sent over it, and of a canary. */
import type { Connection } from '../delivery/port.ts';
import type { RemoteReply } from '../envelope.ts';
import type { FreezeBlame } from './freeze.ts';

/** Why nothing can be delivered on a path, for now. */
export interface Trouble {
  readonly blame: FreezeBlame;
  readonly reply: RemoteReply;
}

/**
 * `settled`: the delivery has its outcome without a connection, or nobody waits for it here any more, and the path is not to
 * blame. `deferred`: nobody answered, and that is put down to the delivery, by `settle`; no reading of Relais's own does so.
 */
export type Opened =
  | { readonly kind: 'open'; readonly connection: Connection }
  | { readonly kind: 'settled' }
  | { readonly kind: 'deferred'; settle(): void }
  /** `settle`: writes that it was tried and is as it was. Without that the delivery is the runner's to keep. */
  | ({ readonly kind: 'failed'; settle(): void } & Trouble);

/**
 * `stale`: a reused connection had been closed by the far end; nothing was tried and the deliveries are unchanged.
 * `apart`: it refuses one customer, whose mail stands still from now on; the path is as it was.
 * `cut`: it broke in the dialogue about one message. `trouble`: nothing can be delivered on this path now.
 */
export type TransferOutcome =
  | { readonly kind: 'good' | 'stale' | 'apart' }
  | ({ readonly kind: 'cut' | 'trouble' } & Trouble);

/**
 * `good`: the message was taken, or refused for its own sake. `none`: there was nothing to try. `busy`: nothing was tried,
 * because others are trying or the worker's lease may be over.
 */
export type CanaryOutcome = 'good' | 'failed' | 'none' | 'busy';

/** Of a connection that nobody waits for any more: it is closed, should it be open all the same. */
export function abandoned(opened: Opened): Opened {
  if (opened.kind === 'open') void opened.connection.close();
  return { kind: 'settled' };
}

/** Whether a far end was there and did not want one more: it said so, or closed without a word. */
export function isRefusal({ reply: { code, mishap } }: Trouble): boolean {
  return code !== undefined || mishap === 'closed';
}
