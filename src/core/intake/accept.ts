/**
 * The last stage of intake: header checks, trace fields, one committed transaction, then 250.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { countReceived, findField, fieldValue, type Header, scanHeader } from '../../wire/mime/header.ts';
import { formatDate } from '../../wire/mime/date.ts';
import type { DeliveryId, Envelope, Language, MessageId } from '../envelope.ts';
import type { Dispatcher, Place } from '../queue/dispatcher.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { Acceptance, LocalCopy, NewDelivery, Origin, QueueStore } from '../queue/port.ts';
import { encodeReference } from '../trace/reference.ts';
import type { AcceptedRecipient } from './recipient.ts';
import type { ArrivingContent } from './content.ts';
import { type Refusal, refuse, STORE_TROUBLE } from './reply.ts';
import type { ClientFacts } from './session.ts';
import { receivedField } from './trace-fields.ts';

export interface AcceptOptions {
  readonly hostname: string;
  readonly maxHops: number;
  readonly lifetimeMs: number;
  readonly language: Language;
  /** Key of the references (`core/trace/reference.ts`). */
  readonly referenceSecret: Uint8Array;
}

export interface AcceptPorts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly ids: IdSupply;
  readonly dispatcher: Dispatcher;
  /** Signs a submission; undefined when its domain has no key. */
  sign?(message: { from: string; header: Buffer; content: Buffer }): Promise<string | undefined>;
}

export interface Arrived {
  readonly client: ClientFacts;
  readonly envelope: Envelope;
  readonly recipients: readonly AcceptedRecipient[];
  readonly content: ArrivingContent;
}

export type AcceptResult =
  | { readonly ok: true; readonly reference: string }
  | { readonly ok: false; readonly refusal: Refusal };

export class Acceptor {
  readonly #ports: AcceptPorts;
  readonly #options: AcceptOptions;

  constructor(ports: AcceptPorts, options: AcceptOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Keeps an arrived message; only `ok` may be answered with 250. Never rejects. */
  async accept(arrived: Arrived): Promise<AcceptResult> {
    let places: Placed[] = [];
    try {
      const { content, head } = await arrived.content.finish();
      const header = scanHeader(head);
      if (countReceived(header) > this.#options.maxHops) return no(LOOP);
      const id = this.#ports.ids.take<MessageId>();
      if (id === undefined) return no(STORE_TROUBLE);
      const at = this.#ports.clock.now();
      const reference = encodeReference(id, this.#options.referenceSecret);
      const prefix = this.#prefix(arrived, { header, head, at, reference });
      places = this.#place(arrived.recipients);
      const copies = this.#copies(arrived.recipients);
      const acceptance: Acceptance = {
        message: id, acceptedAt: at, envelope: arrived.envelope, prefix: Buffer.from(prefix, 'utf8'), content,
        language: arrived.client.account?.language ?? this.#options.language,
        origin: originOf(arrived.client), expiresAt: at + this.#options.lifetimeMs,
        deliveries: places.map(({ delivery, place }) => ({ ...delivery, ...place })), copies,
        ...(arrived.client.account === undefined ? {} : { account: arrived.client.account.id }),
        ...messageIdOf(header),
      };
      await this.#ports.store.accept(acceptance);
      this.#handOver(acceptance, places);
      return { ok: true, reference };
    } catch (error) {
      for (const { place } of places) this.#ports.dispatcher.dropped(place);
      arrived.content.drop();
      this.#ports.log.error({ error: String(error) }, 'a message could not be kept');
      return no(STORE_TROUBLE);
    }
  }

  #prefix(arrived: Arrived, about: { header: Header; head: Buffer; at: number; reference: string }): string {
    const { client, envelope, recipients } = arrived;
    const only = recipients.length === 1 ? recipients[0]?.address : undefined;
    const received = receivedField({
      client, hostname: this.#options.hostname, reference: about.reference, at: about.at, smtpUtf8: envelope.smtpUtf8,
      ...(only === undefined ? {} : { onlyRecipient: only }),
    });
    return client.kind === 'submission' ? received + this.#missingFields(about) : received;
  }

  /** RFC 6409 section 8: a submission may lack Date and Message-ID; everybody after us expects them. */
  #missingFields({ header, at, reference }: { header: Header; at: number; reference: string }): string {
    const date = findField(header, 'date') === undefined ? `Date: ${formatDate(at)}\r\n` : '';
    const id = findField(header, 'message-id') === undefined ? `Message-ID: <${reference}@${this.#options.hostname}>\r\n` : '';
    return date + id;
  }

  #place(recipients: readonly AcceptedRecipient[]): Placed[] {
    return recipients.flatMap((recipient) =>
      recipient.targets.forwards.map((address) => ({
        place: this.#ports.dispatcher.place(address),
        delivery: { ...recipientOf(recipient), address, id: this.#id<DeliveryId>() },
      })),
    );
  }

  /** One copy per mailbox, however many of the recipients lead to it. */
  #copies(recipients: readonly AcceptedRecipient[]): LocalCopy[] {
    const copies = new Map<number, LocalCopy>();
    for (const recipient of recipients) {
      for (const { id } of recipient.targets.accounts) {
        if (!copies.has(id)) copies.set(id, { ...recipientOf(recipient), id: this.#id<DeliveryId>(), account: id });
      }
    }
    return [...copies.values()];
  }

  #id<Id extends number>(): Id {
    const id = this.#ports.ids.take<Id>();
    if (id === undefined) throw new Error('the store gives no ids');
    return id;
  }

  /** The message is on disk: its deliveries go on from memory, without being read back. */
  #handOver(acceptance: Acceptance, places: readonly Placed[]): void {
    const bytes = acceptance.content.kind === 'inline' ? acceptance.content.bytes as Buffer : undefined;
    const size = acceptance.content.kind === 'inline' ? acceptance.content.bytes.length : acceptance.content.sizeBytes;
    const message = {
      id: acceptance.message, envelope: acceptance.envelope, prefix: acceptance.prefix, hash: acceptance.content.hash,
      sizeBytes: size + acceptance.prefix.length, acceptedAt: acceptance.acceptedAt, language: acceptance.language,
      ...(acceptance.account === undefined ? {} : { account: acceptance.account }),
    };
    for (const { delivery, place } of places) {
      this.#ports.dispatcher.committed(place, {
        delivery: {
          id: delivery.id, path: place.path, recipient: delivery, attempts: 0, lane: 0, expiresAt: acceptance.expiresAt,
          delayTold: false, message,
        },
        ...(bytes === undefined ? {} : { content: bytes }),
      });
    }
  }
}

interface Placed {
  readonly delivery: Omit<NewDelivery, 'path' | 'leasedBy'>;
  readonly place: Place;
}

const LOOP = refuse(554, '5.4.6', 'Too many hops: this message goes round in circles');

function no(refusal: Refusal): AcceptResult {
  return { ok: false, refusal };
}

function recipientOf({ address, notify, orcpt }: AcceptedRecipient): Pick<AcceptedRecipient, 'address' | 'notify' | 'orcpt'> {
  return { address, ...(notify === undefined ? {} : { notify }), ...(orcpt === undefined ? {} : { orcpt }) };
}

function originOf(client: ClientFacts): Origin {
  return {
    kind: client.kind === 'submission' ? 'submission' : 'mx',
    client: client.address,
    ...(client.helo === undefined ? {} : { helo: client.helo }),
    ...(client.tls === undefined ? {} : { tls: client.tls }),
    ...(client.account === undefined ? {} : { login: client.account.address }),
  };
}

function messageIdOf(header: Header): { messageIdField?: string } {
  const field = findField(header, 'message-id');
  return field === undefined ? {} : { messageIdField: fieldValue(header, field).trim().slice(0, 998) };
}
