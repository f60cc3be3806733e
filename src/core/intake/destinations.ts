/** Where the recipients of a message lead, all together: each mailbox and each address elsewhere once. */
import { fieldValue, findFields, type Header } from '../../wire/mime/header.ts';
import type { DeliveryId, Forward, Recipient } from '../envelope.ts';
import { isRefused } from '../mailbox/quota.ts';
import type { LocalCopy, NewDelivery } from '../queue/port.ts';
import { customerOfForward } from '../queue/customer.ts';
import { type AcceptedRecipient, fullMailbox, normalise } from './recipient.ts';
import { type Refusal, refuse } from './reply.ts';

/** Targets of one message, all recipients and their aliases together. */
const MAX_TARGETS = 10_000;
/** Delivered-To fields that are looked at, of the topmost. */
const MAX_DELIVERED_TO = 100;

type Recipients = readonly AcceptedRecipient[];
type Wanted = Omit<NewDelivery, 'id' | 'path' | 'leasedBy'>;

export function tooMany(recipients: Recipients): Refusal | undefined {
  const count = recipients.reduce(
    (sum, { targets }) => sum + targets.accounts.length + targets.forwards.length,
    0,
  );
  return count <= MAX_TARGETS
    ? undefined
    : refuse(
        452,
        '4.5.3',
        `These recipients stand for more than ${MAX_TARGETS} addresses; please send in parts`,
      );
}

/** None of the recipients has room; where one has, the others get it as well, so that no part of the message is sent anew. */
export function allFull(recipients: Recipients, sizeBytes: number): Refusal | undefined {
  const [first] = recipients;
  const are = first !== undefined && recipients.every(({ targets }) => isRefused(targets, sizeBytes));
  return are ? fullMailbox(first.address) : undefined;
}

/** What left here by a forward and comes back to it (RFC 9228 section 4). */
export function comesBack(recipients: Recipients, header: Header): Refusal | undefined {
  const forwarding = recipients.filter(
    ({ via, targets }) => via !== undefined && targets.forwards.length > 0,
  );
  if (forwarding.length === 0) return undefined;
  const fields = findFields(header, 'delivered-to').slice(0, MAX_DELIVERED_TO);
  const been = new Set(fields.map((field) => normalise(fieldValue(header, field))));
  const again = forwarding.find(({ via = '' }) => been.has(normalise(via)));
  return again === undefined
    ? undefined
    : refuse(
        554,
        '5.4.6',
        `This message was sent on by ${again.via} before: it goes round in circles between there and here`,
      );
}

/** `forwards`: of the recipients that send it on. `isOwned`: somebody logged in for it, and it is their mail all along. */
export function deliveriesOf(
  recipients: Recipients,
  { forwards, isOwned }: { forwards: ReadonlyMap<string, Forward>; isOwned: boolean },
): readonly Wanted[] {
  return firstOfEach(
    recipients.flatMap((recipient) => {
      const forward = recipient.via === undefined ? undefined : forwards.get(recipient.via);
      const passedOn = forward === undefined ? {} : { forward };
      const customer = forward === undefined || isOwned ? {} : { customer: customerOfForward(forward.via) };
      return recipient.targets.forwards.map((address) => ({
        ...recipientOf(recipient),
        address,
        ...passedOn,
        ...customer,
      }));
    }),
  );
}

/** Without those that have the address of one before. Most messages have one recipient, whom no set needs to know. */
function firstOfEach(wanted: readonly Wanted[]): readonly Wanted[] {
  if (wanted.length < 2) return wanted;
  const seen = new Set<string>();
  return wanted.filter(({ address }) => seen.size < seen.add(address).size);
}

export function copiesOf(recipients: Recipients, takeId: () => DeliveryId): LocalCopy[] {
  const copies = new Map<number, LocalCopy>();
  for (const recipient of recipients) {
    for (const { id } of recipient.targets.accounts) {
      if (!copies.has(id)) copies.set(id, { ...recipientOf(recipient), id: takeId(), account: id });
    }
  }
  return [...copies.values()];
}

/** What an acceptance keeps of it. */
export function recipientOf({ address, notify, orcpt, forward }: Recipient): Recipient {
  return {
    address,
    ...(notify === undefined ? {} : { notify }),
    ...(orcpt === undefined ? {} : { orcpt }),
    ...(forward === undefined ? {} : { forward }),
  };
}
