/** Brings an account of another server into one here: its folders side by side, as many as there are connections. */
import type { Clock } from '../../base/clock.ts';
import type { AccountId } from '../envelope.ts';
import { Arrivals } from '../mailbox/arrivals.ts';
import type { Mailbox, MailboxStore } from '../mailbox/port.ts';
import type { QuotaLimits } from '../mailbox/quota.ts';
import { mailboxFor } from '../restore/account.ts';
import { type Difference, differenceOf, type Verified, verifiedFolder } from './compare.ts';
import { bringFolder, type FolderStore, FolderTally } from './folder.ts';
import { isRenamed, type LeftOut, type Plan, type PlannedFolder, planFolders } from './naming.ts';
import type { ImportFolder } from './port.ts';
import { Distrust } from './reading.ts';
import {
  isPassing,
  isRefusal,
  type OpenFolder,
  type SourceConnection,
  SourceError,
  type SourceFolder,
} from './source.ts';

/** Tries of one folder that nothing comes of, one after the other. */
const MOST_TRIES = 6;
/** Waits between them double, up to a limit, ms. */
const WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export type AccountStore = FolderStore &
  Pick<MailboxStore, 'mailboxes' | 'mailboxNamed' | 'createMailbox' | 'subscribe'>;

export interface AccountImport {
  readonly store: AccountStore;
  readonly clock: Clock;
  readonly account: AccountId;
  /** Which server and login: what came of another is not known of this one. */
  readonly source: string;
  /** Of the source, at once. */
  readonly connections: number;
  /** Only these folders of it, by their names there; of none: all. */
  readonly named: ReadonlySet<string>;
  readonly limits: QuotaLimits;
  /** Octets of one message that are taken. */
  readonly mostBytes: number;
  readonly removesGone: boolean;
  /** `try`: says what would come. `verify`: compares what is there with what is here. Neither changes anything. */
  readonly mode: 'bring' | 'try' | 'verify';
  /** Rejects with a `SourceError`. */
  connect(): Promise<SourceConnection>;
  told: AccountTold;
}

/** Is told what happens. */
export interface AccountTold {
  /** What there is to do: messages, where the server says how many. */
  planned(plan: Plan, messages: number): void;
  progress(messages: number, octets: number): void;
  folder(result: FolderResult): void;
  /** Tries again, after so many ms, what failed with that. */
  waits(ms: number, error: SourceError): void;
}

interface Compared {
  /** Of a dry run. */
  readonly difference?: Difference;
  readonly verified?: Verified;
}

export interface FolderResult extends Compared {
  readonly planned: PlannedFolder;
  readonly isRenamed: boolean;
  /** It was made here. */
  readonly isNew: boolean;
  /** The UIDs there are others than last time: messages were recognised by their octets and dates. */
  readonly isRenumbered: boolean;
  readonly tally?: FolderTally;
  /** Why nothing, or not all, could be read of it. */
  readonly fault?: SourceError;
}

export interface AccountResult {
  readonly left: readonly LeftOut[];
  /** Folders that came before and are not there any more. */
  readonly goneFolders: readonly string[];
  /** Named folders that there are none of. */
  readonly unknown: readonly string[];
}

/** Rejects with a `SourceError` when it cannot go on; what came until then stays, and the next import goes on there. */
export async function importAccount(about: AccountImport): Promise<AccountResult> {
  const run = new Run(about);
  return run.all();
}

interface FolderState {
  readonly tally: FolderTally;
  readonly distrust: Distrust;
  isNew: boolean;
  isRenumbered: boolean;
}

class Run {
  readonly #about: AccountImport;
  readonly #arrivals: Arrivals;
  #kept = new Map<string, ImportFolder>();
  #mailboxes: readonly Mailbox[] = [];
  #queue: PlannedFolder[] = [];
  /** There is no room for more, or nobody to ask. */
  #isOver = false;

  constructor(about: AccountImport) {
    this.#about = about;
    this.#arrivals = new Arrivals(about.store, () => about.clock.now());
  }

  async all(): Promise<AccountResult> {
    const { store, account, source, named, connections, told } = this.#about;
    const { first, folders } = await this.#begun();
    try {
      const kept = await store.importFolders({ account, source });
      this.#kept = new Map(kept.map((folder) => [folder.name, folder]));
      this.#mailboxes = await store.mailboxes(account);
      const places = new Map(kept.map(({ name, mailbox }) => [name, mailbox]));
      const plan = planFolders(folders, { named, mailboxes: this.#mailboxes, kept: places });
      this.#queue = plan.planned.toSorted((a, b) => sizeOf(b) - sizeOf(a));
      told.planned(
        plan,
        plan.planned.reduce((sum, one) => sum + sizeOf(one), 0),
      );
      const lanes = Math.min(connections, this.#queue.length);
      const others = Array.from({ length: Math.max(lanes - 1, 0) }, () => this.#otherLane());
      const ended = await Promise.allSettled([this.#lane(first), ...others]);
      const failed = ended.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      const there = new Set(folders.map(({ name }) => name));
      return {
        left: plan.left,
        goneFolders:
          named.size > 0 ? [] : kept.filter(({ name }) => !there.has(name)).map(({ name }) => name),
        unknown: [...named].filter((name) => !there.has(name)),
      };
    } finally {
      await first.close();
    }
  }

  /** The first connection is tried once: where there is none, a wrong port or host is likelier than a line that is cut. */
  async #begun(): Promise<{ first: SourceConnection; folders: readonly SourceFolder[] }> {
    let isFirst = true;
    return this.#retried(async () => {
      const first = await this.#about.connect().catch((error: unknown) => {
        this.#isOver = isFirst && error instanceof SourceError && error.fault === 'unreachable';
        throw error;
      });
      isFirst = false;
      try {
        return { first, folders: await first.folders() };
      } catch (error) {
        await first.close();
        throw error;
      }
    });
  }

  /** A further connection, where the server allows one more; the others do its work where it does not. */
  async #otherLane(): Promise<void> {
    const connection = await this.#about.connect().catch(() => undefined);
    if (connection === undefined) return;
    try {
      await this.#lane(connection);
    } finally {
      await connection.close();
    }
  }

  async #lane(first: SourceConnection): Promise<void> {
    const lane = new Lane(first, () => this.#about.connect());
    try {
      for (let one = this.#queue.shift(); one !== undefined && !this.#isOver; one = this.#queue.shift())
        await this.#folder(lane, one);
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      await lane.close();
    }
  }

  async #folder(lane: Lane, planned: PlannedFolder): Promise<void> {
    const { told } = this.#about;
    const state = { tally: new FolderTally(), isNew: false, isRenumbered: false, distrust: new Distrust() };
    const common = { planned, isRenamed: isRenamed(planned) };
    try {
      const compared = await this.#retried(
        () => lane.use(planned.folder.name, (opened) => this.#bring(opened, planned, state)),
        () => state.tally.came + state.tally.adopted + state.distrust.count,
      );
      if (state.tally.ended === 'over quota') this.#isOver = true;
      told.folder({ ...common, ...state, ...compared });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      told.folder({ ...common, ...state, fault: error });
      // Of this folder alone.
      if (!isRefusal(error)) throw error;
    }
  }

  async #bring(opened: OpenFolder, planned: PlannedFolder, state: FolderState): Promise<Compared> {
    const { store, account, source, limits, mostBytes, removesGone, mode, clock, told } = this.#about;
    const { distrust } = state;
    const { name } = planned.folder;
    const { uidValidity } = opened;
    const before = this.#kept.get(name);
    state.isRenumbered ||= before !== undefined && before.uidValidity !== uidValidity;
    if (mode !== 'bring') {
      state.isNew = !this.#mailboxes.some((mailbox) => mailbox.name === planned.name);
      return this.#compared(opened, state.isRenumbered ? undefined : before, distrust);
    }
    const mailbox = await this.#mailbox(planned, state);
    if (mailbox === undefined) return {};
    const folder = await store.keepImportFolder({ account, source, name, mailbox: mailbox.id, uidValidity });
    this.#kept.set(name, folder);
    await bringFolder(
      {
        ...{ store, opened, folder, limits, removesGone, distrust, mostBytes, arrivals: this.#arrivals },
        target: { account, mailbox: mailbox.id, uidNext: mailbox.uidNext },
        now: () => clock.now(),
        progress: (messages, octets) => told.progress(messages, octets),
      },
      state.tally,
    );
    return {};
  }

  async #compared(
    opened: OpenFolder,
    folder: ImportFolder | undefined,
    distrust: Distrust,
  ): Promise<Compared> {
    const { store, account, mode, mostBytes } = this.#about;
    if (mode === 'try') return { difference: await differenceOf({ store, opened, folder }) };
    const mailbox = (await store.mailboxes(account)).find(({ id }) => id === folder?.mailbox);
    const target =
      mailbox === undefined ? undefined : { account, mailbox: mailbox.id, keywords: mailbox.keywords };
    return { verified: await verifiedFolder({ store, opened, folder, target, distrust, mostBytes }) };
  }

  /** Where it came before, whatever that is called by now; else the mailbox of that name. */
  async #mailbox(
    { folder, name, specialUse }: PlannedFolder,
    state: { tally: FolderTally; isNew: boolean },
  ): Promise<Mailbox | undefined> {
    const { store, account, clock } = this.#about;
    const before = this.#kept.get(folder.name)?.mailbox;
    const kept =
      before === undefined ? undefined : (await store.mailboxes(account)).find(({ id }) => id === before);
    if (kept !== undefined) return kept;
    const found = await mailboxFor(store, {
      ...{ account, name, isSubscribed: folder.isSubscribed, at: clock.now() },
      ...(specialUse === undefined ? {} : { specialUse }),
    });
    if ('why' in found) {
      state.tally.ended = found.why;
      return undefined;
    }
    state.isNew ||= found.isNew;
    // Also where an import ended before it could: nothing is kept of the folder yet.
    if (folder.isSubscribed) await store.subscribe({ account, name, isSubscribed: true });
    return found.mailbox;
  }

  /** Tries again while the connection is what fails; `done` rises while something comes of it. */
  async #retried<Result>(what: () => Promise<Result>, done = () => 0): Promise<Result> {
    for (let tries = 1, wait = WAIT_MS, came = done(); ; tries++) {
      try {
        return await what();
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (done() > came) [tries, wait, came] = [1, WAIT_MS, done()];
        if (tries >= MOST_TRIES || this.#isOver) throw error;
        this.#about.told.waits(wait, error);
        await new Promise<void>((resolve) => void this.#about.clock.after(wait, resolve));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    }
  }
}

/** What is done over one connection, or the next one when that is lost. */
class Lane {
  readonly #connect: () => Promise<SourceConnection>;
  #connection: SourceConnection | undefined;

  constructor(first: SourceConnection, connect: () => Promise<SourceConnection>) {
    this.#connection = first;
    this.#connect = connect;
  }

  async use<Result>(name: string, run: (opened: OpenFolder) => Promise<Result>): Promise<Result> {
    this.#connection ??= await this.#connect();
    try {
      return await run(await this.#connection.open(name));
    } catch (error) {
      if (!(error instanceof SourceError) || error.fault !== 'refused') await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }
}

function sizeOf({ folder }: PlannedFolder): number {
  return folder.messages ?? 0;
}
