/**
 * `relais demo`: a whole Relais on high ports of this machine, two accounts, and a far end to write to, with a screen
 * that says what to try and then tells each message's life as it happens. Nothing stays behind.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import { systemRandom } from '../../base/random.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { formatScramKeys, makeCredentials } from '../../core/directory/password.ts';
import { type FarEnd, startFarEnd } from '../../lab/far-end.ts';
import { startControl } from '../../net/control.ts';
import type { SqlStore } from '../../store/store.ts';
import { makeSelfSigned } from '../../wire/x509/self-signed.ts';
import { type Call, type Command, CommandError, EXIT, type NamedConfig, type Output } from '../command.ts';
import { listenToKeys, untilSignal } from './keys.ts';
import { Story } from './story.ts';
import { type DemoPorts, welcome } from './welcome.ts';

const PASSWORD = 'relais-demo';
const DOMAIN = 'demo.example';
const HOSTNAME = `mail.${DOMAIN}`;
const ACCOUNTS = [
  { address: `alice@${DOMAIN}`, language: 'en' },
  { address: `bruno@${DOMAIN}`, language: 'fr' },
] as const;

export const demo: Command = {
  name: 'demo',
  usage: '',
  summary: 'Runs everything on this machine to try it out: two accounts, and a far end to write to.',
  options: {},
  positionals: [0, 0],
  ownConfig: true,
  run,
};

async function run(call: Call): Promise<number> {
  // Before there is anything to clear away.
  const signal = untilSignal();
  const folder = mkdtempSync(join(tmpdir(), 'relais-demo-'));
  try {
    const ports = await choosePorts();
    const config = configure(folder, ports);
    await makeAccounts(call, config);
    const farEnd = await startFarEnd({ port: ports.farEnd, keep: 1000 });
    const control = await startControl(config.data, () => void handle.nudge());
    const handle = await call.context.startWorker({
      config,
      log: createLog({ level: 'error' }),
      meter: silentMeter,
      node: 'demo',
      index: 0,
      shared: false,
      announce() {},
      changed() {},
      lost: () => process.exit(EXIT.failed),
    });
    call.output.say(welcome(ports, { config: join(folder, 'relais.toml') }));
    const secret = Buffer.from((await handle.store.setting('reference-secret')) ?? '', 'base64');
    const story = new Story(handle.store, secret, call.output);
    story.start();
    await untilQuit(farEnd, { output: call.output, signal, nudge: () => handle.nudge() });
    story.stop();
    await handle.stop(1_000);
    await farEnd.close();
    await control.close();
    return EXIT.done;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ports of the README when they are free; others when not. */
async function choosePorts(): Promise<DemoPorts> {
  return {
    mx: await portNear(2525),
    submission: await portNear(2587),
    imap: await portNear(2143),
    farEnd: await portNear(2626),
  };
}

async function portNear(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 50; port++) if (await isFree(port)) return port;
  throw new CommandError(
    EXIT.failed,
    `no port from ${wanted} to ${wanted + 49} is free on 127.0.0.1; stop what uses them`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function configure(folder: string, ports: DemoPorts): NamedConfig {
  const { cert, key } = makeSelfSigned({
    hostname: HOSTNAME,
    nowMs: Date.now(),
    days: 30,
    serial: systemRandom.bytes(16),
  });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
  const text = toml(folder, ports);
  writeFileSync(join(folder, 'relais.toml'), text);
  const parsed = parseConfig(text);
  if ('errors' in parsed) throw new Error(parsed.errors.map(({ message }) => message).join('; '));
  return { ...parsed.config, hostname: HOSTNAME };
}

function toml(folder: string, ports: DemoPorts): string {
  return `hostname = "${HOSTNAME}"
data = "${join(folder, 'data')}"
workers = 1
[[listen]]
kind = "mx"
address = "127.0.0.1:${ports.mx}"
tls = "starttls"
[[listen]]
kind = "submission"
address = "127.0.0.1:${ports.submission}"
tls = "starttls"
[[listen]]
kind = "imap"
address = "127.0.0.1:${ports.imap}"
tls = "starttls"
[tls]
cert = "${join(folder, 'cert.pem')}"
key = "${join(folder, 'key.pem')}"
[[route]]
domain = "*"
to = "127.0.0.1:${ports.farEnd}"
[queue]
lanes = ["5s", "10s", "20s", "1m"]
[login]
plainOnLoopback = true
`;
}

async function makeAccounts({ context }: Call, config: NamedConfig): Promise<void> {
  const store: SqlStore = await context.openStore(config, 'command');
  const at = Date.now();
  await store.addDomain({ name: DOMAIN, language: 'en', createdAt: at, keys: [] });
  for (const { address, language } of ACCOUNTS) {
    const { hash, scram } = await makeCredentials(PASSWORD, systemRandom);
    await store.addAccount({ address, language, password: hash, scram: formatScramKeys(scram), at });
  }
  await store.close();
}

/** `d` and `u` take the far end down and up, `q` or a signal ends. Lines work too where there is no terminal. */
function untilQuit(
  farEnd: FarEnd,
  { output, signal, nudge }: { output: Output; signal: Promise<void>; nudge(): Promise<void> },
): Promise<void> {
  return new Promise((resolve) => {
    // One after the other, so that two quick keys do not both find it as it was.
    let last: Promise<void> = Promise.resolve();
    const keys = listenToKeys((key) => {
      if (key === 'q') quit();
      if (key === 'd') last = last.then(async () => output.say(await takeDown(farEnd)));
      if (key === 'u') last = last.then(async () => output.say(await bringUp(farEnd))).then(nudge);
    });
    const quit = (): void => {
      keys.stop();
      resolve();
    };
    void signal.then(quit);
  });
}

/** What came of it, in a sentence. */
export async function takeDown(farEnd: FarEnd): Promise<string> {
  if (!farEnd.up) return '  -- the far end is down already: u brings it up';
  await farEnd.takeDown();
  return '  -- the far end is down: what you send waits, is not tried for nothing, and keeps its place; u brings it up';
}

export async function bringUp(farEnd: FarEnd): Promise<string> {
  if (farEnd.up) return '  -- the far end is up already: d takes it down';
  try {
    await farEnd.bringUp();
  } catch (error) {
    return `  -- the far end cannot come up: ${(error as Error).message}`;
  }
  return '  -- the far end is up again: what waited goes on';
}
