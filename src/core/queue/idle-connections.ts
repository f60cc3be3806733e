/** Open connections of a path that wait for work, each for a bounded time. */
import type { Connection } from '../delivery/port.ts';

export interface IdleConnection<Taken> {
  readonly connection: Connection;
  /** Nothing: it is to be closed. */
  give(taken: Taken | undefined): void;
}

export interface IdlePorts {
  after(ms: number, run: () => void): { cancel(): void };
}

export class IdleConnections<Taken> {
  readonly #ports: IdlePorts;
  readonly #idleMs: number;
  #all: IdleConnection<Taken>[] = [];

  constructor(ports: IdlePorts, idleMs: number) {
    this.#ports = ports;
    this.#idleMs = idleMs;
  }

  /** Resolves with what it is given; with nothing when it has waited its time, or `close` was called. */
  wait(connection: Connection): Promise<Taken | undefined> {
    return new Promise((resolve) => {
      const timer = this.#ports.after(this.#idleMs, () => {
        this.#all = this.#all.filter((other) => other !== idle);
        resolve(undefined);
      });
      const idle: IdleConnection<Taken> = {
        connection,
        give: (taken) => {
          timer.cancel();
          resolve(taken);
        },
      };
      this.#all.push(idle);
    });
  }

  /** The one that came last, which waits no longer. */
  take(): IdleConnection<Taken> | undefined {
    return this.#all.pop();
  }

  close(): void {
    for (const idle of this.#all.splice(0)) idle.give(undefined);
  }
}
