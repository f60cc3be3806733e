/** One real message on a path that stands still: what comes of it says whether the path works. */
import type { DeliveryId, PathKey } from '../envelope.ts';
import type { CanaryOutcome } from './attempt-outcome.ts';
import type { FreezeBlame } from './freeze.ts';
import type { Turn } from './port.ts';
import type { RunnerPorts } from './runner-ports.ts';
import { NEW_TURN } from './window.ts';
import type { Work } from './work.ts';

/** A canary that has no answer for so long, ms, does not keep the next from trying; so many of them may wait. */
const NEXT_MS = 9_000;
const MOST = 4;

type Ports = Pick<
  RunnerPorts,
  'claimInTurn' | 'claimOne' | 'connect' | 'transfer' | 'giveBack' | 'mayAttempt' | 'now' | 'monotonic'
>;

export class PathCanary {
  readonly #path: PathKey;
  readonly #ports: Ports;
  readonly #lanes: number;
  #underWay = 0;
  #at = 0;
  #turn: Turn = NEW_TURN;

  constructor(path: PathKey, ports: Ports, { lanes }: { lanes: number }) {
    this.#path = path;
    this.#ports = ports;
    this.#lanes = lanes;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /**
   * Of customers in turn, so that it is not always the same that fails, or the one that was chosen. `blame`: whose fault the
   * freeze is; while it is ours, a canary that fails shows nothing about its message.
   */
  async try(about: {
    blame: FreezeBlame;
    chosen: DeliveryId | undefined;
    /** As it is when the message is sent. */
    pathGoodAt: () => number;
  }): Promise<CanaryOutcome> {
    // One that waits for an answer may be waiting for a network that was down when it asked.
    const now = this.#ports.monotonic();
    const tooSoon = this.#underWay > 0 && now < this.#at + NEXT_MS;
    if (tooSoon || this.#underWay >= MOST || !this.#ports.mayAttempt()) return 'busy';
    this.#at = now;
    this.#underWay++;
    try {
      return await this.#try(about);
    } finally {
      this.#underWay--;
    }
  }

  async #try({ blame, chosen, pathGoodAt }: Parameters<PathCanary['try']>[0]): Promise<CanaryOutcome> {
    const work = await (chosen === undefined ? this.#next() : this.#ports.claimOne(this.#path, chosen));
    if (work === undefined) return 'none';
    const opened = await this.#ports.connect(work);
    if (opened.kind === 'settled') return 'none';
    if (opened.kind !== 'open') {
      opened.settle();
      return opened.kind === 'failed' ? 'failed' : 'none';
    }
    const { connection } = opened;
    // Connecting may have taken minutes, as for any other.
    if (!this.#ports.mayAttempt()) {
      void connection.close();
      this.#ports.giveBack([work]);
      return 'busy';
    }
    const outcome = await this.#ports.transfer(connection, {
      works: [work],
      urgency: 'live',
      isOurs: () => this.#ports.mayAttempt(),
      pathGoodAt: pathGoodAt(),
      ...(blame === 'local' ? {} : { canary: true }),
    });
    await connection.close();
    return outcome.kind === 'good' ? 'good' : 'failed';
  }

  /** The oldest of the customer whose turn it is, from the fastest lane that has anything due. */
  async #next(): Promise<Work | undefined> {
    const before = this.#ports.now() + 1;
    const lanes = this.#lanes;
    for (let lane = 0; lane <= lanes; lane++) {
      // Past the last customer the round begins anew.
      for (const turn of [this.#turn, NEW_TURN]) {
        const part = { lane, orSlower: lane === lanes, since: 0, before, turn, domains: 1, each: 1 };
        const claimed = await this.#ports.claimInTurn(this.#path, part);
        this.#turn = claimed.turn;
        if (claimed.works[0] !== undefined) return claimed.works[0];
      }
    }
    return undefined;
  }
}
