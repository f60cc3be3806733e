import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mboxFolders } from './mbox-folders.ts';
import { PassedOver } from './passed-over.ts';

const MESSAGE = 'From x Mon Mar 12 08:00:00 2018\nSubject: a\n\nx\n';

test('of a folder only plain files that are mbox files become mailboxes; the rest is counted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-mbox-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'Inbox.sbd'));
  for (const file of ['Inbox', 'Inbox.sbd/a&AC4-b', '.hidden', 'Inbox.lock'])
    writeFileSync(join(folder, file), MESSAGE);
  for (const file of ['.pwd.lock', 'empty']) writeFileSync(join(folder, file), '');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('\xe9t\xe9', 'latin1')]), MESSAGE);
  symlinkSync(join(folder, 'Inbox'), join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const passed = new PassedOver();
  const { folders, messages } = await mboxFolders(folder, { quoting: 'mboxrd', passed });
  assert.deepEqual(
    folders.map(({ levels }) => levels),
    [['INBOX'], ['Inbox', 'a.b'], ['été']],
  );
  assert.equal(messages, 3);
  assert.deepEqual(passed.counts, { notMbox: 3, empty: 1, special: 1, links: 1 });
  const one = await mboxFolders(join(folder, 'link'), { quoting: 'mboxrd', passed });
  assert.deepEqual([one.messages, one.folders[0]?.levels], [1, ['link']]);
  for (const path of [join(folder, 'fifo'), '/dev/zero'])
    await assert.rejects(
      mboxFolders(path, { quoting: 'mboxrd', passed }),
      /is no plain file: name an mbox file/,
    );
});
