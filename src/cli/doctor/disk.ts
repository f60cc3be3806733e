/** The data folder: may we write there, is there room, and how long does a sync take. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  statSync,
  type StatsFs,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { keptFree } from '../../core/capacity/disk.ts';
import { databaseFile } from '../../store/sqlite/open.ts';
import { sizeForPeople } from '../output.ts';
import { type Finding, note, type Patient, right, wrong } from './finding.ts';

/** Rights of a group and of everybody: to what is in a folder, and to read a file. */
const OTHERS_ENTER = 0o011;
const OTHERS_READ = 0o044;
const SYNCS = 12;
const SYNC_BYTES = 4096;
/** A disk that takes longer than this for one sync is broken, or shared with too many, ms. */
const SLOW_MS = 100;
/** Fewer free inodes than this, or than 1 %, and files can no longer be made soon. */
const FEW_INODES = 10_000;

export function diskFindings({ config }: Patient): Finding[] {
  const folder = resolve(config.data);
  if (!existsSync(folder)) {
    const parent = nearestFolder(folder);
    return mayWrite(parent)
      ? [note('data folder', `${folder} is not there yet; the server makes it`)]
      : [
          wrong(
            'data folder',
            `${folder} is not there, and cannot be made in ${parent}`,
            `make it, for the user of the server: install -d -m 700 -o USER ${folder}`,
          ),
        ];
  }
  if (!mayWrite(folder)) {
    return [
      wrong(
        'data folder',
        `${folder} cannot be written by this user`,
        'run this as the user of the server, or chown the folder to it',
      ),
    ];
  }
  return [
    right('data folder', `${folder} can be written`),
    ...readByOthers(folder),
    spaceFinding(statfsSync(folder), config.budget.diskFreeBytes),
    ...freeInodes(folder),
    syncs(folder),
  ];
}

/** Keys and all mail are in the database: nobody else may read it. */
function readByOthers(folder: string): Finding[] {
  const file = databaseFile(folder);
  const mode = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode(folder) & OTHERS_ENTER) === 0 || (mode(file) & OTHERS_READ) === 0) return [];
  return [
    wrong(
      'data folder',
      `other users of this machine can read ${file}: keys and all mail`,
      `chmod 700 ${folder}`,
    ),
  ];
}

function nearestFolder(folder: string): string {
  const parent = dirname(folder);
  return existsSync(parent) || parent === folder ? parent : nearestFolder(parent);
}

function probe(folder: string): string {
  return join(folder, `.doctor-${process.pid}`);
}

function mayWrite(folder: string): boolean {
  try {
    closeSync(openSync(probe(folder), 'w', 0o600));
    unlinkSync(probe(folder));
    return true;
  } catch {
    return false;
  }
}

export function spaceFinding(
  { bavail, blocks, bsize }: Pick<StatsFs, 'bavail' | 'blocks' | 'bsize'>,
  wantedBytes: number,
): Finding {
  const free = bavail * bsize;
  const kept = keptFree(wantedBytes, blocks * bsize);
  const why = kept < wantedBytes ? 'an eighth of the disk' : 'budget.diskFree';
  const fact = `${sizeForPeople(free)} free, of which ${sizeForPeople(kept)} stay free (${why})`;
  return free > kept
    ? right('disk space', fact)
    : wrong('disk space', fact, 'make room: until then new mail is put off with 452');
}

function freeInodes(folder: string): Finding[] {
  const { files, ffree } = statfsSync(folder);
  // Some file systems make inodes as they need them, and say 0.
  if (files === 0) return [];
  const fact = `${ffree} of ${files} free`;
  if (ffree >= FEW_INODES && ffree >= files / 100) return [right('inodes', fact)];
  return [wrong('inodes', fact, 'remove small files on this file system: df -i shows how it stands')];
}

/** What every accepted message waits for. */
function syncs(folder: string): Finding {
  const times: number[] = [];
  const file = openSync(probe(folder), 'w', 0o600);
  try {
    for (let count = 0; count < SYNCS; count++) {
      writeSync(file, Buffer.alloc(SYNC_BYTES, count));
      const begun = performance.now();
      fdatasyncSync(file);
      times.push(performance.now() - begun);
    }
  } finally {
    closeSync(file);
    unlinkSync(probe(folder));
  }
  times.sort((a, b) => a - b);
  const [median, worst] = [times[SYNCS / 2] as number, times.at(-1) as number];
  const fact = `a sync takes ${median.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms`;
  return median < SLOW_MS
    ? right('disk speed', fact)
    : wrong('disk speed', fact, 'put the data folder on a faster disk: every message waits for one');
}
