/** The store, and what is in it: its version, what stands still, old mail, a clock that went back. */
import { existsSync } from 'node:fs';
import { migrations } from '../../store/migrate.ts';
import { databaseFile } from '../../store/sqlite/open.ts';
import type { SqlStore } from '../../store/store.ts';
import type { CommandContext } from '../command.ts';
import { counted, fromNow, localTime } from '../output.ts';
import { type Freeze, isProviderHold, isWarmUpStop } from '../../core/queue/freeze.ts';
import { type Around, loadAround, under } from '../path/standing.ts';
import {
  drainInWords,
  faultInWords,
  freezeInWords,
  isWide,
  scopeInWords,
  scopeWord,
  together,
} from '../path/words.ts';
import { whyClosed } from '../store-closed.ts';
import { budgetFindings } from './budgets.ts';
import { type Finding, note, type Patient, right, wrong } from './finding.ts';
import { contactFindings } from './contact.ts';
import { guardFindings } from './guard.ts';
import { warmUpFindings } from './warm-up.ts';

/** A clock may be off by this much between machines that share a store, ms. */
const CLOCK_SLACK_MS = 60_000;
/** No clock that is right says an earlier time than this code was written. */
const WRITTEN_AT = Date.UTC(2026, 0, 1);

export async function storeFindings(context: CommandContext, patient: Patient): Promise<Finding[]> {
  const { config, now } = patient;
  if (config.store.kind === 'sqlite' && !existsSync(databaseFile(config.data))) {
    return [
      note('store', 'there is no database yet; the server makes it at its first start'),
      clock(now, undefined),
      ...(await warmUpFindings(undefined, patient)),
    ];
  }
  let store: SqlStore;
  try {
    store = await context.openStore(config, 'command');
  } catch (error) {
    const { fact, remedy } = whyClosed(error, config);
    return [wrong('store', `it cannot be opened: ${fact}`, remedy), clock(now, undefined)];
  }
  try {
    const [newest] = await store.trace({ limit: 1 });
    return [
      right('store', `${config.store.kind} opens, schema version ${version()}`),
      clock(now, newest?.acceptedAt),
      ...(await queue(store, patient)),
      ...(await guardFindings(store, patient)),
      ...(await contactFindings(store, patient)),
      ...(patient.running ? budgetFindings(await store.workers()) : []),
      await directory(store),
      ...(await warmUpFindings(store, patient)),
    ];
  } finally {
    await store.close();
  }
}

/** Opening brings it to the newest. */
function version(): number {
  return migrations({ int: '', bytes: '', serial: '', key: '', clustered: '' }).at(-1)?.version ?? 0;
}

function clock(now: number, newestAt: number | undefined): Finding {
  const remedy =
    'set the clock, and keep it right with chrony or systemd-timesyncd: retries and signatures depend on it';
  if (now < WRITTEN_AT) return wrong('clock', `it says ${localTime(now)}, which is past`, remedy);
  if (newestAt !== undefined && newestAt > now + CLOCK_SLACK_MS) {
    return wrong(
      'clock',
      `it says ${localTime(now)}, but mail was accepted at ${localTime(newestAt)}`,
      remedy,
    );
  }
  return right('clock', localTime(now));
}

async function queue(store: SqlStore, { config, now }: Patient): Promise<Finding[]> {
  const around = await loadAround(store, { config, now });
  const { paths, standing } = around;
  const waiting = paths.reduce((sum, path) => sum + path.ready + path.waiting + path.leased + path.held, 0);
  const oldest = Math.min(...paths.map(({ oldestAt }) => oldestAt ?? now));
  const drain = together(paths.flatMap((path) => standing.drainOf(path) ?? []));
  const fact =
    waiting === 0 ? 'empty' : `${counted(waiting, 'delivery')}, the oldest accepted ${fromNow(oldest, now)}`;
  const draining = drain === undefined ? '' : `; draining: ${drainInWords(drain, now)}`;
  return [
    now - oldest > config.dsn.delayNoticeAfterMs
      ? note(
          'queue',
          `${fact}${draining}`,
          'see what holds it up: relais path list, then relais queue show REFERENCE',
        )
      : right('queue', `${fact}${draining}`),
    ...standing.freezes.map((freeze) => standstill(freeze, around)),
  ];
}

/** That everything stands still by a fault of ours is for whoever runs this to put right; the rest is worth knowing. */
function standstill(freeze: Freeze, around: Around): Finding {
  const { deliveries } = under(freeze.scope, around);
  const fault = faultInWords(freeze, around.standing.now).replace(/\.$/, '');
  const fact = `${scopeInWords(freeze.scope)} is ${freezeInWords(freeze)}; ${counted(deliveries, 'delivery')} held back. ${fault}`;
  const thaw = `relais path thaw '${scopeWord(freeze.scope)}'`;
  if (isWarmUpStop(freeze))
    return note('path', fact, 'it goes on by itself: docs/providers.md, "A new address"');
  if (freeze.cause === 'operator') return note('path', fact, `when it can go on: ${thaw}`);
  if (isProviderHold(freeze))
    return note(
      'provider',
      fact,
      'what they say, and what to do: relais provider list, then relais provider case NUMBER',
    );
  if (freeze.blame !== 'local' || !isWide(freeze))
    return note('path', fact, `it goes on by itself; to try at once: ${thaw}`);
  const remedy = `look at this machine's network and name servers; it goes on by itself, or at once: ${thaw}`;
  return wrong('path', fact, remedy);
}

async function directory(store: SqlStore): Promise<Finding> {
  const domains = await store.listDomains();
  return domains.length === 0
    ? note('domains', 'none: all mail from outside is refused', 'relais domain add example.org')
    : right('domains', counted(domains.length, 'domain'));
}
