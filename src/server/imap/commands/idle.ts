import type { Command } from '../../../wire/imap/command.ts';
import type { ChangeListener, LiveMailbox } from '../../../core/mailbox/live.ts';
import type { ImapHandle } from '../handle.ts';
import type { Idling } from '../phase.ts';

/** Octets of the line that ends it, and of what is sent in its place. */
const MAX_LINE_BYTES = 1_000;

/** IDLE (RFC 9051 6.3.13): what others change is told when it happens, until DONE. */
export async function idle(session: ImapHandle, _: Command, tag: string): Promise<undefined> {
  session.send('+ Idling\r\n');
  session.reader.expectLine(MAX_LINE_BYTES);
  if (session.phase.kind !== 'selected') {
    session.waiting = { kind: 'idle', tag, end };
    return;
  }
  const { live } = session.selected;
  const teller = new Teller(session, live, tag);
  live.listen(teller);
  session.waiting = teller;
  await live.lookAgain();
  await session.tell({ expunges: 'told' });
}

/** Where no mailbox is selected there is nothing to end. */
function end(): void {}

/**
 * Tells one change after the other; those that come meanwhile are told together. One object is all that idling takes, as
 * thousands do.
 */
class Teller implements Idling, ChangeListener {
  readonly kind = 'idle';
  readonly tag: string;
  readonly #session: ImapHandle;
  readonly #live: LiveMailbox;
  #isTelling = false;
  #again = false;
  #isStopped = false;

  constructor(session: ImapHandle, live: LiveMailbox, tag: string) {
    this.#session = session;
    this.#live = live;
    this.tag = tag;
  }

  changed(): void {
    this.#again = true;
    if (!this.#isTelling) void this.#tell();
  }

  /** After this it begins to tell nothing. */
  end(): void {
    this.#live.unlisten(this);
    this.#isStopped = true;
  }

  async #tell(): Promise<void> {
    const session = this.#session;
    this.#isTelling = true;
    try {
      while (this.#again && !this.#isStopped) {
        this.#again = false;
        // For a client that does not read, nothing is made before it does.
        await session.room();
        if (this.#isStopped) break;
        await session.tell({ expunges: 'told' });
        session.flush();
      }
    } catch (error) {
      session.context.log.error({ error: String(error) }, 'changes of a mailbox could not be read');
      session.end('* BYE Trouble on our side; please connect again\r\n');
    } finally {
      this.#isTelling = false;
    }
  }
}
