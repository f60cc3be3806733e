/**
 * The last stage of intake: header checks, trace fields, one committed transaction, then 250.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { countReceived, findField, fieldValue, type Header } from '../../wire/mime/header.ts';
import { formatDate } from '../../wire/mime/date.ts';
import {
  type DeliveryId,
  type Envelope,
  type Forward,
  type Language,
  type MessageId,
  type PathKey,
  UNROUTED,
} from '../envelope.ts';
import type { Dispatcher, Placement } from '../queue/dispatcher.ts';
import { customerOf } from '../queue/customer.ts';
import type { IdSupply } from '../queue/ids.ts';
import {
  type Acceptance,
  type ClaimedDelivery,
  type Content,
  contentSize,
  type NewDelivery,
  type Origin,
  type QueueStore,
  type QuotaWarnings,
} from '../queue/port.ts';
import { encodeReference } from '../trace/reference.ts';
import type { AutoReplies } from './auto-reply.ts';
import { allFull, comesBack, copiesOf, deliveriesOf, recipientOf, tooMany } from './destinations.ts';
import type { AcceptedRecipient } from './recipient.ts';
import type { ReturnPaths } from './return-path.ts';
import { parseMessage } from '../mailbox/parse.ts';
import type { ParsedMessage } from '../mailbox/parsed.ts';
import type { QuotaDesk } from '../mailbox/quota-desk.ts';
import type { Notices } from '../delivery/outcome.ts';
import type { Directory } from '../directory/port.ts';
import type { GuardDesk, Judgement, Verdict } from '../guard/desk.ts';
import type { OwnerDesk } from '../guard/owner-desk.ts';
import { domainOf } from '../delivery/route.ts';
import { type AuthorDecision, decideAuthor } from './author.ts';
import type { ArrivingContent, FinishedContent } from './content.ts';
import type { IntakeBudget } from '../capacity/capacity.ts';
import { type Refusal, refuse, STORE_TROUBLE } from './reply.ts';
import type { ClientFacts } from './session.ts';
import { headerWith, type Signer } from './sign.ts';
import { receivedField } from './trace-fields.ts';

export interface AcceptOptions {
  readonly hostname: string;
  readonly maxHops: number;
  readonly lifetimeMs: number;
  /** A sender is told once of a delay, this long after acceptance. */
  readonly delayNoticeAfterMs: number;
  readonly language: Language;
  /** Key of the references (`core/trace/reference.ts`). */
  readonly referenceSecret: Uint8Array;
}

export interface AcceptPorts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly ids: IdSupply;
  readonly dispatcher: Dispatcher;
  readonly notices: Notices;
  readonly directory: Pick<Directory, 'holds' | 'isLocal'>;
  /** The way back of what is sent on. */
  readonly returns: Pick<ReturnPaths, 'forward'>;
  /** What mail may use of this machine. */
  readonly budget: IntakeBudget;
  /** Is told of each message once it is kept. */
  readonly arrived?: (acceptance: Acceptance) => void;
  /** Signs submissions; absent when signing is off. */
  readonly signer?: Signer;
  /** Judges what accounts submit; absent only where nobody's are to be judged, as in most worlds of the lab. */
  readonly guard?: GuardDesk;
  /** Answers for owners who are away. */
  readonly replies?: Pick<AutoReplies, 'to'>;
  /** Tells owners of mailboxes that fill. */
  readonly quota?: QuotaDesk;
  /** Hears what owners answer to notices about held mail. */
  readonly owners?: Pick<OwnerDesk, 'answered'>;
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
  readonly #accepted: ReturnType<Meter['counter']>;
  readonly #commitTime: ReturnType<Meter['timer']>;

  constructor(ports: AcceptPorts, options: AcceptOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#accepted = ports.meter.counter({
      name: 'relais_messages_total',
      help: 'Messages at the end of their content, by listener and result.',
      labels: ['kind', 'result'],
    });
    this.#commitTime = ports.meter.timer({
      name: 'relais_accept_seconds',
      help: 'From the last octet of a message until it was on disk.',
    });
  }

  get budget(): IntakeBudget {
    return this.#ports.budget;
  }

  /** Keeps an arrived message; only `ok` may be answered with 250. Never rejects. */
  async accept(arrived: Arrived): Promise<AcceptResult> {
    const began = this.#ports.clock.monotonic();
    const result = await this.#keep(arrived);
    arrived.content.release();
    this.#commitTime.observe((this.#ports.clock.monotonic() - began) / 1000);
    this.#accepted.add({
      kind: arrived.client.kind,
      result: result.ok ? 'kept' : `refused ${result.refusal.code}`,
    });
    return result;
  }

  async #keep(arrived: Arrived): Promise<AcceptResult> {
    let places: Placed[] = [];
    let judgement: Judgement | undefined;
    try {
      const finished = await arrived.content.finish();
      const { content, header } = finished;
      const decision = await this.#decide(arrived, finished);
      if (!decision.ok) {
        arrived.content.drop();
        return decision;
      }
      const release = arrived.recipients.find((recipient) => recipient.release !== undefined)?.release;
      if (release !== undefined) return await this.#answered(arrived, { header, token: release });
      const id = this.#ports.ids.take<MessageId>();
      if (id === undefined) return no(STORE_TROUBLE);
      const at = this.#ports.clock.now();
      const reference = encodeReference(id, this.#options.referenceSecret);
      const { signAs } = decision;
      const prefix = await this.#prefix(arrived, { finished, at, reference, signAs });
      const judging = this.#judge(arrived, finished, at);
      // Nearly always at once.
      judgement = judging instanceof Promise ? await judging : judging;
      const verdict = judgement?.verdict;
      const envelope = this.#envelope(arrived, verdict);
      const customer = customerOf({ ...arrived.client, ...arrived.envelope });
      const wanted = deliveriesOf(arrived.recipients, {
        forwards: await this.#forwards(arrived, id),
        isOwned: arrived.client.account !== undefined,
      });
      const next = verdict?.judged.hold === undefined ? 'try next' : 'hold';
      places = this.#place(wanted, { envelope, customer, next });
      const copies = copiesOf(arrived.recipients, () => this.#id());
      const acceptance: Acceptance = {
        message: id,
        acceptedAt: at,
        envelope,
        prefix,
        content,
        language: arrived.client.account?.language ?? this.#options.language,
        origin: originOf(arrived.client),
        expiresAt: at + this.#options.lifetimeMs,
        tellAt: at + Math.min(this.#options.delayNoticeAfterMs, this.#options.lifetimeMs),
        customer,
        deliveries: places.map(({ delivery, place }) => ({ ...delivery, ...place })),
        copies,
        ...(arrived.client.account === undefined ? {} : { account: arrived.client.account.id }),
        ...messageIdOf(header),
        ...(copies.length === 0 ? {} : parsedOf(prefix, content)),
        ...verdict,
        ...(next === 'hold' ? {} : await this.#replies(arrived, header, at)),
        ...this.#warnings(arrived, { sizeBytes: contentSize(content) + prefix.length, at }),
      };
      await this.#commit(await this.#withNotices(acceptance, bytesOf(content)));
      this.#handOver(acceptance, places);
      this.#ports.arrived?.(acceptance);
      return { ok: true, reference };
    } catch (error) {
      for (const { place, delivery } of places) this.#ports.dispatcher.dropped(place, delivery.id);
      arrived.content.drop();
      if (judgement !== undefined) this.#ports.guard?.notKept(judgement);
      this.#ports.log.error({ error: String(error) }, 'a message could not be kept');
      return no(STORE_TROUBLE);
    }
  }

  /** An owner's answer to a notice about held mail: what it asks for is done and told before it is answered. */
  async #answered(
    { client, recipients, content }: Arrived,
    { header, token }: { header: Header; token: string },
  ): Promise<AcceptResult> {
    content.drop();
    const { account, address } = client;
    const { owners } = this.#ports;
    if (account === undefined || owners === undefined) return no(STORE_TROUBLE);
    if (recipients.length > 1) return no(NOT_ALONE);
    // RFC 3834: what a program answers by itself says nothing of its owner.
    const auto = findField(header, 'auto-submitted');
    if (auto !== undefined && !/^\s*no\b/i.test(fieldValue(header, auto))) return no(AUTOMATIC);
    const at = this.#ports.clock.now();
    const told = await owners.answered({ account, client: address, token, at });
    if (told === undefined) return no(TOO_OFTEN);
    return { ok: true, reference: encodeReference(told, this.#options.referenceSecret) };
  }

  /** Only what somebody logged in for; our own notices and trusted networks are no accounts. */
  #judge(
    { client, recipients }: Arrived,
    finished: FinishedContent,
    at: number,
  ): Judgement | Promise<Judgement> | undefined {
    const { account, kind } = client;
    if (kind !== 'submission' || account === undefined) return undefined;
    const { content, header, head } = finished;
    const submitted = {
      at,
      account,
      client: client.address,
      recipients: recipients.map(({ address }) => address),
      header,
      head,
      sizeBytes: contentSize(content),
    };
    return this.#ports.guard?.judge(submitted, () => this.#ports.clock.monotonic());
  }

  #envelope({ envelope }: Arrived, verdict: Verdict | undefined): Envelope {
    return verdict?.judged.kind === 'pool' ? { ...envelope, doubted: true } : envelope;
  }

  /** Who is told that its mailbox fills. */
  #warnings({ recipients }: Arrived, about: { sizeBytes: number; at: number }): { quota?: QuotaWarnings } {
    const accounts = recipients.flatMap(({ targets }) => targets.accounts);
    const quota = this.#ports.quota?.count(accounts, about);
    return quota === undefined ? {} : { quota };
  }

  /** What owners who are away answer. */
  async #replies(
    { recipients, envelope: { reversePath } }: Arrived,
    header: Header,
    at: number,
  ): Promise<Pick<Acceptance, 'replies'>> {
    const accounts = new Map(
      recipients.flatMap(({ targets }) => targets.accounts.map((one) => [one.id, one])),
    );
    const away = [...accounts.values()].flatMap((one) => one.away ?? []);
    if (away.length === 0 || this.#ports.replies === undefined) return {};
    const replies = await this.#ports.replies.to({ reversePath, header, at, away });
    return replies.length === 0 ? {} : { replies };
  }

  #commit(acceptance: Acceptance): Promise<void> {
    return this.#ports.budget.latency.measure(() => this.#ports.store.accept(acceptance));
  }

  /** What the message itself says. Who relays without logging in answers for its authors; the envelope's domain signs. */
  async #decide(
    { client, envelope, recipients }: Arrived,
    { header, content }: FinishedContent,
  ): Promise<AuthorDecision> {
    const refused =
      countReceived(header) > this.#options.maxHops
        ? LOOP
        : (tooMany(recipients) ??
          (client.account === undefined ? comesBack(recipients, header) : undefined) ??
          this.budget.full(client) ??
          allFull(recipients, contentSize(content)));
    if (refused !== undefined) return no(refused);
    if (client.account !== undefined) return decideAuthor(client.account, header, this.#ports.directory);
    return { ok: true, signAs: envelope.reversePath === '' ? undefined : envelope.reversePath };
  }

  async #prefix(arrived: Arrived, about: About): Promise<Buffer> {
    const { client, envelope, recipients } = arrived;
    const only = recipients.length === 1 ? recipients[0]?.address : undefined;
    const received = receivedField({
      client,
      hostname: this.#options.hostname,
      reference: about.reference,
      at: about.at,
      smtpUtf8: envelope.smtpUtf8,
      ...(only === undefined ? {} : { onlyRecipient: only }),
    });
    if (client.kind !== 'submission') return Buffer.from(received);
    const missing = this.#missingFields(about);
    const signature = await this.#sign(missing, about);
    return Buffer.concat([signature, Buffer.from(received + missing)]);
  }

  async #sign(missing: string, { signAs, finished }: About): Promise<Buffer> {
    const { signer } = this.#ports;
    if (signer === undefined || signAs === undefined) return NOTHING;
    const header = headerWith(missing, finished.head);
    return (
      (await signer.sign({ domain: domainOf(signAs), header, bodyHash: finished.bodyHash() })) ?? NOTHING
    );
  }

  /** RFC 6409 section 8: a submission may lack Date and Message-ID; everybody after us expects them. */
  #missingFields({ finished: { header }, at, reference }: About): string {
    const date = findField(header, 'date') === undefined ? `Date: ${formatDate(at)}\r\n` : '';
    const id =
      findField(header, 'message-id') === undefined
        ? `Message-ID: <${reference}@${this.#options.hostname}>\r\n`
        : '';
    return date + id;
  }

  /** Every id first, so that a place is never lost. */
  #place(wanted: ReturnType<typeof deliveriesOf>, about: Placing): Placed[] {
    const { envelope, customer, next } = about;
    const deliveries = wanted.map((one) => ({ ...one, id: this.#id<DeliveryId>() }));
    return deliveries.map((delivery) => ({
      delivery,
      place:
        next === 'hold'
          ? { path: UNROUTED }
          : this.#ports.dispatcher.place(
              { address: delivery.address, delivery: delivery.id, customer: delivery.customer ?? customer },
              envelope,
            ),
    }));
  }

  /** How it goes on from those of the recipients that send it on. */
  async #forwards({ recipients, envelope }: Arrived, message: MessageId): Promise<Map<string, Forward>> {
    const { reversePath } = envelope;
    const forwards = new Map<string, Forward>();
    for (const { via, targets } of recipients) {
      if (via === undefined || targets.forwards.length === 0) continue;
      forwards.set(via, await this.#ports.returns.forward({ via, reversePath, message }));
    }
    return forwards;
  }

  /** A copy whose sender asked for SUCCESS is delivered the moment it is accepted: so is the notice of it. */
  async #withNotices(acceptance: Acceptance, content: Buffer | undefined): Promise<Acceptance> {
    const held = acceptance.judged?.hold !== undefined;
    const asked = held ? [] : acceptance.copies.filter((copy) => copy.notify?.includes('SUCCESS'));
    if (asked.length === 0) return acceptance;
    const made = await Promise.all(
      asked.map((copy) =>
        this.#ports.notices.compose('delivered', {
          delivery: toClaimed(acceptance, { ...copy, path: 'local' as PathKey }),
          at: acceptance.acceptedAt,
          ...(content === undefined ? {} : { content }),
        }),
      ),
    );
    return { ...acceptance, notices: made.filter((notice) => notice !== undefined) };
  }

  #id<Id extends number>(): Id {
    const id = this.#ports.ids.take<Id>();
    if (id === undefined) throw new Error('the store gives no ids');
    return id;
  }

  /** The message is on disk: its deliveries go on from memory, without being read back. */
  #handOver(acceptance: Acceptance, places: readonly Placed[]): void {
    if (acceptance.judged?.hold !== undefined) return;
    const content = bytesOf(acceptance.content);
    for (const { delivery, place } of places) {
      const work = { delivery: toClaimed(acceptance, { ...delivery, path: place.path }) };
      this.#ports.dispatcher.committed(place, content === undefined ? work : { ...work, content });
    }
    const notices = [
      ...(acceptance.notices ?? []),
      ...(acceptance.replies ?? []).map(({ notice }) => notice),
    ];
    for (const notice of notices) {
      for (const { path } of notice.deliveries) this.#ports.dispatcher.wake(path);
    }
  }
}

/** A delivery as the store would give it, without asking the store. */
function toClaimed(acceptance: Acceptance, delivery: NewDelivery): ClaimedDelivery {
  const { content, prefix } = acceptance;
  return {
    id: delivery.id,
    path: delivery.path,
    recipient: recipientOf(delivery),
    customer: delivery.customer ?? acceptance.customer,
    was: 'ready',
    dueAt: acceptance.acceptedAt,
    attempts: 0,
    lane: 0,
    expiresAt: acceptance.expiresAt,
    delayTold: false,
    message: {
      id: acceptance.message,
      envelope: acceptance.envelope,
      prefix,
      sizeBytes: contentSize(content) + prefix.length,
      acceptedAt: acceptance.acceptedAt,
      language: acceptance.language,
      ...(acceptance.account === undefined ? {} : { account: acceptance.account }),
    },
  };
}

/** Of what is in memory: a large message is looked at when somebody reads it. */
function parsedOf(prefix: Buffer, content: Content): { parsed?: ParsedMessage } {
  const bytes = bytesOf(content);
  return bytes === undefined ? {} : { parsed: parseMessage(Buffer.concat([prefix, bytes])) };
}

function bytesOf(content: Content): Buffer | undefined {
  return content.kind === 'inline' ? (content.bytes as Buffer) : undefined;
}

interface About {
  readonly finished: FinishedContent;
  readonly at: number;
  readonly reference: string;
  /** The author whose domain vouches for it. */
  readonly signAs: string | undefined;
}

const NOTHING = Buffer.alloc(0);
const CONTROL = /[\u0000-\u001f\u007f]/g;

interface Placing {
  readonly envelope: Envelope;
  readonly customer: string;
  readonly next: 'try next' | 'hold';
}

interface Placed {
  readonly delivery: Omit<NewDelivery, 'path' | 'leasedBy'>;
  readonly place: Placement;
}

const LOOP = refuse(554, '5.4.6', 'Too many hops: this message goes round in circles');

const NOT_ALONE = refuse(550, '5.5.4', 'Please send the answer to this address alone: nothing was released');
const AUTOMATIC = refuse(550, '5.7.1', 'An automatic answer releases nothing');
const TOO_OFTEN = refuse(
  450,
  '4.7.1',
  'Too many answers today; please ask whoever runs this mail service to release what is paused',
);

function no(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
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
  return field === undefined
    ? {}
    : { messageIdField: fieldValue(header, field).replace(CONTROL, '').trim().slice(0, 998) };
}
