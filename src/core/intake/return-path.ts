/**
 * The way back of what leaves by a forward. A sender elsewhere is written as a return address of ours (`wire/address/srs.ts`), at
 * the domain of the address that forwards; what comes to such an address goes on to that sender. One that has no room in a local
 * part of 64 octets (RFC 5321 4.5.3.1.1) is found again by its message, which is known for longer than the address is good.
 */
import type { Clock } from '../../base/clock.ts';
import { formatMailbox, parseMailbox } from '../../wire/address/mailbox.ts';
import { readSrs, SRS_DAYS, type SrsKey, writeSrs } from '../../wire/address/srs.ts';
import { domainOf } from '../delivery/route.ts';
import type { Directory } from '../directory/port.ts';
import type { Forward, MessageId } from '../envelope.ts';
import type { QueueStore } from '../queue/port.ts';
import { type Refusal, refuse } from './reply.ts';

/** No domain is called so (RFC 2606 section 2): the sender is that of a message, by its number. */
const BY_MESSAGE = 'm.invalid';

export interface ReturnPathPorts {
  readonly store: Pick<QueueStore, 'reversePathOf'>;
  readonly directory: { isLocal(domain: string): ReturnType<Directory['isLocal']> };
  readonly clock: Pick<Clock, 'now'>;
}

export class ReturnPaths {
  readonly #ports: ReturnPathPorts;
  readonly #secret: Uint8Array;

  constructor(ports: ReturnPathPorts, secret: Uint8Array) {
    this.#ports = ports;
    this.#secret = secret;
  }

  /** How a message goes on from an address of ours. The null reverse-path, and senders that are ours, stay as they are. */
  async forward(about: { via: string; reversePath: string; message: MessageId }): Promise<Forward> {
    const { via, reversePath, message } = about;
    if (reversePath === '' || (await this.#ports.directory.isLocal(domainOf(reversePath)))) return { via };
    const rewritten = this.#write(reversePath, domainOf(via), message);
    return rewritten === undefined ? { via } : { via, reversePath: rewritten };
  }

  #write(reversePath: string, domain: string, message: MessageId): string | undefined {
    const parsed = parseMailbox(reversePath);
    const senders = [
      ...(parsed.ok ? [parsed.mailbox] : []),
      { local: message.toString(36), domain: BY_MESSAGE },
    ];
    return senders
      .map((sender) => formatMailbox({ local: writeSrs(sender, this.#key), domain }))
      .find((address) => parseMailbox(address).ok);
  }

  /** Where mail for a return address goes, by its local part (`isSrs`), or why it is refused. */
  async read(local: string): Promise<{ to: string } | { refusal: Refusal }> {
    const reading = readSrs(local, this.#key);
    if (!reading.ok) return { refusal: REFUSALS[reading.why] };
    if (reading.domain.toLowerCase() !== BY_MESSAGE) {
      const sender = parseMailbox(formatMailbox(reading));
      return sender.ok ? { to: formatMailbox(sender.mailbox) } : { refusal: REFUSALS.malformed };
    }
    const sender = await this.#ports.store.reversePathOf(Number.parseInt(reading.local, 36) as MessageId);
    return sender === undefined ? { refusal: REFUSALS.old } : { to: sender };
  }

  get #key(): SrsKey {
    return { secret: this.#secret, at: this.#ports.clock.now() };
  }
}

const REFUSALS = {
  malformed: refuse(550, '5.1.3', 'This return address of a forward (SRS) is incomplete'),
  forged: refuse(
    550,
    '5.1.1',
    'This return address of a forward (SRS) was not made here, or was changed on its way',
  ),
  old: refuse(
    550,
    '5.1.1',
    `This return address of a forward (SRS) is too old: it was good for ${SRS_DAYS} days`,
  ),
} as const;
