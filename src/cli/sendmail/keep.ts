/** Puts a message into the store as a server would: it is on disk when this resolves, whether a server runs or not. */
import { sha256 } from '../../base/digest.ts';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { Account } from '../../core/directory/port.ts';
import { domainOf } from '../../core/delivery/route.ts';
import type { AccountId, DeliveryId, Envelope, Language, MessageId, Recipient } from '../../core/envelope.ts';
import { UNROUTED } from '../../core/envelope.ts';
import { headerWith, Signer } from '../../core/intake/sign.ts';
import { normalise } from '../../core/intake/recipient.ts';
import type { Content, LocalCopy, NewDelivery } from '../../core/queue/port.ts';
import { hashBody } from '../../wire/dkim/body-hash.ts';
import { parseMessage } from '../../core/mailbox/parse.ts';
import { customerOf, customerOfForward } from '../../core/queue/customer.ts';
import { formatDate } from '../../wire/mime/date.ts';
import { fieldValue, findField } from '../../wire/mime/header.ts';
import type { SqlStore } from '../../store/store.ts';
import { CommandError, type NamedConfig } from '../command.ts';
import { operator } from '../operator.ts';
import { openReferences, openReturnPaths } from '../with-store.ts';
import { SYSEXITS } from './flags.ts';
import type { Outgoing } from './message.ts';

/** A larger message is kept in pieces of this size. */
const PIECE_BYTES = 256 * 1024;

/** Where the recipients lead: mailboxes here, addresses elsewhere, each once. */
export interface Destinations {
  readonly accounts: ReadonlyMap<AccountId, string>;
  /** And the address of ours that sends it on there, where one does. */
  readonly forwards: ReadonlyMap<string, string | undefined>;
}

export interface Letter {
  readonly message: MessageId;
  readonly outgoing: Outgoing;
  readonly envelope: Envelope;
  readonly destinations: Destinations;
  /** What was asked of notices, the same for each recipient. */
  readonly asked: Pick<Recipient, 'notify'>;
}

/** Follows the addresses that are ours. Throws EX_NOUSER when one of them does not exist. */
export async function destinationsOf(
  store: SqlStore,
  recipients: readonly string[],
  { hostname, addresses: { separator } }: NamedConfig,
): Promise<Destinations> {
  const accounts = new Map<AccountId, string>();
  const forwards = new Map<string, string | undefined>();
  for (const address of recipients) {
    const domain = domainOf(address);
    if (!(await store.isLocal(domain))) {
      if (domain === hostname)
        throw noUser(
          `${address}: this machine takes no mail for ${hostname}; relais domain add ${hostname} changes that`,
        );
      if (!forwards.has(address)) forwards.set(address, undefined);
      continue;
    }
    const targets = await store.targets({ address: normalise(address), separator });
    if (targets === undefined)
      throw noUser(
        `${address}: there is no such address here; relais address list ${domain} shows those there are`,
      );
    for (const { id } of targets.accounts) if (!accounts.has(id)) accounts.set(id, address);
    for (const forward of targets.forwards) if (!forwards.has(forward)) forwards.set(forward, address);
  }
  return { accounts, forwards };
}

function noUser(sentence: string): CommandError {
  return new CommandError(SYSEXITS.noUser, sentence);
}

/** Keeps the letter; resolves to its reference once it is synced. */
export async function keep(store: SqlStore, letter: Letter, config: NamedConfig): Promise<string> {
  const { message, envelope, outgoing, destinations, asked } = letter;
  const at = systemClock.now();
  const reference = (await openReferences(store)).of(message);
  const account =
    envelope.reversePath === '' ? undefined : await store.account(normalise(envelope.reversePath));
  const received =
    `Received: by ${config.hostname} (Relais, from userid ${process.getuid?.() ?? 0})\r\n\tid ${reference};\r\n` +
    `\t${formatDate(at)}\r\n`;
  const first = await store.reserveIds(destinations.accounts.size + destinations.forwards.size + 1);
  let id = first;
  const copies = [...destinations.accounts].map(
    ([owner, address]): LocalCopy => ({
      id: id++ as DeliveryId,
      account: owner,
      address,
      ...withoutSuccess(asked),
    }),
  );
  const passedOn = await forwardsOf(store, letter, account);
  const deliveries = [...destinations.forwards.keys()].map(
    (address): NewDelivery => ({
      id: id++ as DeliveryId,
      path: UNROUTED,
      address,
      ...asked,
      ...passedOn.get(address),
    }),
  );
  const prefix = Buffer.concat([await signatureOf(store, letter, config), Buffer.from(received)]);
  await store.accept({
    message,
    acceptedAt: at,
    envelope,
    prefix,
    content: await contentOf(store, { bytes: outgoing.bytes, stage: id, at }),
    language: account?.language ?? languageOf(config),
    origin: { kind: 'local', login: operator() },
    expiresAt: at + config.queue.lifetimeMs,
    tellAt: at + config.dsn.delayNoticeAfterMs,
    customer: customerOf({
      reversePath: envelope.reversePath,
      ...(account === undefined ? {} : { account }),
    }),
    deliveries,
    copies,
    ...(copies.length === 0 ? {} : { parsed: parseMessage(Buffer.concat([prefix, outgoing.bytes])) }),
    ...(account === undefined ? {} : { account: account.id }),
    ...messageIdOf(outgoing),
  });
  return reference;
}

/** How it goes on from addresses of ours, and as whose mail. */
async function forwardsOf(
  store: SqlStore,
  { message, envelope: { reversePath }, destinations }: Letter,
  account: Account | undefined,
): Promise<ReadonlyMap<string, Pick<NewDelivery, 'forward' | 'customer'>>> {
  const found = new Map<string, Pick<NewDelivery, 'forward' | 'customer'>>();
  const returns = await openReturnPaths(store);
  for (const [address, via] of destinations.forwards) {
    if (via === undefined) continue;
    const forward = await returns.forward({ via, reversePath, message });
    found.set(address, { forward, ...(account === undefined ? { customer: customerOfForward(via) } : {}) });
  }
  return found;
}

function languageOf({ dsn }: NamedConfig): Language {
  return dsn.language;
}

/** A copy in a mailbox is there at once: exit code 0 is its confirmation. */
function withoutSuccess({ notify }: Pick<Recipient, 'notify'>): Pick<Recipient, 'notify'> {
  const left = notify?.filter((word) => word !== 'SUCCESS') ?? [];
  return left.length === 0 ? {} : { notify: left };
}

/** DKIM for domains of ours, as for every submission. */
async function signatureOf(
  store: SqlStore,
  { envelope, outgoing }: Letter,
  config: NamedConfig,
): Promise<Buffer> {
  if (!config.dkim.sign || envelope.reversePath === '') return Buffer.alloc(0);
  const signer = new Signer({ store, clock: systemClock, log: createLog({ level: 'error' }) });
  const { bytes, header } = outgoing;
  const signed = await signer.sign({
    domain: domainOf(envelope.reversePath),
    header: headerWith('', bytes),
    bodyHash: hashBody(bytes.subarray(header.bodyStart)),
  });
  return signed ?? Buffer.alloc(0);
}

/** In the transaction when small; before it, piece by piece, when large. */
async function contentOf(
  store: SqlStore,
  { bytes, stage, at }: { bytes: Buffer; stage: number; at: number },
): Promise<Content> {
  const digest = sha256(bytes);
  if (bytes.length <= PIECE_BYTES) return { kind: 'inline', bytes, hash: digest };
  for (let seq = 0; seq * PIECE_BYTES < bytes.length; seq++) {
    await store.stage({ stage, seq, bytes: bytes.subarray(seq * PIECE_BYTES, (seq + 1) * PIECE_BYTES), at });
  }
  return { kind: 'staged', stage, sizeBytes: bytes.length, hash: digest };
}

function messageIdOf({ header }: Outgoing): { messageIdField?: string } {
  const field = findField(header, 'message-id');
  return field === undefined ? {} : { messageIdField: fieldValue(header, field).slice(0, 998) };
}
