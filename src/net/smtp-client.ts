/** Opens SMTP connections and runs transactions over them: the `Connector` of `core/delivery/port.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
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
import { type Capabilities, NO_CAPABILITIES, parseCapabilities } from '../wire/smtp/capabilities.ts';
import { DotStuffer } from '../wire/smtp/dot-stuffing.ts';
import type { ParsedReply } from '../wire/smtp/reply.ts';
import { ClientTransaction, type RecipientResult, type Send } from '../wire/smtp/transaction.ts';
import { BrokenError, dial, PortClosedError, type ReplySocket, UnboundError } from './smtp-connection.ts';

/** Milliseconds (RFC 5321 4.5.3.2 names the minimums) and counts. */
export interface ClientLimits {
  readonly connectTimeoutMs: number;
  readonly greetingTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly dataTimeoutMs: number;
  readonly maxRecipients: number;
  readonly maxTransactions: number;
}

/** How long a far end may take to hear that a connection is closed, ms. */
const PLACE_FREE_MS = 1_000;
/** Octets of a peer's words that are kept. */
const MAX_TEXT = 2048;

export class SmtpConnector implements Connector {
  readonly #limits: ClientLimits;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  async connect(request: ConnectRequest): Promise<ConnectResult> {
    let last: ConnectResult = {
      ok: false,
      trouble: 'remote',
      reply: { stage: 'route', mishap: 'no-address', text: 'no address to connect to', afterMs: 0 },
    };
    request.asking?.asked();
    for (const hop of request.hops) {
      last = await this.#tryHop(hop, request, request.tls);
      // A peer whose TLS is broken still gets the mail in the clear when the policy is only opportunistic (RFC 7435).
      if (!last.ok && last.reply.stage === 'tls' && request.tls === 'opportunistic') {
        last = await this.#tryInClear(hop, request);
      }
      if (last.ok || last.unbound === true || request.asking?.signal.aborted === true) return last;
    }
    return last;
  }

  /** Where a far end takes one connection at a time, the place of the one that broke may not be free yet. */
  async #tryInClear(hop: Hop, request: ConnectRequest): Promise<ConnectResult> {
    const first = await this.#tryHop(hop, request, 'none');
    const isRefused = !first.ok && (first.refused === true || first.reply.stage === 'banner');
    if (!isRefused || first.reply.mishap === 'no-answer') return first;
    await sleep(PLACE_FREE_MS);
    if (request.asking?.signal.aborted === true) return first;
    return this.#tryHop(hop, request, 'none');
  }

  async #tryHop(hop: Hop, request: ConnectRequest, tls: ConnectRequest['tls']): Promise<ConnectResult> {
    const attempt = new Attempt(hop);
    let socket: ReplySocket | undefined;
    try {
      socket = await dial({
        address: hop.address,
        port: hop.port,
        timeoutMs: this.#limits.connectTimeoutMs,
        signal: request.asking?.signal,
        ...(request.egress.address === undefined ? {} : { localAddress: request.egress.address }),
      });
      attempt.stage = 'banner';
      attempt.expect(await socket.reply(this.#limits.greetingTimeoutMs), 220);
      attempt.stage = 'ehlo';
      let offered = await this.#ehlo(socket, attempt, request.egress.ehlo);
      offered = await this.#secure(socket, attempt, { offered, hop, tls, ehlo: request.egress.ehlo });
      return { ok: true, connection: new SmtpConnection(socket, { attempt, offered, limits: this.#limits }) };
    } catch (error) {
      socket?.close(error instanceof RefusedError ? 'QUIT\r\n' : undefined);
      const unbound = error instanceof UnboundError ? { unbound: true as const } : {};
      const refused = error instanceof PortClosedError ? { refused: true as const } : {};
      return { ok: false, ...attempt.failure(error as Error), ...unbound, ...refused };
    }
  }

  async #ehlo(socket: ReplySocket, attempt: Attempt, name: string): Promise<Capabilities> {
    socket.write(`EHLO ${name}\r\n`);
    const reply = await socket.reply(this.#limits.commandTimeoutMs);
    if (reply.code === 250) return parseCapabilities(reply.lines);
    if (reply.code < 500) attempt.expect(reply, 250);
    socket.write(`HELO ${name}\r\n`);
    attempt.expect(await socket.reply(this.#limits.commandTimeoutMs), 250);
    return NO_CAPABILITIES;
  }

  async #secure(
    socket: ReplySocket,
    attempt: Attempt,
    about: { offered: Capabilities; hop: Hop; tls: ConnectRequest['tls']; ehlo: string },
  ): Promise<Capabilities> {
    if (about.tls === 'none') return about.offered;
    attempt.stage = 'tls';
    if (!about.offered.startTls) {
      if (about.tls === 'opportunistic') return about.offered;
      throw new BrokenError('the far end does not offer TLS, which this mail requires', 'remote', 'no-tls');
    }
    socket.write('STARTTLS\r\n');
    attempt.expect(await socket.reply(this.#limits.commandTimeoutMs), 220);
    if (socket.hasUnread) throw new BrokenError('plaintext after STARTTLS', 'remote');
    const named = /[a-z]/i.test(about.hop.host) && !about.hop.host.includes(':');
    await socket.startTls({
      verify: about.tls === 'verified',
      timeoutMs: this.#limits.commandTimeoutMs,
      ...(named ? { servername: about.hop.host } : {}),
    });
    attempt.stage = 'ehlo';
    try {
      return await this.#ehlo(socket, attempt, about.ehlo);
    } catch (error) {
      // A far end may end the handshake only now (TLS 1.3: it wants a certificate of ours). One that is slow is not told so.
      if (error instanceof BrokenError && error.trouble === 'remote' && error.mishap !== 'no-answer')
        attempt.stage = 'tls';
      throw error;
    }
  }
}

class RefusedError extends Error {
  readonly reply: ParsedReply;
  constructor(reply: ParsedReply) {
    super(reply.lines.join('\n'));
    this.reply = reply;
  }
}

/** What is known of an attempt while it runs: where it is, with whom, since when. */
class Attempt {
  readonly remote: string;
  readonly #startedAt = performance.now();
  stage: Stage = 'connect';

  constructor(hop: Hop) {
    this.remote =
      hop.host === hop.address ? `[${hop.address}]:${hop.port}` : `${hop.host} [${hop.address}]:${hop.port}`;
  }

  expect(reply: ParsedReply, code: number): void {
    if (reply.code !== code) throw new RefusedError(reply);
  }

  failure(error: Error): { reply: RemoteReply; trouble: 'local' | 'remote' } {
    const remote = this.remote;
    const afterMs = performance.now() - this.#startedAt;
    if (error instanceof RefusedError)
      return { trouble: 'remote', reply: toRemote(error.reply, { stage: this.stage, remote, afterMs }) };
    const { stage } = this;
    const trouble = error instanceof BrokenError ? error.trouble : 'remote';
    // Whatever else the handshake says is about TLS.
    const what = stage === 'tls' && trouble === 'remote' ? ({ mishap: 'bad-tls' } as const) : {};
    const mishap = { ...what, ...mishapOf(error) };
    return {
      trouble,
      reply: { stage, ...mishap, text: error.message, remote, afterMs: Math.round(afterMs) },
    };
  }
}

function mishapOf(error: Error): Pick<RemoteReply, 'mishap'> {
  return error instanceof BrokenError && error.mishap !== undefined ? { mishap: error.mishap } : {};
}

function toRemote(reply: ParsedReply, about: { stage: Stage; remote: string; afterMs: number }): RemoteReply {
  return {
    stage: about.stage,
    code: reply.code,
    ...(reply.enhanced === undefined ? {} : { enhanced: reply.enhanced }),
    text: reply.lines.join('\n').slice(0, MAX_TEXT),
    remote: about.remote,
    afterMs: Math.round(about.afterMs),
  };
}

class SmtpConnection implements Connection {
  readonly #socket: ReplySocket;
  readonly #limits: ClientLimits;
  readonly remote: string;
  readonly offered: Capabilities;
  readonly tls?: string;
  readonly maxRecipients: number;
  readonly #maxTransactions: number;
  transfers = 0;
  #reset = false;
  #finished = false;

  constructor(socket: ReplySocket, about: { attempt: Attempt; offered: Capabilities; limits: ClientLimits }) {
    this.#socket = socket;
    this.#limits = about.limits;
    this.offered = about.offered;
    this.remote = about.attempt.remote;
    if (socket.tls !== undefined) this.tls = socket.tls;
    this.maxRecipients = Math.min(
      about.limits.maxRecipients,
      about.offered.rcptMax ?? about.limits.maxRecipients,
    );
    this.#maxTransactions = Math.min(
      about.limits.maxTransactions,
      about.offered.mailMax ?? about.limits.maxTransactions,
    );
  }

  get gone(): boolean {
    return this.#socket.broken !== undefined;
  }

  get silentMs(): number {
    return this.#socket.silentMs;
  }

  get usable(): boolean {
    return (
      !this.#finished &&
      this.transfers < this.#maxTransactions &&
      this.#socket.broken === undefined &&
      !this.#socket.hasUnread
    );
  }

  async transfer(transfer: Transfer): Promise<TransferResult[]> {
    this.transfers++;
    const startedAt = performance.now();
    const transaction = new ClientTransaction(transfer, this.offered);
    try {
      await this.#send(transaction.start({ reset: this.#reset }), transfer);
      for (;;) {
        const timeoutMs =
          transaction.stage === 'end-of-data' ? this.#limits.dataTimeoutMs : this.#limits.commandTimeoutMs;
        const reply = await this.#socket.reply(timeoutMs);
        if (reply.code === 421) this.#finished = true;
        const step = transaction.reply(reply);
        if (step.kind === 'go-on') await this.#send(step.send, transfer);
        else {
          this.#reset = step.reset;
          return step.results.map((result) => this.#result(result, startedAt));
        }
      }
    } catch (error) {
      return this.#broken(error as Error, transaction, startedAt);
    }
  }

  close(): Promise<void> | void {
    this.#finished = true;
    return this.#socket.close('QUIT\r\n');
  }

  #result(result: RecipientResult, startedAt: number): TransferResult {
    const about = {
      stage: toStage(result.stage),
      remote: this.remote,
      afterMs: performance.now() - startedAt,
    };
    return { accepted: result.accepted, reply: toRemote(result.reply, about) };
  }

  #broken(error: Error, transaction: ClientTransaction, startedAt: number): TransferResult[] {
    this.#finished = true;
    this.#socket.close();
    const reply: RemoteReply = {
      stage: toStage(transaction.stage),
      ...mishapOf(error),
      text: error.message,
      remote: this.remote,
      afterMs: Math.round(performance.now() - startedAt),
    };
    const trouble = error instanceof BrokenError ? error.trouble : 'remote';
    return transaction.partial.map((known) =>
      known === undefined ? { accepted: false, trouble, reply } : this.#result(known, startedAt),
    );
  }

  async #send(send: Send, transfer: Transfer): Promise<void> {
    const socket = this.#socket;
    switch (send.kind) {
      case 'nothing':
        return;
      case 'commands':
        socket.write(send.text);
        return;
      case 'no-content':
        socket.write('.\r\n');
        return;
      case 'commands-and-chunk':
        stillOurs(transfer);
        socket.cork();
        socket.write(send.text);
        await this.#content(transfer, (piece) => [piece]);
        return;
      case 'content': {
        stillOurs(transfer);
        const stuffer = new DotStuffer();
        socket.cork();
        await this.#content(transfer, (piece) => stuffer.stuff(piece));
        stillOurs(transfer);
        socket.write(stuffer.end());
        return;
      }
      default:
        send satisfies never;
    }
  }

  /** Writes a message piece by piece, never more than the peer takes. The caller has corked the socket. */
  async #content(transfer: Transfer, encode: (piece: Buffer) => readonly Buffer[]): Promise<void> {
    const socket = this.#socket;
    // One uncork per turn of the event loop gathers the small messages into one segment.
    process.nextTick(() => socket.uncork());
    for (;;) {
      const next = transfer.content.next();
      const piece = next instanceof Promise ? await next.catch(unreadable) : next;
      if (piece === undefined) return;
      stillOurs(transfer);
      let room = true;
      for (const part of encode(piece)) room = socket.write(part);
      if (!room) await socket.drained(this.#limits.dataTimeoutMs);
    }
  }
}

/** What is not said to its end is taken by nobody. */
function stillOurs(transfer: Transfer): void {
  if (!transfer.isOurs())
    throw new BrokenError('this worker stood still, and others may have the message by now', 'local');
}

function unreadable(error: Error): never {
  throw new BrokenError(`our own store did not give the message: ${error.message}`, 'local');
}

function toStage(stage: RecipientResult['stage']): Stage {
  return stage === 'rset' ? 'mail' : stage;
}
