/** Ten thousand clients that connect and say nothing more cost little, and nobody else notices. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { behaveWell } from '../abuse.ts';
import { residentMemory } from '../memory.ts';
import { startWorld, type World } from '../world.ts';

const WANTED = 10_000;
const MOST_BYTES_EACH = 20 * 1024;
/** Descriptors that this process needs besides. */
const SPARE = 500;

/** A process of its own: each side of a connection needs a descriptor. In chunks, so that nobody's backlog overflows. */
const CLIENTS = `
const { connect } = require('node:net');
const [port, count] = process.argv.slice(1).map(Number);
let open = 0;
const sockets = [];
const next = () => {
  if (open % 250 === 0) console.log('open ' + open);
  for (let n = Math.min(250, count - open); open % 250 === 0 && n > 0; n--) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.' + (2 + sockets.length % 8) });
    sockets.push(socket);
    socket.once('data', () => socket.write('EHLO idle.example\\r\\n', () => socket.once('data', () => { open++; next(); })));
    socket.on('error', (error) => { console.error(error.message); process.exit(1); });
  }
};
next();
`;

let world: World;
let clients: ChildProcess | undefined;

before(async () => {
  world = await startWorld({ limits: { maxConnections: 20_000, maxConnectionsPerAddress: 20_000 } });
});
after(async () => {
  clients?.kill('SIGKILL');
  await world.stop();
});

/** How many sockets one process may have here. */
function affordable(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: string | number } } };
  const soft = Number(report.userLimits?.open_files?.soft ?? 1_024);
  const most = Number.isFinite(soft) ? soft - SPARE : WANTED;
  return Math.min(WANTED, Math.floor(most / 250) * 250);
}

test('ten thousand idle connections', { timeout: 60_000 }, async (t) => {
  const count = affordable();
  if (count < WANTED) t.diagnostic(`only ${count}: raise \`ulimit -n\` to ${WANTED + SPARE} for all`);
  await behaveWell(world);
  const had = residentMemory();
  clients = spawn(process.execPath, ['-e', CLIENTS, String(world.mx), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: clients.stdout as NodeJS.ReadableStream })) {
    if (line === `open ${count}`) break;
  }
  const each = (residentMemory() - had) / count;
  t.diagnostic(`${Math.round(each)} octets of memory for each of ${count} connections`);
  await behaveWell(world);
  assert.ok(each < MOST_BYTES_EACH, `${Math.round(each)} octets each`);
});
