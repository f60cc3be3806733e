/** A delivery in its owner's memory, with its bytes when they are still there. */
import type { MessageReader, Transfer } from '../delivery/port.ts';
import type { ClaimedDelivery, ClaimedMessage, QueueStore, Settlement } from './port.ts';

export interface Work {
  readonly delivery: ClaimedDelivery;
  /** The content in memory, from the moment it was accepted; otherwise it is read from the store. */
  readonly content?: Buffer;
}

/** Deliveries of one message that go in one transaction. */
export interface Batch {
  readonly urgency: Transfer['urgency'];
  /** It tries for all that stands still behind it. */
  readonly canary?: true;
  readonly works: readonly Work[];
  /** Whether they are still this worker's. */
  isOurs(): boolean;
  /** When their path last took a message, ms since the epoch; 0 when nobody remembers. */
  readonly pathGoodAt: number;
}

/** As it was before it was leased. */
export function asItWas({ was, dueAt, lane }: ClaimedDelivery): Settlement['next'] {
  return was === 'waiting' ? { state: was, dueAt, lane } : { state: was };
}

/** The addresses that are said for it in a session: a reply may say them back. */
export function saidFor({ recipient, message }: Pick<ClaimedDelivery, 'recipient' | 'message'>): string[] {
  const { address, forward } = recipient;
  return [address, forward?.reversePath ?? message.envelope.reversePath].filter((one) => one !== '');
}

/** Octets read from the store at a time. */
const READ_BYTES = 256 * 1024;

/** The store has fewer octets of a message than it accepted: no retry of ours mends that. */
export class DamagedMessage extends Error {}

/**
 * Opens a message to be read: our trace fields, then the content, from memory or piece by piece from the store. The first
 * piece is there when this resolves, so that a store that is away is met before the far end is. Rejects with DamagedMessage,
 * or with whatever ails the store.
 */
export async function openMessage(
  store: QueueStore,
  message: ClaimedMessage,
  content: Buffer | undefined,
): Promise<StoredMessage> {
  const opened = new StoredMessage(store, message);
  await opened.begin(content);
  return opened;
}

export class StoredMessage implements MessageReader {
  readonly #store: QueueStore;
  readonly #message: ClaimedMessage;
  /** Octets of content that there are to be, and those that were read. */
  readonly #total: number;
  #position = 0;
  #prefix: Buffer | undefined;
  #first: Buffer | undefined;
  #damaged: DamagedMessage | undefined;

  constructor(store: QueueStore, message: ClaimedMessage) {
    const { prefix, sizeBytes } = message;
    this.#store = store;
    this.#message = message;
    this.#total = sizeBytes - prefix.length;
    if (prefix.length > 0) this.#prefix = asBuffer(prefix);
  }

  /** Present once reading came to the place where octets are missing. */
  get damaged(): DamagedMessage | undefined {
    return this.#damaged;
  }

  /** Has the first of the content, all of it when it is in memory. */
  async begin(content: Buffer | undefined): Promise<void> {
    if (this.#total > 0) this.#first = content ?? (await this.#read());
    this.#position = this.#first?.length ?? 0;
  }

  next(): Buffer | Promise<Buffer> | undefined {
    const ready = this.#prefix ?? this.#first;
    if (ready === undefined) return this.#position < this.#total ? this.#readOn() : undefined;
    if (this.#prefix === undefined) this.#first = undefined;
    this.#prefix = undefined;
    return ready;
  }

  async #readOn(): Promise<Buffer> {
    const bytes = await this.#read();
    this.#position += bytes.length;
    return bytes;
  }

  async #read(): Promise<Buffer> {
    const { id: message } = this.#message;
    const offset = this.#position;
    const bytes = await this.#store.readContent({ message, offset, limit: READ_BYTES });
    if (bytes.length > 0) return asBuffer(bytes);
    this.#damaged = new DamagedMessage(
      `message ${message} is damaged: it ends at octet ${offset} of ${this.#total}`,
    );
    throw this.#damaged;
  }
}

/** A message with octets above it that are not kept with it. */
function under(above: Buffer, message: MessageReader): MessageReader {
  let isFirst = true;
  return {
    next() {
      if (!isFirst) return message.next();
      isFirst = false;
      return above;
    },
  };
}

const NOTHING = Buffer.alloc(0);

/** What is sent of them in one transaction. */
export function transferOf({ works, urgency, isOurs }: Batch, content: MessageReader): Transfer {
  const [first] = works as [Work, ...Work[]];
  const { message } = first.delivery;
  const { envelope } = message;
  const { forward } = first.delivery.recipient;
  const above = forward === undefined ? NOTHING : Buffer.from(`Delivered-To: ${forward.via}\r\n`);
  return {
    isOurs,
    reversePath: forward?.reversePath ?? envelope.reversePath,
    sizeBytes: above.length + message.sizeBytes,
    recipients: works.map((work) => work.delivery.recipient),
    parameters: {
      body: envelope.bodyType,
      ...(envelope.smtpUtf8 ? { smtpUtf8: true as const } : {}),
      ...(envelope.requireTls ? { requireTls: true as const } : {}),
      ...(envelope.ret === undefined ? {} : { ret: envelope.ret }),
      ...(envelope.envid === undefined ? {} : { envid: envelope.envid }),
    },
    content: above.length === 0 ? content : under(above, content),
    urgency,
  };
}

/** Whether two deliveries of one message may share a transaction: what is sent is the same. */
export function isAlike({ delivery: one }: Work, { delivery: other }: Work): boolean {
  if (one === other) return true;
  if (one.message.id !== other.message.id) return false;
  const [a, b] = [one.recipient.forward, other.recipient.forward];
  return a?.via === b?.via && a?.reversePath === b?.reversePath;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
