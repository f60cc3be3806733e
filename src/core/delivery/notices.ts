/**
 * Who is told what (RFC 3461 section 5 and 6): turns an outcome into a notice that is accepted like any other message,
 * in the transaction of the outcome itself. A notice never leads to another: its reverse-path is null.
 */
import { sha256 } from '../../base/digest.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { composeDsn } from '../../wire/dsn/compose.ts';
import type { DsnAction, DsnRecipient, DsnReport, DsnStop } from '../../wire/dsn/report.ts';
import type { Language, MessageId, Notify, RemoteReply } from '../envelope.ts';
import { customerOf } from '../queue/customer.ts';
import { parseMessage } from '../mailbox/parse.ts';
import { scopeKind } from '../queue/freeze.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { Acceptance, ClaimedMessage, QueueStore } from '../queue/port.ts';
import { openMessage } from '../queue/work.ts';
import { titleOf } from '../reputation/providers.ts';
import { verbatim } from '../trace/sentences.ts';
import type { NoticeAbout, NoticeKind, Notices } from './outcome.ts';
import type { Addressed } from './addressed.ts';
import { domainOf, type Router } from './route.ts';

export interface NoticePorts {
  readonly store: QueueStore;
  readonly addressed: Addressed;
  readonly router: Router;
  readonly ids: IdSupply;
  readonly clock: Clock;
  readonly random: Random;
}

export interface NoticeOptions {
  readonly hostname: string;
  readonly lifetimeMs: number;
  /** Whom people turn to, an address or a URL. */
  readonly contact?: string | undefined;
}

/** A failed message up to this size goes back whole when its sender asked for that (RET=FULL), octets. */
const MAX_RETURN_BYTES = 256 * 1024;

const ACTIONS: Readonly<Record<NoticeKind, { action: DsnAction; wanted: Notify; status: string }>> = {
  failed: { action: 'failed', wanted: 'FAILURE', status: '5.0.0' },
  expired: { action: 'failed', wanted: 'FAILURE', status: '4.4.7' },
  delayed: { action: 'delayed', wanted: 'DELAY', status: '4.0.0' },
  relayed: { action: 'relayed', wanted: 'SUCCESS', status: '2.0.0' },
  delivered: { action: 'delivered', wanted: 'SUCCESS', status: '2.0.0' },
};

export class DsnNotices implements Notices {
  readonly #ports: NoticePorts;
  readonly #options: NoticeOptions;

  constructor(ports: NoticePorts, options: NoticeOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async compose(kind: NoticeKind, about: NoticeAbout): Promise<Acceptance | undefined> {
    const { delivery, at } = about;
    const { message, recipient } = delivery;
    if (message.envelope.reversePath === '' || !isWanted(kind, recipient.notify)) return undefined;
    const original = await this.#original(message, about.content);
    const made = composeDsn(
      {
        ...this.#report(message, original),
        recipients: [toRecipient(kind, about, this.#ports.router.providerOf(delivery.path))],
      },
      { nowMs: at, random: this.#ports.random.bytes(20) },
    );
    return this.#accept(made, { to: message.envelope.reversePath, at, language: message.language });
  }

  #report(message: ClaimedMessage, original: Buffer): Omit<DsnReport, 'recipients'> {
    const { envelope } = message;
    const { contact } = this.#options;
    return {
      to: envelope.reversePath,
      language: message.language,
      reportingMta: this.#options.hostname,
      arrivedAtMs: message.acceptedAt,
      original,
      ret: envelope.ret ?? 'HDRS',
      maxReturnBytes: MAX_RETURN_BYTES,
      smtpUtf8: envelope.smtpUtf8,
      transport: '8bit',
      ...(envelope.envid === undefined ? {} : { envelopeId: envelope.envid }),
      ...(contact === undefined ? {} : { contact }),
    };
  }

  /** What goes back: the message, or its beginning when it is large. A notice without it is better than none. */
  async #original(message: ClaimedMessage, content: Buffer | undefined): Promise<Buffer> {
    const pieces: Buffer[] = [];
    try {
      const reader = await openMessage(this.#ports.store, message, content);
      for (let size = 0; size < MAX_RETURN_BYTES; ) {
        const piece = await reader.next();
        if (piece === undefined) break;
        pieces.push(piece);
        size += piece.length;
      }
    } catch {
      // The words and the recipients are what matters.
    }
    return Buffer.concat(pieces);
  }

  async #accept(
    made: { bytes: Buffer; bodyType: '7BIT' | '8BITMIME'; smtpUtf8: boolean },
    about: { to: string; at: number; language: Language },
  ): Promise<Acceptance | undefined> {
    const { to, at } = about;
    const message = this.#ports.ids.take<MessageId>();
    const address = await this.#ports.addressed.to(to);
    if (message === undefined) throw new Error('the store gives no ids');
    if (address.deliveries.length + address.copies.length === 0) return undefined;
    return {
      message,
      acceptedAt: at,
      language: about.language,
      envelope: { reversePath: '', bodyType: made.bodyType, smtpUtf8: made.smtpUtf8, requireTls: false },
      prefix: Buffer.alloc(0),
      content: { kind: 'inline', bytes: made.bytes, hash: sha256(made.bytes) },
      ...(address.copies.length === 0 ? {} : { parsed: parseMessage(made.bytes) }),
      origin: { kind: 'notice' },
      expiresAt: at + this.#options.lifetimeMs,
      // Nobody is told of a notice.
      tellAt: at + this.#options.lifetimeMs,
      customer: customerOf({ reversePath: '' }),
      ...address,
    };
  }
}

/** RFC 3461 4.1: without NOTIFY a sender hears of failures and delays. */
function isWanted(kind: NoticeKind, notify: readonly Notify[] | undefined): boolean {
  const { wanted } = ACTIONS[kind];
  return notify === undefined ? wanted !== 'SUCCESS' : notify.includes(wanted);
}

function toRecipient(kind: NoticeKind, about: NoticeAbout, provider: string | undefined): DsnRecipient {
  const { delivery, reply, suppressed, stop } = about;
  const { address } = delivery.recipient;
  // Putting it into a mailbox here is an attempt of its own.
  const triedAt = kind === 'delivered' ? about.at : about.triedAt;
  const { action, status } = ACTIONS[kind];
  const precise = kind === 'expired' ? undefined : reply?.enhanced;
  return {
    action,
    finalRecipient: address,
    status: precise ?? status,
    blame: about.blame ?? 'unknown',
    ...(delivery.recipient.orcpt === undefined ? {} : { originalRecipient: delivery.recipient.orcpt }),
    ...(reply?.remote === undefined ? {} : { remoteMta: reply.remote.split(' ')[0] as string }),
    ...(triedAt === undefined ? {} : { lastAttemptAtMs: triedAt }),
    ...reasonOf(about),
    ...(kind === 'delayed' ? { willRetryUntilMs: delivery.expiresAt } : {}),
    ...(provider === undefined || about.blame !== 'reputation' ? {} : { provider: titleOf(provider) }),
    ...(about.blame === 'sender' ? lackingIn(reply ?? about.saidToDomain) : {}),
    ...(suppressed === undefined ? {} : { suppressed: { sinceMs: suppressed.since, by: suppressed.by } }),
    ...(stop === undefined ? {} : { stop: stopOf(stop, { provider, domain: domainOf(address) }) }),
  };
}

/** RFC 3464 2.3.6: a far end's words are what it said in SMTP to this mail; what we say ourselves is told in words of ours. */
function reasonOf({
  reply,
  saidToDomain,
  suppressed,
}: NoticeAbout): Pick<DsnRecipient, 'diagnostic' | 'mishap' | 'saidToDomain'> {
  if (suppressed !== undefined) return {};
  if (reply?.code !== undefined) return { diagnostic: verbatim(reply) };
  if (reply?.mishap !== undefined) return { mishap: reply.mishap };
  return saidToDomain?.code === undefined ? {} : { saidToDomain: verbatim(saidToDomain) };
}

/** How far what stops mail reaches, for who knows nothing of our scopes. */
function stopOf(
  { scope, since }: NonNullable<NoticeAbout['stop']>,
  { provider, domain }: { provider: string | undefined; domain: string },
): DsnStop {
  const sinceMs = since;
  switch (scopeKind(scope)) {
    case 'all':
    case 'node':
      return { sinceMs, reach: 'all', where: '' };
    case 'egress':
      return { sinceMs, reach: 'some', where: '' };
    case 'provider':
      return provider === undefined
        ? { sinceMs, reach: 'some', where: '' }
        : { sinceMs, reach: 'there', where: titleOf(provider) };
    default:
      return { sinceMs, reach: 'there', where: domain };
  }
}

/** What a domain does not prove by, where the far end names it. */
function lackingIn(reply: RemoteReply | undefined): { lacks?: string } {
  const named = ['SPF', 'DKIM', 'DMARC'].filter((name) => reply?.text.toUpperCase().includes(name));
  return named.length === 0 ? {} : { lacks: named.join(', ') };
}
