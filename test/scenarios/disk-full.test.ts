/** The disk is full: senders get 4xx and keep their mail, nothing accepted is lost, and it goes on when there is room. */
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nudgeServer } from '../../src/net/control.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { Outage } from '../outage.ts';
import { smallDisk } from '../small-disk.ts';

const DISK_MIB = 96;
const FULL_FOR_MS = 3_000;

test('full while mail flows through', async (t) => {
  const disk = mountDisk(t);
  if (disk === undefined) return;
  const outage = await disk.begin();
  disk.fill();
  await outage.refuses(50);
  await sleep(FULL_FOR_MS);
  disk.free();
  await outage.keeps(50);
  await outage.losesNothing(t);
});

test('filled by mail that cannot leave: there is room left to deliver it', async (t) => {
  const disk = mountDisk(t);
  if (disk === undefined) return;
  const outage = await disk.begin();
  await outage.farEnd.takeDown();
  await outage.refuses(50);
  await sleep(FULL_FOR_MS);
  await outage.farEnd.bringUp();
  await nudgeServer(outage.server.data);
  await outage.keeps(50);
  await outage.losesNothing(t);
});

test('filled by clients that never end their messages: what they sent goes, and mail flows again', async (t) => {
  const disk = mountDisk(t);
  if (disk === undefined) return;
  const outage = await disk.begin();
  // So many that they are done before the story of what is delivered meanwhile fills the disk.
  const clients = Array.from({ length: 40 }, () => connect(outage.port, '127.0.0.1'));
  await Promise.all(clients.map((client) => sendWithoutEnd(client, 4)));
  await outage.refuses(50);
  for (const client of clients) client.destroy();
  await outage.keeps(50);
  await outage.losesNothing(t);
});

/** Begins a message, sends so many MiB of it, and says no more; or less, when nobody takes it. */
async function sendWithoutEnd(client: Socket, mib: number): Promise<void> {
  client.on('error', () => undefined).resume();
  client.write('EHLO c.example\r\nMAIL FROM:<c@c.example>\r\nRCPT TO:<someone@far.example>\r\nDATA\r\n');
  const piece = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(1024));
  for (let sent = 0; sent < mib && !client.destroyed; sent++) {
    const room = client.write(piece);
    if (!room) await Promise.race([once(client, 'drain'), sleep(2_000)]);
  }
}

interface Disk {
  /** A server on this disk, under load. */
  begin(): Promise<Outage>;
  /** Puts a ballast on it, of so many MiB or of all that is free. */
  fill(mib?: number): void;
  /** Takes the ballast away. */
  free(): void;
}

/** A small file system of its own. */
function mountDisk(t: TestContext): Disk | undefined {
  const small = smallDisk(t, DISK_MIB);
  if (small === undefined) return undefined;
  const { place, remove } = small;
  const folder = join(place, 'server');
  const ballast = join(place, 'ballast');
  mkdirSync(folder);
  return {
    begin: () =>
      Outage.begin(t, { folder, bodyBytes: 20_000, open: (server) => openSqlite(server.data) }, async () => {
        remove();
      }),
    fill: (mib = DISK_MIB) => fill(ballast, mib),
    free: () => rmSync(ballast),
  };
}

function fill(file: string, mib: number): void {
  const handle = openSync(file, 'w');
  // The last room is taken in small pieces.
  for (const [bytes, count] of [
    [1_048_576, mib],
    [4_096, mib < DISK_MIB ? 0 : 256],
  ] as const) {
    try {
      for (let piece = 0; piece < count; piece++) writeSync(handle, Buffer.alloc(bytes, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(handle);
}
