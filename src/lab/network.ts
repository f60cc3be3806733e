/**
 * The simulated Internet between our workers and the providers: connections that take the time that lines and far ends
 * need, and break where those break. It speaks to the core as `net/smtp-client.ts` does, and says the same of the same.
 */
import type { Clock } from '../base/clock.ts';
import type {
  Connection,
  Connector,
  ConnectRequest,
  ConnectResult,
  Hop,
  Transfer,
  TransferResult,
} from '../core/delivery/port.ts';
import type { RemoteReply, Stage } from '../core/envelope.ts';
import type { Chance } from './chance.ts';
import type { Life } from './life.ts';
import { Link, type LinkShape } from './link.ts';
import type { Answer, Provider } from './providers.ts';
import type { Reply } from './words.ts';

export interface NetworkTap {
  /** A worker knocks at a provider. */
  connects(provider: Provider, life: Life): void;
  /** A transaction begins. */
  begins(transfer: Transfer, about: Beginning): void;
  /** A provider has taken a message for one recipient. */
  took(copy: string, about: { to: string; provider: Provider; life: Life }): void;
}

/**
 * When a transaction's deliveries were taken out of the queue, at the earliest: for the first of a connection, when that was
 * being opened.
 */
export interface Beginning {
  readonly provider: Provider;
  readonly life: Life;
  readonly isFirst: boolean;
  readonly takenAt: number;
}

export interface NetworkOptions {
  readonly ours: LinkShape;
  /** Octets on the line for each octet of a message: small messages stand for large ones in long runs. */
  readonly octetScale: number;
}

/** As the options of `[delivery]` have them, ms. */
const CONNECT_TIMEOUT_MS = 30_000;
const COMMAND_TIMEOUT_MS = 300_000;
const DATA_TIMEOUT_MS = 600_000;
/** Round trips until MAIL can be said: TCP, banner, EHLO, TLS, EHLO. */
const GREETING_TRIPS = 5;
const MAX_RECIPIENTS = 100;
const COPY = 'Message-ID: <';
/** Octets in which what follows the Message-ID's `<` must end. */
const COPY_OCTETS = 64;
const HEADER_OCTETS = 2048;
const OFFERED = { smtpUtf8: true, requireTls: false, binaryMime: false, dsn: false };
/** A far end closes a connection that says nothing for this long. */
const SILENCE_MS = 60_000;

export class Network {
  /** Our line, outwards; whether it is up counts for both directions. */
  readonly ours: Link;
  readonly inbound: Link;
  readonly clock: Clock;
  readonly options: NetworkOptions;
  readonly chance: Chance;
  readonly taps: NetworkTap[] = [];
  readonly #byAddress = new Map<string, Provider>();

  constructor(ports: { clock: Clock; chance: Chance }, options: NetworkOptions) {
    this.clock = ports.clock;
    this.chance = ports.chance;
    this.options = options;
    this.ours = new Link(ports.clock, options.ours);
    this.inbound = new Link(ports.clock, options.ours);
  }

  place(address: string, provider: Provider): void {
    this.#byAddress.set(address, provider);
  }

  /** The network as one incarnation of a worker has it. */
  connector(life: Life): Connector {
    return { connect: (request) => life.hears(this.#connect(request, life)) };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }

  roundTripMs(provider: Provider): number {
    return 2 * (this.ours.shape.latencyMs + provider.link.shape.latencyMs);
  }

  /** Who is abandoned hears so at once. */
  #connect(request: ConnectRequest, life: Life): Promise<ConnectResult> {
    const { asking } = request;
    if (asking === undefined) return this.#tryAll(request, life);
    asking.asked();
    const { promise, resolve } = Promise.withResolvers<ConnectResult>();
    const text = 'connection closed by us';
    const abandoned = (): void => resolve(broken({ stage: 'banner', text, afterMs: 0 }));
    asking.signal.addEventListener('abort', abandoned, { once: true });
    return Promise.race([this.#tryAll(request, life), promise]);
  }

  async #tryAll(request: ConnectRequest, life: Life): Promise<ConnectResult> {
    const begunAt = this.clock.monotonic();
    let last: ConnectResult = broken({ stage: 'route', text: 'no address to connect to', afterMs: 0 });
    const first = this.#byAddress.get(request.hops[0]?.address ?? '');
    if (first !== undefined) for (const tap of this.taps) tap.connects(first, life);
    for (const hop of request.hops) {
      last = await this.#tryHop(hop, { life, begunAt, signal: request.asking?.signal });
      if (last.ok || request.asking?.signal.aborted === true) return last;
    }
    return last;
  }

  async #tryHop(
    hop: Hop,
    { life, begunAt, signal }: { life: Life; begunAt: number; signal: AbortSignal | undefined },
  ): Promise<ConnectResult> {
    const remote = `${hop.host} [${hop.address}]:${hop.port}`;
    const begun = this.clock.monotonic();
    const fails = (stage: Stage, text: string): ConnectResult =>
      broken({ stage, text, remote, afterMs: Math.round(this.clock.monotonic() - begun) });
    const provider = this.#byAddress.get(hop.address);
    if (this.ours.state === 'unreachable') {
      await this.sleep(1);
      return {
        ...broken({ stage: 'connect', text: 'connect ENETUNREACH', remote, afterMs: 1 }),
        trouble: 'local',
      };
    }
    if (
      !(await this.ours.whenUp(CONNECT_TIMEOUT_MS)) ||
      provider === undefined ||
      (await this.#isLost(provider))
    )
      return fails('connect', 'connection timed out');
    const tripMs = this.roundTripMs(provider);
    if (provider.state === 'refusing') {
      await this.sleep(tripMs);
      return fails('connect', 'connection refused');
    }
    const { epoch } = provider;
    provider.open++;
    let closed = false;
    const close = (): void => {
      if (!closed) provider.open--;
      closed = true;
    };
    const forget = life.onEnd(close);
    const end = (): void => {
      forget();
      close();
    };
    signal?.addEventListener('abort', end, { once: true });
    await this.sleep(tripMs * GREETING_TRIPS + this.#queueMs(provider) + provider.mood.tarpitMs);
    signal?.removeEventListener('abort', end);
    if (signal?.aborted === true) return fails('banner', 'connection closed by us');
    if (provider.epoch !== epoch || !this.ours.up) {
      end();
      return fails('banner', 'connection closed by the far end');
    }
    const answer = provider.greet();
    if (answer === undefined)
      return {
        ok: true,
        connection: new LabConnection(this, { provider, remote, life, epoch, end, begunAt }),
      };
    end();
    return broken({ ...said(answer, remote), afterMs: Math.round(this.clock.monotonic() - begun) });
  }

  /** A connection that does not come about: nobody answers, or too many packets are lost on the way. */
  async #isLost(provider: Provider): Promise<boolean> {
    const lost = (link: Link): boolean => link.shape.loss > 0 && this.chance.is(link.shape.loss ** 2);
    const late = this.#queueMs(provider) > CONNECT_TIMEOUT_MS;
    const silent = provider.state === 'silent' || !provider.link.up;
    if (!silent && !late && !lost(this.ours) && !lost(provider.link)) return false;
    await this.sleep(CONNECT_TIMEOUT_MS);
    return true;
  }

  #queueMs(provider: Provider): number {
    return this.ours.queueMs + provider.link.queueMs;
  }

  /** Milliseconds until a client's octets have arrived here: the other direction of our line. */
  inboundMs(octets: number): number {
    return this.inbound.carry(octets * this.options.octetScale);
  }

  /** Milliseconds until these octets have arrived there. */
  carryMs(octets: number, provider: Provider): number {
    const sized = octets * this.options.octetScale;
    const tripMs = this.roundTripMs(provider);
    const lossMs = this.ours.lossMs(sized, tripMs) + provider.link.lossMs(sized, tripMs);
    return provider.link.carry(sized, this.ours.carry(sized)) + lossMs;
  }
}

interface About {
  readonly provider: Provider;
  readonly remote: string;
  readonly life: Life;
  readonly epoch: number;
  /** When it was being opened. */
  readonly begunAt: number;
  end(): void;
}

class LabConnection implements Connection {
  readonly remote: string;
  readonly offered = OFFERED;
  readonly maxRecipients = MAX_RECIPIENTS;
  transfers = 0;
  readonly #network: Network;
  readonly #about: About;
  #usable = true;
  /** Until what was sent has arrived, ms: small pieces are waited for together. */
  #owedMs = 0;
  #heardAt: number;

  constructor(network: Network, about: About) {
    this.#network = network;
    this.#about = about;
    this.remote = about.remote;
    this.#heardAt = network.clock.monotonic();
  }

  get usable(): boolean {
    const { provider } = this.#about;
    return (
      this.#usable &&
      !this.#isGone() &&
      !this.#isStale() &&
      this.transfers < provider.shape.messagesPerConnection
    );
  }

  transfer(transfer: Transfer): Promise<TransferResult[]> {
    return this.#about.life.hears(this.#transfer(transfer));
  }

  close(): void {
    this.#usable = false;
    this.#about.end();
  }

  async #transfer(transfer: Transfer): Promise<TransferResult[]> {
    const { provider, life, begunAt } = this.#about;
    const network = this.#network;
    const begun = network.clock.monotonic();
    const all = (reply: RemoteReply, trouble?: 'local' | 'remote'): TransferResult[] => {
      const afterMs = Math.round(network.clock.monotonic() - begun);
      const one = {
        accepted: false,
        reply: { ...reply, afterMs },
        ...(trouble === undefined ? {} : { trouble }),
      };
      if (trouble !== undefined || reply.code === 421) this.close();
      return transfer.recipients.map(() => one);
    };
    const breaks = (stage: Stage, text: string): TransferResult[] =>
      all({ stage, text, remote: this.remote, afterMs: 0 }, 'remote');
    const isFirst = this.transfers === 0;
    const takenAt = isFirst ? begunAt : begun;
    for (const tap of network.taps) tap.begins(transfer, { provider, life, isFirst, takenAt });
    this.transfers++;
    const gone = this.#isGone() || this.#isStale();
    await network.sleep(network.roundTripMs(provider) + network.ours.queueMs + provider.mood.tarpitMs);
    if (gone || this.#isGone()) return breaks('mail', 'connection closed by the far end');
    if (!(await this.#reaches(COMMAND_TIMEOUT_MS))) return breaks('mail', 'no reply in time');
    const first = provider.mail();
    if (first !== undefined) return all(said(first, this.remote));
    const refused = transfer.recipients.map(({ address }) => provider.rcpt(transfer.reversePath, address));
    const goOn = refused.some((reply) => reply === undefined);
    if (!goOn) return this.#answers(transfer, { refused, last: undefined });
    if (provider.loses()) {
      await network.sleep(COMMAND_TIMEOUT_MS);
      return breaks('data', 'no reply in time');
    }
    const cut = provider.cuts() ? network.chance.pick(['data', 'end-of-data'] as const) : undefined;
    if (cut === 'data') return breaks('data', 'connection reset by the far end');
    return this.#content(transfer, { refused, cut: cut !== undefined, breaks });
  }

  async #content(
    transfer: Transfer,
    about: {
      refused: readonly (Reply | undefined)[];
      cut: boolean;
      breaks(stage: Stage, text: string): TransferResult[];
    },
  ): Promise<TransferResult[]> {
    const { provider, life } = this.#about;
    const network = this.#network;
    let copy = '';
    for (;;) {
      const piece = await transfer.content.next();
      if (piece === undefined) break;
      if (copy === '') copy = copyOf(piece);
      this.#owedMs = Math.max(this.#owedMs, network.carryMs(piece.length, provider));
      if (piece.length < 65_536) continue;
      await network.sleep(this.#owedMs);
      this.#owedMs = 0;
    }
    await network.sleep(this.#owedMs + provider.serviceMs() + network.roundTripMs(provider) / 2);
    this.#owedMs = 0;
    if (this.#isGone() || life.ended) return about.breaks('end-of-data', 'connection closed by the far end');
    if (!(await this.#reaches(DATA_TIMEOUT_MS))) return about.breaks('end-of-data', 'no reply in time');
    const judged = provider.judge(copy);
    if (judged !== undefined) return this.#answers(transfer, { refused: about.refused, last: judged });
    const taken = transfer.recipients.filter((_, index) => about.refused[index] === undefined);
    for (const { address } of taken) this.#takes(copy, address);
    await network.sleep(network.roundTripMs(provider) / 2);
    const told = !about.cut && !life.ended && !this.#isGone() && (await this.#reaches(DATA_TIMEOUT_MS));
    if (told && !life.ended) return this.#answers(transfer, { refused: about.refused, last: undefined });
    // Whoever died is told nothing more: that is the crash's doing, not the line's.
    if (!life.ended) for (const { address } of taken) provider.receipts.untold(copy, address);
    return about.breaks('end-of-data', 'connection reset by the far end');
  }

  #takes(copy: string, to: string): void {
    const { provider, life } = this.#about;
    provider.receipts.took(copy, to);
    for (const tap of this.#network.taps) tap.took(copy, { to, provider, life });
  }

  /** What each recipient gets: its own refusal, or what was said of the message. */
  #answers(
    transfer: Transfer,
    about: { refused: readonly (Reply | undefined)[]; last: Answer | undefined },
  ): TransferResult[] {
    this.#heardAt = this.#network.clock.monotonic();
    if (about.last?.reply.code === 421) this.close();
    return transfer.recipients.map((_, index) => {
      const refusal = about.refused[index];
      if (refusal !== undefined)
        return { accepted: false, reply: said({ stage: 'rcpt', reply: refusal }, this.remote) };
      if (about.last !== undefined) return { accepted: false, reply: said(about.last, this.remote) };
      const reply = { code: 250, enhanced: '2.0.0', text: 'Ok: queued' };
      return { accepted: true, reply: said({ stage: 'end-of-data', reply }, this.remote) };
    });
  }

  /** Whether the lines between us work, at once or within this time. */
  #reaches(patienceMs: number): Promise<boolean> | boolean {
    const { provider } = this.#about;
    const isUp = this.#network.ours.up && provider.link.up;
    return isUp || this.#whenReached(patienceMs);
  }

  async #whenReached(patienceMs: number): Promise<boolean> {
    const { provider } = this.#about;
    return (await this.#network.ours.whenUp(patienceMs)) && (await provider.link.whenUp(patienceMs));
  }

  #isGone(): boolean {
    return this.#about.provider.epoch !== this.#about.epoch;
  }

  #isStale(): boolean {
    return this.#network.clock.monotonic() - this.#heardAt > SILENCE_MS;
  }
}

/** Which submission a message came from; empty when it was none. */
function copyOf(piece: Buffer): string {
  const at = piece.subarray(0, HEADER_OCTETS).indexOf(COPY);
  if (at < 0) return '';
  const from = at + COPY.length;
  const id = piece.toString('latin1', from, from + COPY_OCTETS);
  const end = id.indexOf('@lab.example>');
  return end < 0 ? '' : id.slice(0, end);
}

function said({ stage, reply }: Answer, remote: string): RemoteReply {
  return { stage, ...reply, remote, afterMs: 0 };
}

function broken(reply: RemoteReply): Extract<ConnectResult, { ok: false }> {
  return { ok: false, trouble: 'remote', reply };
}
