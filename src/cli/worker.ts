/** `relais worker`: one worker process of `relais serve`, which starts it. */
import { availableParallelism } from 'node:os';
import { createLog } from '../base/log.ts';
import type { Config } from '../core/config/options.ts';
import type { PathKey, WorkerId } from '../core/envelope.ts';
import type { MailboxChange } from '../core/mailbox/port.ts';
import { createMeter, type MeterSnapshot } from '../base/meter.ts';
import { type Command, CommandError, EXIT } from './command.ts';
import { nodeName } from './node-name.ts';

export type ToWorker =
  | { readonly kind: 'nudge' }
  | { readonly kind: 'wake'; readonly path: PathKey }
  | { readonly kind: 'changed'; readonly changes: readonly MailboxChange[] }
  | { readonly kind: 'measure'; readonly id: number }
  | { readonly kind: 'stop'; readonly graceMs: number };

export type FromWorker =
  | { readonly kind: 'announce'; readonly path: PathKey }
  | { readonly kind: 'changed'; readonly changes: readonly MailboxChange[] }
  | { readonly kind: 'measured'; readonly id: number; readonly snapshot: MeterSnapshot }
  /** `id`: the number under which the store knows this worker. */
  | {
      readonly kind: 'ready';
      readonly id: WorkerId;
      readonly listening: readonly { kind: string; address: string; port: number }[];
    };

/** How many workers a server has: one for every two processor cores unless the configuration says. */
export function workerCount({ workers }: Pick<Config, 'workers'>): number {
  return workers === 0 ? Math.max(1, Math.floor(availableParallelism() / 2)) : workers;
}

/** sysexits EX_SOFTWARE: the supervisor, where there is one, starts another. */
const LOST = 70;
/** A worker whose supervisor is gone has so long to end, ms. */
const ORPHAN_MS = 10_000;

export const worker: Command = {
  name: 'worker',
  usage: '--index N',
  summary: 'One worker of `relais serve`; not to be called by hand.',
  options: {
    index: { type: 'string', doc: 'Its number.' },
    successor: {
      type: 'string',
      doc: 'The worker that died in its place: what that one held is free at once.',
    },
  },
  positionals: [0, 0],
  async run({ config, context, options }) {
    // Of a terminal that closes; from the beginning, as it ends who says nothing to it.
    process.on('SIGHUP', () => undefined);
    if (process.send === undefined) throw new CommandError(EXIT.usage, 'a worker is started by relais serve');
    const log = createLog({ level: config.log.level, fields: { worker: Number(options.index) } });
    const { meter, snapshot } = createMeter();
    const tell = (message: FromWorker): void => {
      process.send?.(message);
    };
    const successor = options.successor === undefined ? undefined : (Number(options.successor) as WorkerId);
    const start = context.startWorker({
      ...(successor === undefined ? {} : { successorOf: successor }),
      config,
      log,
      meter,
      node: nodeName(config.data),
      index: Number(options.index),
      shared: true,
      announce: (path) => tell({ kind: 'announce', path }),
      changed: (changes) => tell({ kind: 'changed', changes }),
      lost() {
        log.error({}, 'this worker was taken for dead by the others');
        process.exit(LOST);
      },
    });
    const handle = await start.catch((error: unknown) => {
      log.error({ error: String(error) }, 'the worker cannot start');
      // Timers and the store's thread would keep a useless process alive.
      process.exit(LOST);
    });
    tell({
      kind: 'ready',
      id: handle.id,
      listening: handle.listening.map(({ kind, address, port }) => ({ kind, address, port })),
    });
    const stop = await new Promise<number>((done) => {
      // Without its supervisor a worker has no reason to go on.
      process.on('disconnect', () => {
        // What is under way may hang, and nobody is left to end it: another server has the mail by then.
        setTimeout(() => process.exit(LOST), ORPHAN_MS).unref();
        done(0);
      });
      process.on('SIGINT', () => undefined);
      process.on('SIGTERM', () => done(5_000));
      process.on('message', (message: ToWorker) => {
        if (message.kind === 'nudge') void handle.nudge();
        else if (message.kind === 'wake') handle.wake(message.path);
        else if (message.kind === 'changed') handle.heard(message.changes);
        else if (message.kind === 'measure') {
          void snapshot().then((taken) => tell({ kind: 'measured', id: message.id, snapshot: taken }));
        } else done(message.graceMs);
      });
    });
    const isOrphan = !process.connected;
    await handle.stop(stop);
    if (isOrphan) process.exit(LOST);
    if (process.connected) process.disconnect?.();
    return EXIT.done;
  },
};
