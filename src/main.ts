/**
 * The program. Assembles a worker from all the parts and hands the commands what they need: the only file that knows
 * every part.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createSecureContext, type SecureContext } from 'node:tls';
import { systemClock } from './base/clock.ts';
import { repeat } from './base/repeat.ts';
import { systemRandom } from './base/random.ts';
import type { CommandContext, NamedConfig, WorkerHandle, WorkerRequest } from './cli/command.ts';
import { resolverOf } from './cli/dns.ts';
import { runCommand } from './cli/run.ts';
import { programVersion } from './cli/version.ts';
import { workerCount } from './cli/worker.ts';
import { servicesOf } from './core/autoconfig/services.ts';
import { Capacity, type CapacityOptions } from './core/capacity/capacity.ts';
import { BudgetedConnector } from './core/capacity/connector.ts';
import type { AddressRange } from './core/config/network.ts';
import type { Config } from './core/config/options.ts';
import { quotaOf } from './core/config/quota.ts';
import { classifyWith } from './core/delivery/classify.ts';
import type { RouterOptions } from './core/delivery/router.ts';
import { Logins } from './core/directory/login.ts';
import { createLoginGuard } from './core/directory/login-guard.ts';
import { LoginMemory } from './core/directory/login-memory.ts';
import { LiveGuard } from './core/guard/live.ts';
import { Whereabouts } from './core/guard/whereabouts.ts';
import { ArrivingContent } from './core/intake/content.ts';
import { Signer } from './core/intake/sign.ts';
import { MailboxFeed } from './core/mailbox/feed.ts';
import { LiveMailboxes } from './core/mailbox/live.ts';
import { keepHouse } from './core/queue/housekeeping.ts';
import { ownRules } from './core/reputation/own.ts';
import { watchLists } from './core/reputation/watch.ts';
import { keepFirstSeen } from './core/reputation/first-seen.ts';
import { providerNamed } from './core/reputation/providers.ts';
import { assembleWorker, type WorkerCore, type WorkerOptions } from './core/worker.ts';
import { type Listening, listen } from './net/listener.ts';
import { SmtpConnector } from './net/smtp-client.ts';
import type { SessionContext } from './server/smtp/context.ts';
import { smtpSessions } from './server/smtp/server.ts';
import type { ImapContext } from './server/imap/context.ts';
import { imapSessions } from './server/imap/server.ts';
import type { LoginContext } from './server/login.ts';
import type { HttpContext } from './server/http/context.ts';
import { httpSessions } from './server/http/server.ts';
import type { Pop3Context } from './server/pop3/context.ts';
import { pop3Sessions } from './server/pop3/server.ts';
import type { Sessions } from './server/sessions.ts';
import { openPostgres } from './store/postgres/open.ts';
import { openSqlite, openSqliteThreaded } from './store/sqlite/open.ts';
import type { SqlStore } from './store/store.ts';

/** Connections waiting to be taken, per listener. */
const BACKLOG = 1024;
/** How long a worker may be silent before the others take over what it held, ms. */
const LEASE_MS = 10_000;
/** Word of a changed mailbox that was lost is made up for within this, ms. */
const LOOK_AGAIN_MS = 30_000;

type Listen = Config['listen'][number];

/** Makes the guard of a worker. */
type MakeGuard = (...about: ConstructorParameters<typeof LiveGuard>) => LiveGuard | undefined;

/** Opens what the configuration names: for a command in place, for a server in a thread of its own. */
function openStore(config: Config, use: 'command' | 'server'): Promise<SqlStore> {
  if (config.store.kind === 'postgres') return openPostgres(config.store.url);
  return use === 'server' ? openSqliteThreaded(config.data) : openSqlite(config.data);
}

/** One worker: listens, takes mail, delivers it. Rejects when the store or an address is not to be had. */
async function startWorker(request: WorkerRequest, guard: MakeGuard): Promise<WorkerHandle> {
  const { config, log } = request;
  const store = await openStore(config, 'server');
  if (request.successorOf !== undefined) {
    await store.retireWorkers({ worker: request.successorOf, now: systemClock.now() });
  }
  const addresses = config.egress.map(({ address }) => address);
  await keepFirstSeen(store, { addresses, now: systemClock.now() });
  const parts = await assemble(store, request, guard);
  await parts.dispatcher.start();
  await parts.capacity.start();
  await parts.guard?.start((path) => parts.dispatcher.wake(path));
  store.onAnnounce((path) => parts.dispatcher.announced(path));
  const changes = watchMailboxes(store, request);
  const servers: Sessions[] = [];
  const listening: (Listening & { kind: string })[] = [];
  for (const options of config.listen) {
    if (options.kind === 'metrics') continue;
    const server = serverFor(options, parts, changes.live);
    servers.push(server);
    const { host, port } = options.address;
    const open = await listen({ host, port, shared: request.shared, backlog: BACKLOG }, (socket) =>
      server.take(socket),
    );
    listening.push({ ...open, kind: options.kind });
    log.info({ kind: options.kind, address: open.address, port: open.port }, 'listening');
  }
  request.meter.gauge({
    name: 'relais_connections_in',
    help: 'Connections from clients and other hosts.',
    read: () => servers.reduce((sum, server) => sum + server.connections, 0),
  });
  const house = keepHouse({ store, clock: systemClock, log });
  const watch = watchLists(
    { store, clock: systemClock, log, resolver: resolverOf(config) },
    { ...config.dnsbl, addresses },
  );
  return {
    id: parts.dispatcher.worker,
    listening,
    store,
    async nudge() {
      const { dispatcher, loginMemory, guard } = parts;
      await Promise.all([
        dispatcher.nudge(),
        loginMemory.sync(),
        guard?.sync(),
        changes.feed.lookAgain(store),
      ]);
    },
    wake: (path) => parts.dispatcher.announced(path),
    heard: (heard) => changes.feed.heard(heard),
    async stop(graceMs) {
      house.cancel();
      changes.cancel();
      watch.cancel();
      parts.capacity.stop();
      for (const open of listening) void open.close();
      for (const server of servers) server.shutDown();
      await parts.loginMemory.stop().catch(() => undefined);
      await parts.guard?.stop().catch(() => undefined);
      await parts.dispatcher.stop(graceMs);
      for (const server of servers) server.destroy();
      await store.close();
    },
  };
}

/** Word of changed mailboxes: what is changed here is told to the other workers, and what anybody changed to whoever watches. */
function watchMailboxes(
  store: SqlStore,
  { changed, log }: WorkerRequest,
): { readonly feed: MailboxFeed; readonly live: LiveMailboxes; cancel(): void } {
  const feed = new MailboxFeed();
  store.onMailboxChanges((changes, by) => {
    feed.heard(changes);
    if (by === 'us') changed(changes);
  });
  const { cancel } = repeat(systemClock, {
    everyMs: LOOK_AGAIN_MS,
    run: () => feed.lookAgain(store),
    failed: (error) => log.warn({ error: String(error) }, 'watched mailboxes could not be looked at'),
  });
  const failed = (error: unknown): void =>
    log.warn({ error: String(error) }, 'a packed mailbox could not be kept');
  return { feed, live: new LiveMailboxes({ store, feed, failed }), cancel };
}

/** What answers at a listener. */
function serverFor(options: Listen, parts: Parts, live: LiveMailboxes): Sessions {
  const { config } = parts.request;
  const { connections } = parts.capacity;
  switch (options.kind) {
    case 'imap':
      return imapSessions(imapContext(options, parts, live), config.imap, connections);
    case 'pop3':
      return pop3Sessions(pop3Context(options, parts, live), config.pop3, connections);
    case 'http':
      return httpSessions(httpContext(options, parts), config.limits, connections);
    default:
      return smtpSessions(sessionContext(options, parts), config.limits, connections);
  }
}

interface Parts extends WorkerCore {
  readonly store: SqlStore;
  readonly request: WorkerRequest;
  readonly capacity: Capacity;
  readonly logins: Logins;
  readonly loginMemory: LoginMemory;
  readonly scramSecret: Uint8Array;
  readonly tls: { secure: SecureContext; certificateHash: Uint8Array } | undefined;
}

async function assemble(store: SqlStore, request: WorkerRequest, makeGuard: MakeGuard): Promise<Parts> {
  const { config, log, meter, lost } = request;
  const clock = systemClock;
  const capacity = new Capacity({ store, clock, log, meter }, capacityOptions(config));
  const outside = { store, clock, random: systemRandom, log, meter, budget: capacity, lost };
  const live = { ...outside, whereabouts: whereaboutsOf(request) };
  const liveOptions = {
    holdForMs: config.guard.holdForMs,
    heldBytes: config.guard.heldPerAccountBytes,
    hostname: config.hostname,
    contact: config.notices.contact,
    secret: await secret(store, 'guard-secret'),
    separator: config.addresses.separator,
  };
  const core = await assembleWorker(
    {
      ...outside,
      resolver: resolverOf(config),
      connector: new BudgetedConnector(new SmtpConnector(clientLimits(config)), capacity),
      announce(path) {
        request.announce(path);
        store.announce(path);
      },
      classify: classifyWith(ownRules(config.reply)),
      guard: (who) => makeGuard(who, live, liveOptions),
      ...(config.dkim.sign ? { signer: new Signer({ store, clock, log }) } : {}),
    },
    workerOptions(request, {
      reference: await secret(store, 'reference-secret'),
      returns: await secret(store, 'srs-secret'),
    }),
  );
  const guard = createLoginGuard(clock, config.login);
  const loginMemory = new LoginMemory(`${request.node}/${request.index}`, { store, clock, log, guard });
  await loginMemory.start();
  const logins = new Logins({
    directory: core.directory,
    guard,
    secret: await secret(store, 'login-secret'),
    separator: config.addresses.separator,
    cameIn: (about) => core.guard?.cameIn(about),
  });
  const scramSecret = await secret(store, 'scram-secret');
  return { store, request, ...core, capacity, logins, loginMemory, scramSecret, tls: certificate(config) };
}

/** The operator's list of networks. One that cannot be read is told, and nothing is known then. */
function whereaboutsOf({ config, log }: WorkerRequest): Whereabouts {
  const { networks } = config.guard;
  if (networks === undefined) return new Whereabouts();
  try {
    let bad = 0;
    const places = new Whereabouts(readFileSync(networks, 'utf8'), () => bad++);
    if (bad > 0) log.warn({ file: networks, lines: bad }, 'lines of guard.networks cannot be read');
    return places;
  } catch (error) {
    log.error({ file: networks, error: String(error) }, 'guard.networks cannot be read');
    return new Whereabouts();
  }
}

/** The server's budgets are shared out evenly between its workers, but for those that are each worker's own. */
function capacityOptions({ budget, queue, workers }: NamedConfig): CapacityOptions {
  const perWorker = (bitsPerSecond: number): number => bitsPerSecond / 8 / workerCount({ workers });
  const { outBitsPerSecond: out, inBitsPerSecond: in_ } = budget;
  return {
    ...budget,
    memoryBytes: budget.memoryBytes / 2,
    liveShare: queue.liveShare / 100,
    ...(out === undefined ? {} : { outBytesPerSecond: perWorker(out) }),
    ...(in_ === undefined ? {} : { inBytesPerSecond: perWorker(in_) }),
  };
}

function workerOptions(
  { config, node }: WorkerRequest,
  secrets: { reference: Uint8Array; returns: Uint8Array },
): WorkerOptions {
  return {
    accept: {
      hostname: config.hostname,
      maxHops: config.limits.maxHops,
      lifetimeMs: config.queue.lifetimeMs,
      delayNoticeAfterMs: config.dsn.delayNoticeAfterMs,
      language: config.dsn.language,
      referenceSecret: secrets.reference,
    },
    returnSecret: secrets.returns,
    router: routerOptions(config),
    ...(config.guard.pool === undefined ? {} : { pool: config.guard.pool }),
    contact: config.notices.contact,
    quota: quotaOf(config),
    separator: config.addresses.separator,
    dispatcher: {
      node,
      leaseMs: LEASE_MS,
      initialConnections: config.delivery.initialConnections,
      maxConnections: config.delivery.maxConnectionsPerPath,
      idleConnectionMs: config.delivery.idleConnectionMs,
      liveShare: config.queue.liveShare / 100,
    },
    lanesMs: config.queue.lanesMs,
    heldBytes: config.budget.memoryBytes / 2,
  };
}

/** Whether an address is in one of these networks. */
function within(networks: readonly AddressRange[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefixLength, family } of networks) list.addSubnet(address, prefixLength, family);
  return (address) => networks.length > 0 && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

function sessionContext(options: Listen, parts: Parts): SessionContext {
  const { config, log } = parts.request;
  return {
    kind: options.kind === 'submission' || options.kind === 'lmtp' ? options.kind : 'mx',
    hostname: config.hostname,
    implicitTls: options.tls === 'implicit',
    mayRelay: within(options.relay),
    ...(options.kind === 'lmtp' ? { mayConnect: within(options.clients) } : {}),
    limits: { ...config.limits, maxMessageBytes: config.limits.maxMessageSizeBytes },
    clock: systemClock,
    log,
    directory: parts.directory,
    acceptor: parts.acceptor,
    returns: parts.returns,
    login: loginContext(parts),
    ...(options.tls === 'none' || parts.tls === undefined ? {} : { secure: parts.tls.secure }),
    newContent: () => newContent(parts),
  };
}

function imapContext(options: Listen, parts: Parts, mailboxes: LiveMailboxes): ImapContext {
  const { config } = parts.request;
  const { maxMessageSizeBytes: maxMessageBytes, tlsHandshakeTimeoutMs } = config.limits;
  return {
    ...readingContext(options, parts, mailboxes),
    version: programVersion(),
    limits: { ...config.imap, maxMessageBytes, tlsHandshakeTimeoutMs },
    ids: parts.ids,
    quota: quotaOf(config),
    newContent: () => newContent(parts),
  };
}

function pop3Context(options: Listen, parts: Parts, mailboxes: LiveMailboxes): Pop3Context {
  const { config } = parts.request;
  const { tlsHandshakeTimeoutMs } = config.limits;
  return {
    ...readingContext(options, parts, mailboxes),
    limits: { ...config.pop3, tlsHandshakeTimeoutMs },
  };
}

function httpContext(options: Listen, parts: Parts): HttpContext {
  const { config } = parts.request;
  return {
    hostname: config.hostname,
    services: servicesOf(config.listen, config.hostname),
    directory: parts.directory,
    budget: parts.capacity,
    clock: systemClock,
    tlsHandshakeTimeoutMs: config.limits.tlsHandshakeTimeoutMs,
    ...(options.tls === 'none' || parts.tls === undefined ? {} : { secure: parts.tls.secure }),
  };
}

/** What all need by which mail is read. */
function readingContext(
  options: Listen,
  parts: Parts,
  mailboxes: LiveMailboxes,
): Omit<Pop3Context, 'limits' | 'store'> & { store: SqlStore; mailboxes: LiveMailboxes } {
  const { config, log } = parts.request;
  return {
    hostname: config.hostname,
    implicitTls: options.tls === 'implicit',
    clock: systemClock,
    log,
    login: loginContext(parts),
    store: parts.store,
    mailboxes,
    budget: parts.capacity,
    ...(options.tls === 'none' || parts.tls === undefined ? {} : { secure: parts.tls.secure }),
  };
}

function newContent(parts: Parts): ArrivingContent {
  return new ArrivingContent({ ...parts, now: systemClock.now, memory: parts.capacity.memory });
}

function loginContext({ request, logins, scramSecret, tls }: Parts): LoginContext {
  const { config, log } = request;
  return {
    logins,
    plainOnLoopback: config.login.plainOnLoopback,
    scramSecret,
    log,
    ...(tls === undefined ? {} : { certificateHash: tls.certificateHash }),
  };
}

function routerOptions(config: NamedConfig): RouterOptions {
  const egresses = config.egress.map(({ name, address, ehlo = config.hostname, sinceDay }) => ({
    name,
    address,
    ehlo,
    ...(sinceDay === undefined ? {} : { since: sinceDay }),
  }));
  return {
    routes: config.route.map(staticRoute),
    egresses: egresses.length > 0 ? egresses : [{ name: 'default', ehlo: config.hostname }],
    here: hereOf(config),
    tls: config.delivery.tls,
    port: 25,
  };
}

function staticRoute({ domain, to, provider }: Config['route'][number]): RouterOptions['routes'][number] {
  const run = providerNamed(provider) ?? provider;
  return { domain, host: to.host, port: to.port, ...(run === undefined ? {} : { provider: run }) };
}

/** What this host is called, and stands at, for who brings it mail. Without an "mx" listener nobody can. */
function hereOf({ hostname, listen, egress }: NamedConfig): { names: string[]; addresses: string[] } {
  const listens = listen.filter(({ kind }) => kind === 'mx').map(({ address }) => address.host);
  if (listens.length === 0) return { names: [], addresses: [] };
  const every = listens.some((host) => host === '::' || host === '0.0.0.0');
  const interfaces = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return {
    names: [hostname],
    addresses: [
      ...listens,
      ...egress.map(({ address }) => address),
      ...(every ? interfaces.map(({ address }) => address) : []),
    ],
  };
}

function clientLimits({ delivery }: Config): ConstructorParameters<typeof SmtpConnector>[0] {
  return {
    ...delivery,
    maxRecipients: delivery.maxRecipientsPerTransaction,
    maxTransactions: delivery.maxMessagesPerConnection,
  };
}

/** The certificate of `[tls]`, and its hash for channel binding (RFC 5929 section 4.1). */
function certificate(config: Config): Parts['tls'] {
  const { cert, key } = config.tls;
  if (cert === undefined || key === undefined) return undefined;
  const pem = readFileSync(cert);
  return {
    secure: createSecureContext({ cert: pem, key: readFileSync(key), minVersion: 'TLSv1.2' }),
    certificateHash: createHash('sha256').update(new X509Certificate(pem).raw).digest(),
  };
}

/** A secret that all workers share: made once, kept in the store. */
async function secret(store: SqlStore, name: string): Promise<Uint8Array> {
  const value = Buffer.from(systemRandom.bytes(32)).toString('base64');
  return Buffer.from(await store.keepSetting({ name, value, ifAbsent: true }), 'base64');
}

/** What the commands are handed by who assembles them otherwise than the program does: the bench, to see what a guard costs. */
function contextWith(guard: MakeGuard): CommandContext {
  return { openStore, startWorker: (request) => startWorker(request, guard) };
}

/** What every command is handed. */
const context = contextWith((...about) => new LiveGuard(...about));

if (import.meta.main) process.exitCode = await runCommand(process.argv.slice(2), context);

export { context, contextWith };
