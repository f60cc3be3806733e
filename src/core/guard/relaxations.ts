/**
 * What is relaxed, as one worker knows it: read from the store every second, and ended by whichever worker first sees a
 * wire tripped. The end of its time needs nobody: the guard looks at each message's own time. While the store is down
 * nothing new is relaxed, and what is ends as it would.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { SendEvent } from './event.ts';
import type { Decision, Guard } from './guard.ts';
import type { Judged } from './port.ts';
import {
  covers,
  inForce,
  type OrderedRelaxation,
  relaxationName,
  scopeText,
  type Wire,
} from './relaxation.ts';
import { isOfCrowd } from './signals.ts';
import type { GuardStore } from './store.ts';

const EVERY_MS = 1_000;

export interface RelaxationPorts {
  readonly guard: Pick<Guard, 'relax'>;
  readonly store: Pick<GuardStore, 'relaxations' | 'endRelaxation'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class Relaxations {
  readonly #ports: RelaxationPorts;
  #standing: readonly OrderedRelaxation[] = [];
  /** And those that have just ended. */
  #known: readonly OrderedRelaxation[] = [];
  /** Ended here, and the store may not know yet: by their ids, why. */
  readonly #ending = new Map<number, Wire>();
  /** Recipients that this worker let out because of each, since it heard of it. */
  readonly #letOut = new Map<number, number>();
  #timer: Timer | undefined;

  constructor(ports: RelaxationPorts) {
    this.#ports = ports;
  }

  /** Rejects when the store is down. */
  async start(): Promise<void> {
    const { clock, log } = this.#ports;
    await this.refresh();
    this.#timer = repeat(clock, {
      everyMs: EVERY_MS,
      run: () => this.refresh(),
      failed: (error) => log.warn({ error: String(error) }, 'what is relaxed could not be read'),
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  async refresh(): Promise<void> {
    const { store, clock } = this.#ports;
    for (const [id, why] of this.#ending) {
      await store.endRelaxation({ id, at: clock.now(), why });
      this.#ending.delete(id);
    }
    const standing = await store.relaxations({ at: clock.now() });
    this.#set(standing.filter(({ id }) => !this.#ending.has(id)));
    for (const id of this.#letOut.keys()) if (standing.every((one) => one.id !== id)) this.#letOut.delete(id);
  }

  /** Looks at a decision for wires that it trips; what is to be counted with the message. */
  decided(event: SendEvent, { terms, relaxed }: Decision): Judged['relaxed'] {
    if (this.#known.length === 0) return undefined;
    const accounts = Math.max(0, ...terms.filter(isOfCrowd).map(({ count = 0 }) => count));
    for (const one of inForce(this.#standing, event.at))
      if (accounts >= one.wires.accounts && covers(one, event.account)) this.#end(one, 'accounts');
    // The guard gives back the very object that it was given.
    const ordered = this.#known.find((one) => one === relaxed);
    if (ordered === undefined) return undefined;
    const recipients = Math.max(1, event.to.length);
    const { id } = ordered;
    this.#letOut.set(id, (this.#letOut.get(id) ?? 0) + recipients);
    if (this.#left(ordered) <= 0) this.#end(ordered, 'letOut');
    return { id, recipients };
  }

  /** Recipients that one may still let out, by what the store said last and by what this worker let out. */
  #left({ id, wires, letOut }: OrderedRelaxation): number {
    return wires.letOut - Math.max(letOut, this.#letOut.get(id) ?? 0);
  }

  #set(standing: readonly OrderedRelaxation[]): void {
    this.#standing = standing;
    this.#known = standing;
    // The guard asks with the very objects that it was given.
    this.#ports.guard.relax(standing, (one) => this.#left(one as OrderedRelaxation));
  }

  #end(relaxation: OrderedRelaxation, why: Wire): void {
    if (this.#ending.has(relaxation.id)) return;
    this.#ending.set(relaxation.id, why);
    this.#standing = this.#standing.filter((one) => one !== relaxation);
    this.#ports.guard.relax(this.#standing);
    const about = { relaxation: relaxationName(relaxation.id), scope: scopeText(relaxation), wire: why };
    this.#ports.log.warn(about, 'a relaxation is over: it tripped one of its wires');
  }
}
