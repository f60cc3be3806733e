/** The sessions of one listener: counts them, refuses past the limits, ends them when the server stops. */
import type { Socket } from 'node:net';
import { standingOf, type Who } from '../../core/capacity/capacity.ts';
import type { Connections } from '../../core/capacity/connections.ts';
import { networkOf } from '../../core/intake/session.ts';
import type { SessionContext } from './context.ts';
import { SmtpSession } from './session.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

const TOO_MANY = '4.7.0 Too many connections here; please try again later';

export class SmtpServer {
  readonly #context: SessionContext;
  readonly #limits: ConnectionLimits;
  readonly #connections: Pick<Connections, 'entered' | 'left'>;
  readonly #sessions = new Set<SmtpSession>();
  readonly #perAddress = new Map<string, number>();

  /** `connections`: of the whole worker, which has other listeners. */
  constructor(
    context: SessionContext,
    limits: ConnectionLimits,
    connections: Pick<Connections, 'entered' | 'left'>,
  ) {
    this.#context = context;
    this.#connections = connections;
    this.#limits = limits;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Takes a connected socket. */
  take(socket: Socket): void {
    const address = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
    const who = { kind: this.#context.kind, mayRelay: this.#context.mayRelay(address) };
    const refusal = this.#refusal(address, who);
    if (refusal !== undefined) {
      socket.on('error', () => undefined);
      socket.end(`421 ${refusal}\r\n`);
      socket.destroySoon();
      return;
    }
    const network = networkOf(address);
    this.#perAddress.set(network, (this.#perAddress.get(network) ?? 0) + 1);
    const session = new SmtpSession(socket, this.#context, () => {
      this.#connections.left(standingOf(who));
      this.#ended(session, network);
    });
    this.#sessions.add(session);
    session.start();
  }

  /** Says goodbye to those that wait for a command; those in the middle of a message may finish it. */
  shutDown(): void {
    for (const session of this.#sessions) session.shutDown();
  }

  /** Ends every session at once. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #refusal(address: string, who: Who): string | undefined {
    if (this.#context.acceptor.budget.turnsAway(who))
      return '4.3.2 This server is busy; please try again later';
    if (this.#sessions.size >= this.#limits.maxConnections) return TOO_MANY;
    if (
      !who.mayRelay &&
      (this.#perAddress.get(networkOf(address)) ?? 0) >= this.#limits.maxConnectionsPerAddress
    ) {
      return '4.7.0 Too many connections from your address';
    }
    return this.#connections.entered(standingOf(who)) ? undefined : TOO_MANY;
  }

  #ended(session: SmtpSession, network: string): void {
    this.#sessions.delete(session);
    const left = (this.#perAddress.get(network) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(network, left);
    else this.#perAddress.delete(network);
  }
}
