/** Every dialogue of `dialogues/`, on both stores. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseScripts, play } from './script.ts';
import { onBothStores } from './stores.ts';

const FOLDER = join(import.meta.dirname, 'dialogues');

onBothStores({}, (world) => {
  for (const file of globSync('*.txt', { cwd: FOLDER }).sort())
    for (const script of parseScripts(readFileSync(join(FOLDER, file), 'utf8')))
      test(`${file.slice(0, -4)}: ${script.name}`, () => play(world(), script));
});
