/** The sessions of one listener: counts them, refuses past the limits, ends them when the server stops. */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.ts';
import { repeat } from '../base/repeat.ts';
import { type IntakeBudget, standingOf, type Who } from '../core/capacity/capacity.ts';
import type { Connections } from '../core/capacity/connections.ts';
import { networkOf } from '../core/intake/session.ts';

export interface Session {
  start(): void;
  /** Ends as soon as what is under way is done. */
  shutDown(): void;
  /** Ends at once. */
  destroy(): void;
}

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

/** Why a client is sent away before it is greeted. */
export type TurnedAway = 'not allowed' | 'busy' | 'too many' | 'too many from there';

/** What each protocol does its own way. */
export interface SessionKind<One extends Session> {
  who(address: string): Who;
  /** Without it, anybody may. */
  mayConnect?(address: string): boolean;
  readonly budget: Pick<IntakeBudget, 'turnsAway'>;
  /** What is said before the connection is closed, with its CRLF. */
  refusal(why: TurnedAway): string;
  open(socket: Socket, ended: () => void): One;
}

export class Sessions<One extends Session = Session> {
  readonly #kind: SessionKind<One>;
  readonly #limits: ConnectionLimits;
  readonly #connections: Pick<Connections, 'entered' | 'left'>;
  readonly #sessions = new Set<One>();
  readonly #perAddress = new Map<string, number>();
  readonly #watches: Timer[] = [];

  /** `connections`: of the whole worker, which has other listeners. */
  constructor(
    kind: SessionKind<One>,
    limits: ConnectionLimits,
    connections: Pick<Connections, 'entered' | 'left'>,
  ) {
    this.#kind = kind;
    this.#connections = connections;
    this.#limits = limits;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Those that there are now. */
  [Symbol.iterator](): IterableIterator<One> {
    return this.#sessions.values();
  }

  /** Takes a connected socket. */
  take(socket: Socket): void {
    const address = addressOf(socket);
    const who = this.#kind.who(address);
    const why = this.#turnedAway(address, who);
    if (why !== undefined) {
      socket.on('error', () => undefined);
      socket.end(this.#kind.refusal(why));
      socket.destroySoon();
      return;
    }
    const network = networkOf(address);
    this.#perAddress.set(network, (this.#perAddress.get(network) ?? 0) + 1);
    const session = this.#kind.open(socket, () => {
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

  /** `watch` looks at the sessions now and then, until they are destroyed. */
  lookAfter(watch: Timer): void {
    this.#watches.push(watch);
  }

  /** Ends every session at once. */
  destroy(): void {
    for (const watch of this.#watches) watch.cancel();
    for (const session of this.#sessions) session.destroy();
  }

  #turnedAway(address: string, who: Who): TurnedAway | undefined {
    if (this.#kind.mayConnect?.(address) === false) return 'not allowed';
    if (this.#kind.budget.turnsAway(who)) return 'busy';
    if (this.#sessions.size >= this.#limits.maxConnections) return 'too many';
    const there = this.#perAddress.get(networkOf(address)) ?? 0;
    if (!who.mayRelay && there >= this.#limits.maxConnectionsPerAddress) return 'too many from there';
    return this.#connections.entered(standingOf(who)) ? undefined : 'too many';
  }

  #ended(session: One, network: string): void {
    this.#sessions.delete(session);
    const left = (this.#perAddress.get(network) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(network, left);
    else this.#perAddress.delete(network);
  }
}

/** How often all sessions are asked whether they have waited long enough, ms: thousands of them need no timers. */
const LOOK_EVERY_MS = 1_000;

/** Has every session look now and then whether its client has been silent for too long. */
export function watchSilence(sessions: Sessions<Session & { look(now: number): void }>, clock: Clock): void {
  sessions.lookAfter(
    repeat(clock, {
      everyMs: LOOK_EVERY_MS,
      run() {
        const now = clock.monotonic();
        for (const session of sessions) session.look(now);
      },
    }),
  );
}

/** The other end of a connection; IPv4 as itself. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
}
