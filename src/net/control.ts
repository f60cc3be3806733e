/** The socket by which a command tells the running server that it changed something; also the lock of a data folder. */
import { existsSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const NUDGE = 'nudge\n';
const ANSWER_MS = 2_000;

function socketPath(dataDirectory: string): string {
  return join(dataDirectory, 'control.sock');
}

/** Begins to listen. Rejects when a server runs on this folder already. */
export async function startControl(
  dataDirectory: string,
  onNudge: () => void,
): Promise<{ close(): Promise<void> }> {
  const path = socketPath(dataDirectory);
  if (await nudgeServer(dataDirectory)) {
    throw new Error(`a server runs on ${dataDirectory} already; stop it, or name another folder with --data`);
  }
  // Left behind by a server that was killed.
  if (existsSync(path)) unlinkSync(path);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.once('data', () => {
      onNudge();
      socket.end('ok\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Tells the server of this folder to look at the store now; false when none runs. */
export function nudgeServer(dataDirectory: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath(dataDirectory));
    socket.setTimeout(ANSWER_MS, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.write(NUDGE));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
