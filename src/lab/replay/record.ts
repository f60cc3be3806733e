/** What became of every delivery in a replay, in a form that can be measured: one fact for each, oldest first. */
import type { DeliveryId, MessageId } from '../../core/envelope.ts';
import { type Acceptance, contentSize } from '../../core/queue/port.ts';
import type { Entry } from '../entry.ts';
import type { World } from '../world.ts';

export interface Fact {
  readonly acceptedMs: number;
  /** Infinite: it is still waiting. */
  readonly endedMs: number;
  readonly state: Entry['state'];
  /** Index among the providers. */
  readonly provider: number;
  readonly customer: string;
  /** It is late, or ended, for a reason of its own: nobody of that name, a full mailbox, a greylist, its content; or it is held. */
  readonly own: boolean;
  /** By the guard. */
  readonly held: boolean;
  readonly spam: boolean;
  readonly attempts: number;
  /** On the line; 0 when another delivery of the message carries them to the same provider. */
  readonly octets: number;
}

export interface Standing {
  readonly atMs: number;
  readonly kind: 'freeze' | 'thaw';
  readonly scope: string;
  readonly blame: string;
}

const LOOK_MS = 60_000;

export class Recorder {
  readonly standings: Standing[] = [];
  /** Providers that have refused us for our reputation, by their index. */
  readonly refusing = new Set<number>();
  readonly #world: World;
  readonly #own = new Set<DeliveryId>();
  readonly #octets = new Map<MessageId, number>();
  readonly #providers = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    for (const [index, { shape }] of world.providers.entries())
      for (const domain of shape.domains) this.#providers.set(domain, index);
    world.every(LOOK_MS, () => {
      for (const [index, provider] of world.providers.entries())
        if (provider.refuses) this.refusing.add(index);
    });
    world.disk.tap(({ name, input }) => {
      if (name === 'accept') this.#accepted(input as Acceptance);
    });
    world.ledger.taps.push({
      settled: ({ reply, next }, { id }) => {
        // What is said to a recipient is about the recipient; a refused content is the message's own.
        const isOwn = reply?.code !== undefined && (reply.stage === 'rcpt' || isContent(reply.text));
        if (isOwn && next.state !== 'delivered') this.#own.add(id);
      },
      stands: (kind, { freeze: { scope, blame } }) =>
        this.standings.push({ atMs: Math.round(world.clock.monotonic()), kind, scope, blame }),
    });
  }

  /** Of all that customers sent, in the order in which it was accepted. */
  facts(): Fact[] {
    const carried = new Set<string>();
    const facts: Fact[] = [];
    for (const entry of this.#world.ledger.entries.values()) {
      if (entry.copy === '') continue;
      const provider = this.#providers.get(entry.address.slice(entry.address.lastIndexOf('@') + 1)) ?? 0;
      const own = entry.isHeld || this.#own.has(entry.id);
      const load = `${entry.message} ${provider}`;
      // Who is refused by name costs the line nothing.
      const isCarried = !carried.has(load) && !entry.isHeld && !(own && entry.state === 'failed');
      if (isCarried) carried.add(load);
      facts.push({
        acceptedMs: entry.acceptedMono,
        endedMs: entry.state === 'queued' ? Number.POSITIVE_INFINITY : entry.endedMono,
        state: entry.state,
        provider,
        customer: entry.customer,
        own,
        held: entry.isHeld,
        spam: entry.copy.startsWith('spam'),
        attempts: entry.attempts,
        octets: isCarried ? (this.#octets.get(entry.message) ?? 0) : 0,
      });
    }
    return facts;
  }

  /** Copies whose client was told 250 and that nobody knows, and deliveries said to be taken that nobody took. */
  lost(): number {
    const { ledger, promised, providers } = this.#world;
    const known = new Set<string>();
    let lost = 0;
    for (const { copy, address, state } of ledger.entries.values()) {
      known.add(copy);
      if (copy === '' || state !== 'delivered') continue;
      const at = this.#providers.get(address.slice(address.lastIndexOf('@') + 1));
      const taken = at === undefined ? undefined : providers[at]?.receipts.byKey.get(`${copy} ${address}`);
      if (taken === undefined) lost++;
    }
    for (const { copy } of promised) if (!known.has(copy)) lost++;
    return lost;
  }

  /** Taken more often than once. */
  duplicates(): number {
    let more = 0;
    for (const { receipts } of this.#world.providers)
      for (const { taken } of receipts.byKey.values()) more += taken - 1;
    return more;
  }

  #accepted({ message, content, prefix }: Acceptance): void {
    this.#octets.set(message, (contentSize(content) + prefix.length) * (this.#world.options.octetScale ?? 1));
  }
}

function isContent(text: string): boolean {
  return /content/i.test(text);
}
