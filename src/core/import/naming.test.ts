import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailboxId } from '../envelope.ts';
import { toMailboxName } from '../mailbox/name.ts';
import { firstMailboxes } from '../mailbox/special-use.ts';
import { isRenamed, planFolders } from './naming.ts';
import type { SourceFolder } from './source.ts';
import { knownUse } from './well-known.ts';

const MAILBOXES = firstMailboxes('fr').map((mailbox, index) => ({
  ...mailbox,
  id: (index + 1) as MailboxId,
}));

function folder(name: string, about: Partial<SourceFolder> = {}): SourceFolder {
  return { name, levels: name.split('/'), isSubscribed: true, ...about };
}

function plan(
  folders: readonly SourceFolder[],
  about: { named?: string[]; kept?: [string, number][] } = {},
): ReturnType<typeof planFolders> {
  const kept = new Map(about.kept as [string, MailboxId][] | undefined);
  return planFolders(folders, { named: new Set(about.named), mailboxes: MAILBOXES, kept });
}

function names(...args: Parameters<typeof plan>): Record<string, string> {
  return Object.fromEntries(plan(...args).planned.map((one) => [one.folder.name, one.name]));
}

test('a purpose goes to the mailbox with that purpose, and what is below it goes below that', () => {
  const sent = folder('Sent', { use: '\\Sent' });
  assert.deepEqual(names([folder('Sent/2018'), sent, folder('INBOX'), folder('inbox/Été')]), {
    INBOX: 'INBOX',
    Sent: 'Envoyés',
    'Sent/2018': 'Envoyés/2018',
    'inbox/Été': 'INBOX/Été',
  });
});

test('no two folders become one mailbox', () => {
  const sent = folder('Sent', { use: '\\Sent' });
  assert.deepEqual(names([folder('Envoyés'), sent, folder('Envoyés (2)'), folder('Envoyés/x')]), {
    Sent: 'Envoyés',
    Envoyés: 'Envoyés (2)',
    'Envoyés (2)': 'Envoyés (2) (2)',
    'Envoyés/x': 'Envoyés (2)/x',
  });
  const composed = folder('e\u0301');
  assert.deepEqual(Object.values(names([composed, folder('é')])).sort(), ['é', 'é (2)']);
});

test('a purpose that the account has no mailbox for is made with it', () => {
  const about = { named: new Set<string>(), mailboxes: [], kept: new Map() };
  const { planned } = planFolders([folder('Spam', { use: '\\Junk' })], about);
  assert.deepEqual(
    planned.map(({ name, specialUse }) => [name, specialUse]),
    [['Spam', '\\Junk']],
  );
});

test('what can be no name here becomes one, and is called renamed', () => {
  const odd = [
    folder('a.b', { levels: ['1/2', 'x\u0007\u202e'] }),
    folder('#news'),
    folder('long', { levels: ['é'.repeat(300)] }),
    folder('deep', { levels: Array.from({ length: 40 }, (_, index) => `${index}`) }),
    folder('empty', { levels: ['a', '', 'b'] }),
  ];
  const { planned } = plan(odd);
  const found = Object.fromEntries(planned.map((one) => [one.folder.name, one.name]));
  assert.deepEqual([found['a.b'], found['#news'], found['empty']], ['1_2/x__', '_news', 'a/b']);
  for (const one of planned) {
    assert.deepEqual(toMailboxName(one.name), { name: one.name });
    assert.ok(isRenamed(one));
  }
  assert.equal(plan([folder('none', { levels: [''] })]).left[0]?.why, 'no name');
});

test('a folder goes where it went before, and is left where its mailbox was deleted, unless it is named', () => {
  const all = [folder('a'), folder('b')];
  const kept: [string, number][] = [
    ['a', 3],
    ['b', 99],
  ];
  assert.deepEqual(names(all, { kept }), { a: MAILBOXES[2]?.name });
  assert.deepEqual(
    plan(all, { kept }).left.map((one) => one.why),
    ['was deleted here'],
  );
  assert.deepEqual(names(all, { kept, named: ['b'] }), { b: 'b' });
});

test('a folder whose name cannot be kept is left out', () => {
  const [short, long] = ['é'.repeat(1_000), 'é'.repeat(1_001)];
  const { planned, left } = plan([folder(short), folder(long)]);
  assert.deepEqual(
    planned.map((one) => one.folder.name),
    [short],
  );
  assert.deepEqual(
    left.map((one) => [one.folder.name, one.why]),
    [[long, 'long name']],
  );
});

test('folders of files have their purposes by their names', () => {
  assert.deepEqual(
    [['Sent Items'], ['INBOX', 'Trash'], ['Éléments envoyés'], ['Sent', 'x'], ['Clients']].map(knownUse),
    ['\\Sent', '\\Trash', '\\Sent', undefined, undefined],
  );
});
