/**
 * The messages of one APPEND or REPLACE as they come (RFC 9051 6.3.12, RFC 3502, RFC 4469, RFC 8508): each goes to the store piece by piece, and all of
 * them into the mailbox when the command ends, or none.
 */
import type { MessageId } from '../../core/envelope.ts';
import type { ArrivingContent } from '../../core/intake/content.ts';
import { toFlagSet } from '../../core/mailbox/flags.ts';
import { parseRead } from '../../core/mailbox/parse.ts';
import type { ParsedMessage } from '../../core/mailbox/parsed.ts';
import type { Appended, Mailbox, NewItem } from '../../core/mailbox/port.ts';
import type { QuotaLimits } from '../../core/mailbox/quota.ts';
import { type Content, contentSize } from '../../core/queue/port.ts';
import { type AppendCommand, type AppendMessage, MAX_APPENDED } from '../../wire/imap/grammar/append.ts';
import type { MessageInput } from '../../wire/imap/input.ts';
import { NumberSet } from '../../wire/imap/number-set.ts';
import { formatStatus, type ResponseCode } from '../../wire/imap/response/status.ts';
import { STAR } from '../../wire/imap/sequence-set.ts';
import { StructureReader } from '../../wire/mime/structure-reader.ts';
import { octetsOf } from './catenate.ts';
import { bad, type Completion, type ImapHandle, no, ok, UID_REQUIRED } from './handle.ts';
import { mailboxCalled, noMailbox, OVER_QUOTA, roomFor, TOO_MANY_KEYWORDS } from './mailboxes.ts';
import { tooMany } from './message-limit.ts';
import type { Selected } from './selected.ts';

/** A message that is whole. */
interface Whole {
  readonly content: Content;
  readonly parsed: ParsedMessage;
  readonly arrived: ArrivingContent;
}

/** A message that is coming: of `parts` so many are in it. */
interface Coming {
  readonly content: ArrivingContent;
  readonly structure: StructureReader;
  parts: number;
}

export class AppendTaking {
  readonly #session: ImapHandle;
  #mailbox: Mailbox | undefined;
  readonly #whole: Whole[] = [];
  #coming: Coming | undefined;
  #mayHoldNul = false;
  /** Why the command will be refused at its end, whatever follows. */
  #fault: Completion | undefined;

  constructor(session: ImapHandle) {
    this.#session = session;
  }

  /** Octets are announced: they are taken, or what is answered in their place. */
  async announced({ soFar, bytes, waits }: MessageInput): Promise<Completion | undefined> {
    const message = soFar.messages.at(-1) as AppendMessage;
    const refusal =
      (await this.#refusal(soFar, bytes)) ??
      (await this.#upTo(soFar.messages, message.parts.length - 1)) ??
      this.#fault;
    if (this.#session.isOver) return undefined;
    if (refusal !== undefined) {
      this.#session.reader.refuse();
      this.drop();
      return refusal;
    }
    const part = message.parts.at(-1);
    this.#mayHoldNul = part?.kind === 'literal' && part.isBinary;
    this.#session.reader.accept();
    if (waits) this.#session.send('+ Ready for the message\r\n');
    return undefined;
  }

  async #refusal(command: AppendCommand, bytes: number): Promise<Completion | undefined> {
    const session = this.#session;
    if (session.phase.kind === 'not-authenticated') return bad('Please log in first');
    if (command.verb !== 'APPEND' && session.phase.kind !== 'selected')
      return bad('Please select a mailbox first');
    if (command.verb === 'REPLACE' && session.enabled.uidOnly) return UID_REQUIRED;
    const overLimit = this.#overLimit(command);
    if (overLimit !== undefined) return overLimit;
    if (bytes === 0 && !command.messages.at(-1)?.catenated) return no('A message of no octets is none');
    if (this.#mailbox === undefined) {
      const found = await mailboxCalled(session, command.mailbox, 'TRYCREATE');
      if ('condition' in found) return found;
      this.#mailbox = found;
    }
    if (session.context.budget.full(CUSTOMER) !== undefined)
      return no('This server is short of room; please try again later', { kind: 'UNAVAILABLE' });
    const room = await roomFor(session, { bytes: bytes + this.#bytes, messages: this.#whole.length + 1 });
    return 'condition' in room ? room : undefined;
  }

  #overLimit({ messages }: AppendCommand): Completion | undefined {
    if (messages.length > this.#session.context.limits.messageLimit) return tooMany(this.#session);
    return messages.length > MAX_APPENDED
      ? no(`One APPEND has ${MAX_APPENDED} messages at most`, { kind: 'LIMIT' })
      : undefined;
  }

  get #bytes(): number {
    const whole = this.#whole.reduce((sum, { content }) => sum + contentSize(content), 0);
    return whole + (this.#coming?.content.sizeBytes ?? 0);
  }

  /** Ends the messages before the last one, and brings that as far as its first `parts`; what of it are URLs is read here. */
  async #upTo(messages: readonly AppendMessage[], parts: number): Promise<Completion | undefined> {
    for (;;) {
      const message = messages[this.#whole.length];
      if (message === undefined) return undefined;
      const isLast = this.#whole.length === messages.length - 1;
      this.#coming ??= {
        content: this.#session.context.newContent(),
        structure: new StructureReader(),
        parts: 0,
      };
      const most = isLast ? parts : message.parts.length;
      for (const part of message.parts.slice(this.#coming.parts, most)) {
        this.#coming.parts++;
        const fault = part.kind === 'url' ? await this.#copy(part.url) : undefined;
        if (fault !== undefined) return fault;
      }
      if (isLast) return undefined;
      await this.#finish();
      if (this.#fault !== undefined) return this.#fault;
    }
  }

  /** Puts what a URL names into the message that is coming. */
  async #copy(url: string): Promise<Completion | undefined> {
    const octets = await octetsOf(this.#session, url);
    if (octets === undefined) return no('This URL names nothing here', { kind: 'BADURL', url });
    for await (const piece of octets) {
      await this.octets(piece);
      if (this.#fault !== undefined) return this.#fault;
    }
    return undefined;
  }

  /** A promise when no more is to be taken before. */
  octets(bytes: Buffer): Promise<void> | undefined {
    const coming = this.#coming;
    if (this.#fault !== undefined || coming === undefined) return undefined;
    if (coming.content.sizeBytes + bytes.length > this.#session.context.limits.maxMessageBytes)
      this.#fault = no('The message is too large', { kind: 'TOOBIG' });
    else if (!this.#mayHoldNul && bytes.includes(0))
      this.#fault = no('The message holds NUL, which only a literal8 may (RFC 3516)');
    if (this.#fault !== undefined) return undefined;
    coming.structure.feed(bytes);
    return coming.content.push(bytes)?.catch((error: unknown) => {
      this.#session.context.log.error({ error: String(error) }, 'a piece of a message could not be staged');
      this.#fault = TROUBLE;
    });
  }

  /** What was announced has come. */
  messageEnd(): void {
    if (this.#coming !== undefined) this.#coming.parts++;
  }

  /** The message that is coming is whole. */
  async #finish(): Promise<void> {
    const coming = this.#coming;
    if (coming === undefined) return;
    this.#coming = undefined;
    const { content: arrived, structure } = coming;
    if (this.#fault !== undefined) return arrived.drop();
    try {
      const { content, head } = await arrived.finish();
      this.#whole.push({ content, parsed: parseRead(structure.end(), head), arrived });
    } catch (error) {
      this.#session.context.log.error({ error: String(error) }, 'a message could not be staged');
      this.#fault = TROUBLE;
      arrived.drop();
    }
  }

  /** The command has ended: all of its messages are kept, or none. */
  async end(command: AppendCommand): Promise<Completion> {
    try {
      const completion = await this.#end(command);
      if (completion.condition === 'OK') for (const { arrived } of this.#whole.splice(0)) arrived.release();
      return completion;
    } finally {
      this.drop();
    }
  }

  async #end(command: AppendCommand): Promise<Completion> {
    const { messages } = command;
    if (this.#mailbox === undefined) {
      // Nothing but URLs.
      const refusal = await this.#refusal(command, 0);
      if (refusal !== undefined) return refusal;
    }
    const overLimit = this.#overLimit(command);
    if (overLimit !== undefined) return overLimit;
    const fault = this.#fault ?? (await this.#upTo(messages, messages.at(-1)?.parts.length ?? 0));
    await this.#finish();
    const kept = fault ?? this.#fault ?? this.#items(messages);
    if ('condition' in kept) return kept;
    const limits = await roomFor(this.#session, { bytes: this.#bytes, messages: this.#whole.length });
    if ('condition' in limits) return limits;
    return command.verb === 'APPEND' ? this.#append(kept, limits) : this.#replace(command, kept, limits);
  }

  async #append(items: readonly NewItem[], limits: QuotaLimits): Promise<Completion> {
    const { context, account } = this.#session;
    const { id: mailbox } = this.#mailbox as Mailbox;
    const at = context.clock.now();
    const result = await context.store.appendItems({ account: account.id, mailbox, items, at, limits });
    return result.ok ? ok('The message is kept', appendUid(result, items.length)) : refused(result.why);
  }

  /** REPLACE (RFC 8508): the new message comes and the old one goes, or neither. */
  async #replace(
    command: AppendCommand,
    [item]: readonly NewItem[],
    limits: QuotaLimits,
  ): Promise<Completion> {
    const session = this.#session;
    const { context, selected } = session;
    if (selected.isReadOnly) return no('The mailbox is open for reading only', { kind: 'READ-ONLY' });
    const uid = this.#replaced(selected, command);
    if (uid === undefined || item === undefined)
      return no('There is no such message', { kind: 'NONEXISTENT' });
    const result = await context.store.replaceItem({
      ...selected.live.ref,
      uid,
      to: (this.#mailbox as Mailbox).id,
      item,
      at: context.clock.now(),
      limits,
    });
    if (!result.ok) return refused(result.why);
    const code = appendUid(result, 1);
    session.send(formatStatus({ tag: '*', condition: 'OK', code, text: 'The replacement is kept' }));
    return ok('Replaced');
  }

  #replaced(selected: Selected, { verb, replaces = STAR }: AppendCommand): number | undefined {
    const { uids, count } = selected;
    if (replaces === STAR) return count === 0 ? undefined : uids[count - 1];
    if (verb === 'REPLACE') return replaces > count ? undefined : uids[replaces - 1];
    return selected.indexOf(replaces) < 0 ? undefined : replaces;
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
    this.#coming?.content.drop();
    this.#coming = undefined;
    for (const { arrived } of this.#whole.splice(0)) arrived.drop();
  }
}

function appendUid({ uidValidity, firstUid }: Appended, count: number): ResponseCode {
  return { kind: 'APPENDUID', uidValidity, uids: NumberSet.ofRanges([[firstUid, firstUid + count - 1]]) };
}

const CUSTOMER = { kind: 'submission', mayRelay: false } as const;
const TROUBLE = no('The message could not be kept; please try again later', { kind: 'UNAVAILABLE' });

function refused(why: 'missing' | 'gone' | 'over quota' | 'too many keywords'): Completion {
  switch (why) {
    case 'missing':
      return noMailbox('TRYCREATE');
    case 'gone':
      return no('The message to be replaced is gone', { kind: 'NONEXISTENT' });
    case 'over quota':
      return OVER_QUOTA;
    case 'too many keywords':
      return TOO_MANY_KEYWORDS;
    default:
      return why satisfies never;
  }
}
