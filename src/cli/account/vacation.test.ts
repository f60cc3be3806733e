import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';
import { MAX_VACATION_BYTES } from '../../core/mailbox/vacation.ts';

const ANA = 'ana@here.example';
const DAY_MS = 86_400_000;

async function withAna(t: TestContext): Promise<CommandLine> {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await line.store.addAccount({ address: ANA, language: 'en', password: '', scram: '', at: 0 });
  return line;
}

test('account vacation sets what is answered, shows it and takes it off', async (t) => {
  const line = await withAna(t);
  const file = join(line.folder, 'away.txt');
  writeFileSync(file, 'Absente.\r\nÀ bientôt.\r\n');
  const set = await line.run(
    ...['account', 'vacation', ANA, '--text-file', file, '--subject', 'Absente'],
    ...['--from', '2099-12-24', '--until', '2099-12-31', '--every', '2d', '--json'],
  );
  assert.equal(set.code, 0, set.err);
  const { from, until, everySeconds, subject } = set.objects[0] ?? {};
  assert.deepEqual([subject, everySeconds], ['Absente', 2 * 86_400]);
  assert.equal(Date.parse(String(from)), new Date(2099, 11, 24).getTime());
  assert.equal(Date.parse(String(until)), new Date(2100, 0, 1).getTime(), 'a day is meant with its evening');
  const shown = await line.run('account', 'vacation', ANA);
  assert.match(
    shown.out,
    /^ana@here\.example answers by itself from 20\d\d-\d\d-\d\d \S+ until 2100-01-01 00:00:00, each sender once in 2d\.\n/,
  );
  assert.match(shown.out, /\nSubject: Absente\n\nAbsente\.\nÀ bientôt\.\n/);
  const off = await line.run('account', 'vacation', ANA, '--off');
  assert.match(off.out, /answers nothing by itself any more/);
  assert.match((await line.run('account', 'vacation', ANA)).out, /answers nothing by itself\./);
});

test('account vacation takes its text from standard input, from now on, until it is taken off', async (t) => {
  const line = await withAna(t);
  const ran = await line.feed('Away.\n', 'account', 'vacation', ANA, '--text-file', '-');
  assert.match(
    ran.out,
    /answers by itself until it is taken off, each sender once in 7d\.\nUndo: relais account vacation ana@here\.example --off /,
  );
  const id = (await line.store.account(ANA))?.id;
  assert.deepEqual(await line.store.vacation(id as never), {
    ...{ account: id, address: ANA, language: 'en' },
    ...{ text: 'Away.\n', everyMs: 7 * DAY_MS },
  });
});

test('account vacation says what is wrong with what it is given', async (t) => {
  const line = await withAna(t);
  const away = ['--text-file', '-'];
  const cases: [string, string[], number, RegExp][] = [
    ['x', ['--off', '--subject', 'x'], 2, /--off takes the answer off: leave --subject out/],
    ['x', ['--subject', 'x'], 2, /say what is answered, with --text-file/],
    ['', away, 2, /the text is empty/],
    ['\0', away, 2, /not plain text in UTF-8/],
    ['x'.repeat(MAX_VACATION_BYTES + 1), away, 2, /more than 16384 octets/],
    ['x', ['--text-file', '/nowhere/x'], 2, /\/nowhere\/x cannot be read: there is no such file/],
    ['x', [...away, '--subject', 'a\nb'], 2, /one line/],
    ['x', [...away, '--until', '2018-03-12'], 2, /is over/],
    ['x', [...away, '--from', '2099-02-01', '--until', '2099-01-01'], 2, /--until is before --from/],
    ['x', [...away, '--from', '2d'], 2, /--from: "2d" will not do: write a date/],
    ['x', [...away, '--until', '2099-02-30'], 2, /--until: .*a date that there is/],
    ['x', [...away, '--every', '1h'], 2, /from 1d to 30d/],
  ];
  for (const [text, words, code, sentence] of cases) {
    const ran = await line.feed(text, 'account', 'vacation', ANA, ...words);
    assert.equal(ran.code, code, words.join(' '));
    assert.match(ran.err, sentence);
  }
  const nobody = await line.feed('x', 'account', 'vacation', 'eve@here.example', ...away);
  assert.deepEqual([nobody.code, /there is no account eve/.test(nobody.err)], [3, true]);
});
