import type {
  Acceptance, ClaimedDelivery, ClaimRequest, PathRow, QueueStore, Settlement, SettleResult,
} from '../core/queue/port.ts';
import type { PathKey, WorkerId } from '../core/envelope.ts';
import type { Committer } from './committer.ts';
import type { Engine } from './sql/sql.ts';

/** The store of both databases: writes go through group commit, reads go straight to the engine. */
export class SqlStore implements QueueStore {
  readonly #engine: Engine;
  readonly #committer: Committer;

  constructor(engine: Engine, committer: Committer) {
    this.#engine = engine;
    this.#committer = committer;
  }

  reserveIds(count: number): Promise<number> {
    return this.#committer.run('reserveIds', count);
  }
  accept(acceptance: Acceptance): Promise<void> {
    return this.#committer.run('accept', acceptance);
  }
  stage(piece: { stage: number; seq: number; bytes: Uint8Array; at: number }): Promise<void> {
    return this.#committer.run('stage', piece);
  }
  dropStage(stage: number): Promise<void> {
    return this.#committer.run('dropStage', stage);
  }
  sweepStages(before: number): Promise<number> {
    return this.#committer.run('sweepStages', before);
  }
  heartbeat(beat: {
    worker: WorkerId; node: string; now: number; ttlMs: number; first: boolean;
  }): Promise<boolean> {
    return this.#committer.run('heartbeat', beat);
  }
  retireWorkers(which: { worker?: WorkerId; node?: string; expiredBefore?: number; now: number }): Promise<number> {
    return this.#committer.run('retireWorkers', which);
  }
  acquirePaths(request: { worker: WorkerId; now: number; limit: number; only?: PathKey }): Promise<PathRow[]> {
    return this.#committer.run('acquirePaths', request);
  }
  releasePath(request: { worker: WorkerId; path: PathKey }): Promise<void> {
    return this.#committer.run('releasePath', request);
  }
  claim(request: ClaimRequest): Promise<ClaimedDelivery[]> {
    return this.#committer.run('claim', request);
  }
  settle(settlement: Settlement): Promise<SettleResult> {
    return this.#committer.run('settle', settlement);
  }
  nextDue(path: PathKey): Promise<number | undefined> {
    return this.#read('nextDue', path);
  }
  readBlob(request: { hash: Uint8Array; offset: number; limit: number }): Promise<Uint8Array> {
    return this.#read('readBlob', request);
  }
  close(): Promise<void> {
    return this.#engine.close();
  }

  #read<Result>(name: string, input: unknown): Promise<Result> {
    return this.#engine.read({ name, input }) as Promise<Result>;
  }
}
