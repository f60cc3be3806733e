import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FileFolder } from '../../core/import/files.ts';
import { inFolder } from './disk.ts';
import { maildirFolders } from './maildir-folders.ts';
import { PassedOver } from './passed-over.ts';

function maildir(t: TestContext, ...folders: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'relais-maildir-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of ['', ...folders])
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(root, folder, part), { recursive: true });
  return root;
}

function put(root: string, ...files: string[]): void {
  for (const file of files) writeFileSync(join(root, file), `Subject: ${file}\n\n`);
}

/** Subjects and flags; `meanwhile`: after the first message. */
async function read(folder: FileFolder | undefined, meanwhile = (): void => undefined): Promise<string[]> {
  assert.ok(folder !== undefined);
  const read: string[] = [];
  for await (const { pieces, flags } of folder.read()) {
    const octets: Buffer[] = [];
    for await (const piece of pieces) octets.push(piece);
    const subject = /^Subject: (.*)\r\n/.exec(Buffer.concat(octets).toString())?.[1];
    read.push([subject, ...flags].join(' '));
    if (read.length === 1) meanwhile();
  }
  return read;
}

test('a message that is renamed while its folder is read comes, with the flags that it has then', async (t) => {
  const root = maildir(t);
  put(root, 'cur/1.a:2,', 'cur/2.a:2,', 'new/3.a', 'cur/4.a:2,S', 'cur/5.a:2,', 'cur/5.a:2,S');
  const passed = new PassedOver();
  const { folders, messages } = maildirFolders(root, passed);
  assert.equal(messages, 6);
  renameSync(join(root, 'cur/1.a:2,'), join(root, 'cur/1.a:2,F'));
  const came = await read(folders[0], () => {
    renameSync(join(root, 'cur/2.a:2,'), join(root, 'cur/2.a:2,S'));
    renameSync(join(root, 'new/3.a'), join(root, 'cur/3.a:2,ST'));
  });
  assert.deepEqual(came, [
    'cur/1.a:2, \\Flagged',
    'cur/2.a:2, \\Seen',
    'new/3.a \\Seen \\Deleted',
    'cur/4.a:2,S \\Seen',
    'cur/5.a:2,',
    'cur/5.a:2,S \\Seen',
  ]);
  assert.deepEqual([passed.counts, passed.isFault], [{}, false]);
});

test('a message that is gone when its folder is read is counted and named, whenever it went', async (t) => {
  const root = maildir(t);
  put(root, 'cur/1.a:2,', 'cur/2.a:2,', 'cur/3.a:2,', 'cur/4.a:2,');
  const passed = new PassedOver();
  const { folders } = maildirFolders(root, passed);
  unlinkSync(join(root, 'cur/2.a:2,'));
  const came = await read(folders[0], () => unlinkSync(join(root, 'cur/3.a:2,')));
  assert.deepEqual(came, ['cur/1.a:2,', 'cur/4.a:2,']);
  assert.deepEqual([passed.counts, passed.isFault], [{ missing: 2 }, true]);
});

test('links, FIFOs and folders too deep are counted; files that are no plain ones are not waited for', async (t) => {
  const deep = Array.from({ length: 33 }, () => 'd').join('/');
  const root = maildir(t, '.Sent', deep);
  put(root, 'cur/1.a:2,', '.Sent/cur/2.a:2,');
  symlinkSync(join(root, 'cur/1.a:2,'), join(root, 'cur/9.link:2,'));
  symlinkSync(join(root, '.Sent'), join(root, '.Copy'));
  execFileSync('mkfifo', [
    join(root, 'cur/8.fifo:2,'),
    join(root, 'dovecot-keywords'),
    join(root, 'subscriptions'),
  ]);
  symlinkSync('/dev/zero', join(root, 'dovecot-uidlist'));
  for (const [at, part] of [
    ['', 'new'],
    ['.Sent', 'new'],
    ['.Linked', 'cur'],
  ] as const) {
    rmSync(join(root, at, part), { recursive: true, force: true });
    mkdirSync(join(root, at), { recursive: true });
    symlinkSync(join(root, 'tmp'), join(root, at, part));
  }
  const passed = new PassedOver();
  const { folders } = maildirFolders(`${root}/`, passed);
  assert.deepEqual(
    folders.map(({ levels }) => levels),
    [['INBOX'], ['Sent']],
  );
  assert.deepEqual(await read(folders[0]), ['cur/1.a:2,']);
  assert.deepEqual(await read(folders[1]), ['.Sent/cur/2.a:2,']);
  // The message, two folders' new, a folder's cur, a folder, and the list of UIDs.
  assert.deepEqual(passed.counts, { links: 6, special: 3, deep: 1 });
});

test('names that are not UTF-8 are read as octets', async (t) => {
  const root = maildir(t);
  const folder = inFolder(Buffer.from(root), Buffer.from('.Envoy\xe9s', 'latin1'));
  const file = Buffer.from('1.h\xf4te:2,S', 'latin1');
  for (const part of ['cur', 'new']) mkdirSync(inFolder(folder, part), { recursive: true });
  writeFileSync(inFolder(inFolder(folder, 'cur'), file), 'Subject: x\n\n');
  writeFileSync(inFolder(Buffer.from(join(root, 'cur')), file), 'Subject: y\n\n');
  const { folders } = maildirFolders(root, new PassedOver());
  assert.deepEqual(folders[1]?.levels, ['Envoyés']);
  assert.deepEqual(await read(folders[0]), ['y \\Seen']);
  assert.deepEqual(await read(folders[1]), ['x \\Seen']);
});

test('a file is no folder, and is said to be none', (t) => {
  const root = maildir(t);
  put(root, 'cur/1.a');
  assert.throws(() => maildirFolders(join(root, 'cur/1.a'), new PassedOver()), /1\.a is no folder: name/);
  assert.throws(
    () => maildirFolders(join(root, 'none'), new PassedOver()),
    /none cannot be read: there is no such/,
  );
});
