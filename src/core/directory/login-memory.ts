/**
 * What the login guard remembers, kept in the store: it survives restarts, an operator sees all workers' memories in one
 * list, and what an operator forgives reaches every worker.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { DirectoryStore } from './admin.ts';
import { createLoginGuard, type LoginGuard, type Slowed } from './login-guard.ts';

/** How much a crash may forget, and how long a forgiveness may take to be heard without a nudge, ms. */
const EVERY_MS = 10_000;
/** Forgivenesses kept at most: a worker that was away for longer starts from what was saved. */
const MAX_FORGIVEN = 200;

const MEMORIES = 'login-guard/';
const FORGIVEN = 'login-forgiven';

type Settings = Pick<DirectoryStore, 'settings' | 'setting' | 'keepSetting'>;

interface Forgiven {
  readonly key: string;
  readonly at: number;
}

export class LoginMemory {
  readonly #ports: { store: Settings; clock: Clock; log: Log; guard: LoginGuard };
  readonly #name: string;
  #saved = '';
  #forgivenUntil: number;
  #timer: Timer | undefined;

  /** `place`: names this worker among those of the store, the same after a restart. */
  constructor(place: string, ports: { store: Settings; clock: Clock; log: Log; guard: LoginGuard }) {
    this.#ports = ports;
    this.#name = `${MEMORIES}${place}`;
    this.#forgivenUntil = ports.clock.now();
  }

  /** Remembers what every worker had saved, and begins to save. Rejects when the store is down. */
  async start(): Promise<void> {
    const { store, guard } = this.#ports;
    for (const { value } of await store.settings(MEMORIES)) guard.absorb(parse(value));
    this.#timer = repeat(this.#ports.clock, {
      everyMs: EVERY_MS,
      run: () => this.sync(),
      failed: (error) => this.#ports.log.warn({ error: String(error) }, 'login failures not saved'),
    });
  }

  /** Hears what was forgiven, then saves what changed. */
  async sync(): Promise<void> {
    const { store, guard } = this.#ports;
    for (const { key, at } of readForgiven(await store.setting(FORGIVEN))) {
      if (at <= this.#forgivenUntil) continue;
      guard.forgive(key);
      this.#forgivenUntil = at;
    }
    const value = JSON.stringify(guard.exportState());
    if (value === this.#saved) return;
    await store.keepSetting({ name: this.#name, value, ifAbsent: false });
    this.#saved = value;
  }

  /** Saves a last time. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.sync();
  }
}

/** Who is being slowed, by any worker, worst first. */
export async function listSlowed(store: Settings, clock: Clock): Promise<Slowed[]> {
  const guard = createLoginGuard(clock);
  for (const { value } of await store.settings(MEMORIES)) guard.absorb(parse(value));
  return guard.list();
}

/** Forgets the failures of a key (`address:…` or `account:…`) everywhere; false when nobody knows it. */
export async function forgive(store: Settings, key: string, at: number): Promise<boolean> {
  let known = false;
  for (const { name, value } of await store.settings(MEMORIES)) {
    const guard = createLoginGuard({ now: () => at, monotonic: () => at, after: () => ({ cancel() {} }) });
    guard.absorb(parse(value));
    if (!guard.forgive(key)) continue;
    known = true;
    await store.keepSetting({ name, value: JSON.stringify(guard.exportState()), ifAbsent: false });
  }
  const forgiven = [...readForgiven(await store.setting(FORGIVEN)), { key, at }].slice(-MAX_FORGIVEN);
  await store.keepSetting({ name: FORGIVEN, value: JSON.stringify(forgiven), ifAbsent: false });
  return known;
}

function readForgiven(text: string | undefined): Forgiven[] {
  const lines = parse(text ?? '[]');
  if (!Array.isArray(lines)) return [];
  return lines.filter((line): line is Forgiven => typeof line?.key === 'string' && Number.isFinite(line?.at));
}

/** What is damaged is forgotten: it only slows guessing. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
