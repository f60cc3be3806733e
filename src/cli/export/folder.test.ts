import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkPlace, writeFolder } from './folder.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'relais-export-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a link, or a folder with something in it, is refused before anything is written', async (t) => {
  const folder = scratch(t);
  mkdirSync(join(folder, 'empty'));
  symlinkSync(join(folder, 'empty'), join(folder, 'link'));
  symlinkSync(join(folder, 'none'), join(folder, 'nowhere'));
  const write = async (partial: string): Promise<void> => writeFileSync(join(partial, 'file'), 'x');
  for (const name of ['link', 'nowhere'])
    await assert.rejects(writeFolder(join(folder, name), write), /is a symbolic link: name the folder/);
  await writeFolder(join(folder, 'empty'), write);
  await assert.rejects(writeFolder(join(folder, 'empty'), write), /is there already/);
  assert.deepEqual(readdirSync(folder).sort(), ['empty', 'link', 'nowhere']);
});

test('a mount point is refused', { skip: process.platform !== 'linux' }, () => {
  assert.throws(() => checkPlace('/proc'), /\/proc is a mount point, .* as \/proc\/mail/);
});

const CHILD = `import { writeFileSync } from 'node:fs';
const { writeFolder } = await import(process.argv[1]);
setInterval(() => undefined, 1000);
await writeFolder(process.argv[2], async (partial) => {
  writeFileSync(partial + '/file', 'x');
  console.log('begun');
  await new Promise(() => undefined);
});`;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} ends an export and leaves nothing of it`, async (t) => {
    const place = join(scratch(t), 'out');
    const module = new URL('./folder.ts', import.meta.url).href;
    const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, module, place]);
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    assert.ok(existsSync(join(`${place}.partial`, 'file')));
    child.kill(signal);
    assert.deepEqual(await ended, [null, signal]);
    assert.deepEqual([existsSync(place), existsSync(`${place}.partial`)], [false, false]);
  });
