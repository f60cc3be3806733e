/** Somebody else's mail program, and a house that it talks to. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type PeerName, requirePeer } from '../peers.ts';
import { type House, startHouse } from './house.ts';

const run = promisify(execFile);
const CLIENT_TIMEOUT_MS = 60_000;

export interface Place {
  readonly house: House;
  /** For what the client keeps. */
  readonly folder: string;
  /** Runs the client; what it wrote. Rejects when it ends with an error. */
  client(...words: string[]): Promise<string>;
}

/** Nothing when the program is not there (`requirePeer`). */
export async function openPlace(t: TestContext, name: PeerName): Promise<Place | undefined> {
  const peer = requirePeer(t, name);
  if (peer === undefined) return undefined;
  const house = await startHouse(t, { nextHop: 9, tls: 'none' });
  const folder = mkdtempSync(join(tmpdir(), 'relais-client-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    house,
    folder,
    async client(...words) {
      const env = { ...process.env, HOME: folder, TERM: 'xterm' };
      const { stdout, stderr } = await run(peer.program, words, {
        timeout: CLIENT_TIMEOUT_MS,
        env,
        cwd: folder,
      });
      return stdout + stderr;
    },
  };
}
