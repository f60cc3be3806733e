/** Every dialogue of `dialogues/`, on both stores. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseScripts, play } from './script.ts';
import type { World } from '../world.ts';
import { onBothStores } from './stores.ts';

const FOLDER = join(import.meta.dirname, 'dialogues');

/** Those that are about what comes of another limit than the usual one. */
const LIMITED = new Map([['message-limit.txt', { imap: { messageLimit: 3 } }]]);

onBothStores({}, (world) => {
  for (const file of globSync('*.txt', { cwd: FOLDER }).sort()) if (!LIMITED.has(file)) all(file, world);
});

for (const [file, limits] of LIMITED) onBothStores(limits, (world) => all(file, world));

function all(file: string, world: () => World): void {
  for (const script of parseScripts(readFileSync(join(FOLDER, file), 'utf8')))
    test(`${file.slice(0, -4)}: ${script.name}`, () => play(world(), script));
}
