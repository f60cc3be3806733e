/**
 * The messages of one APPEND as they come (RFC 9051 6.3.12, RFC 3502): each goes to the store piece by piece, and all of
 * them into the mailbox when the command ends, or none.
 */
import type { MessageId } from '../../core/envelope.ts';
import type { ArrivingContent } from '../../core/intake/content.ts';
import { toFlagSet } from '../../core/mailbox/flags.ts';
import { parseRead } from '../../core/mailbox/parse.ts';
import type { ParsedMessage } from '../../core/mailbox/parsed.ts';
import type { Mailbox, NewItem } from '../../core/mailbox/port.ts';
import { type Content, contentSize } from '../../core/queue/port.ts';
import type { AppendCommand, AppendMessage } from '../../wire/imap/grammar/append.ts';
import type { MessageInput } from '../../wire/imap/input.ts';
import { NumberSet } from '../../wire/imap/number-set.ts';
import { StructureReader } from '../../wire/mime/structure-reader.ts';
import { bad, type Completion, type ImapHandle, no, ok } from './handle.ts';
import { mailboxCalled, noMailbox, OVER_QUOTA, roomFor, TOO_MANY_KEYWORDS } from './mailboxes.ts';

/** A message that is whole. */
interface Whole {
  readonly content: Content;
  readonly parsed: ParsedMessage;
  readonly arrived: ArrivingContent;
}

export class AppendTaking {
  readonly #session: ImapHandle;
  #mailbox: Mailbox | undefined;
  readonly #whole: Whole[] = [];
  /** Of the message that is coming. */
  #content: ArrivingContent | undefined;
  #structure = new StructureReader();
  #mayHoldNul = false;
  /** Why the command will be refused at its end, whatever follows. */
  #fault: Completion | undefined;

  constructor(session: ImapHandle) {
    this.#session = session;
  }

  /** A message is announced: it is taken, or what is answered in its place. */
  async announced({ soFar, bytes, waits }: MessageInput): Promise<Completion | undefined> {
    const refusal = await this.#refusal(soFar, bytes);
    if (this.#session.isOver) return undefined;
    if (refusal !== undefined) {
      this.#session.reader.refuse();
      this.drop();
      return refusal;
    }
    const message = soFar.messages.at(-1) as AppendMessage;
    const part = message.parts.at(-1);
    this.#mayHoldNul = part?.kind === 'literal' && part.isBinary;
    this.#content = this.#session.context.newContent();
    this.#structure = new StructureReader();
    this.#session.reader.accept();
    if (waits) this.#session.send('+ Ready for the message\r\n');
    return undefined;
  }

  async #refusal(soFar: AppendCommand, bytes: number): Promise<Completion | undefined> {
    const session = this.#session;
    if (session.phase.kind === 'not-authenticated') return bad('Please log in first');
    if (soFar.verb !== 'APPEND' || soFar.messages.at(-1)?.catenated) return bad('This is not offered here');
    if (bytes === 0) return no('A message of no octets is none');
    if (this.#mailbox === undefined) {
      const found = await mailboxCalled(session, soFar.mailbox, 'TRYCREATE');
      if ('condition' in found) return found;
      this.#mailbox = found;
    }
    if (session.context.budget.full(CUSTOMER) !== undefined)
      return no('This server is short of room; please try again later', { kind: 'UNAVAILABLE' });
    const room = await roomFor(session, { bytes: bytes + this.#bytes, messages: this.#whole.length + 1 });
    return 'condition' in room ? room : undefined;
  }

  get #bytes(): number {
    return this.#whole.reduce((sum, { content }) => sum + contentSize(content), 0);
  }

  /** A promise when no more is to be taken before. */
  octets(bytes: Buffer): Promise<void> | undefined {
    if (this.#fault !== undefined || this.#content === undefined) return undefined;
    if (!this.#mayHoldNul && bytes.includes(0)) {
      this.#fault = no('The message holds NUL, which only a literal8 may (RFC 3516)');
      return undefined;
    }
    this.#structure.feed(bytes);
    return this.#content.push(bytes)?.catch((error: unknown) => {
      this.#session.context.log.error({ error: String(error) }, 'a piece of a message could not be staged');
      this.#fault = TROUBLE;
    });
  }

  /** The message is whole. */
  async messageEnd(): Promise<void> {
    const arrived = this.#content;
    if (arrived === undefined) return;
    this.#content = undefined;
    if (this.#fault !== undefined) return arrived.drop();
    try {
      const { content, head } = await arrived.finish();
      this.#whole.push({ content, parsed: parseRead(this.#structure.end(), head), arrived });
    } catch (error) {
      this.#session.context.log.error({ error: String(error) }, 'a message could not be staged');
      this.#fault = TROUBLE;
      arrived.drop();
    }
  }

  /** The command has ended: all of its messages are kept, or none. */
  async end(command: AppendCommand): Promise<Completion> {
    const { context, account } = this.#session;
    const mailbox = this.#mailbox;
    const kept = this.#fault ?? this.#items(command.messages);
    const limits = await roomFor(this.#session, { bytes: this.#bytes, messages: this.#whole.length });
    if ('condition' in kept || 'condition' in limits || mailbox === undefined) {
      this.drop();
      return 'condition' in kept ? kept : 'condition' in limits ? limits : noMailbox('TRYCREATE');
    }
    try {
      const ref = { account: account.id, mailbox: mailbox.id };
      const result = await context.store.appendItems({
        ...ref,
        items: kept,
        at: context.clock.now(),
        limits,
      });
      if (!result.ok) {
        this.drop();
        return refused(result.why);
      }
      for (const { arrived } of this.#whole) arrived.release();
      const { uidValidity, firstUid } = result;
      const uids = NumberSet.ofRanges([[firstUid, firstUid + kept.length - 1]]);
      return ok('The message is kept', { kind: 'APPENDUID', uidValidity, uids });
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  #items(messages: readonly AppendMessage[]): NewItem[] | Completion {
    const items: NewItem[] = [];
    for (const [index, { flags: named, internalDate }] of messages.entries()) {
      const flags = toFlagSet(named);
      if ('unknown' in flags) return no(`${flags.unknown} is no flag that can be kept`);
      const message = this.#session.context.ids.take<MessageId>();
      const whole = this.#whole[index];
      if (message === undefined || whole === undefined) return TROUBLE;
      const internalAt = internalDate ?? this.#session.context.clock.now();
      items.push({ message, content: whole.content, flags, internalAt, parsed: whole.parsed });
    }
    return items;
  }

  /** Forgets what came: the command was refused, or the session ended. */
  drop(): void {
    this.#content?.drop();
    this.#content = undefined;
    for (const { arrived } of this.#whole.splice(0)) arrived.drop();
  }
}

const CUSTOMER = { kind: 'submission', mayRelay: false } as const;
const TROUBLE = no('The message could not be kept; please try again later', { kind: 'UNAVAILABLE' });

function refused(why: 'missing' | 'over quota' | 'too many keywords'): Completion {
  switch (why) {
    case 'missing':
      return noMailbox('TRYCREATE');
    case 'over quota':
      return OVER_QUOTA;
    case 'too many keywords':
      return TOO_MANY_KEYWORDS;
    default:
      return why satisfies never;
  }
}
