import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine, FAR, learnt, type Ran, tried } from '../../../test/command-line.ts';
import type { RemoteReply } from '../../core/envelope.ts';
import type { Freeze } from '../../core/queue/freeze.ts';

const OK: RemoteReply = {
  stage: 'end-of-data',
  code: 250,
  enhanced: '2.0.0',
  text: 'Ok: queued as 4711',
  remote: 'mx1.far.example [192.0.2.9]:25',
  afterMs: 12,
};
const FULL: RemoteReply = { ...OK, stage: 'rcpt', code: 550, enhanced: '5.1.1', text: 'no such user' };

test('trace tells the verdict of each recipient first, then one line an event', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['bob@far.example', 'carl@far.example'] });
  await tried(line, ({ recipient }) =>
    recipient.address.startsWith('bob')
      ? { next: { state: 'delivered' }, reply: OK }
      : { next: { state: 'failed' }, reply: FULL, blame: 'recipient' },
  );
  const { out, code } = await line.run('trace', reference);
  assert.equal(code, 0);
  const [head, first, , , second] = out.split('\n') as string[];
  assert.match(
    head as string,
    new RegExp(`^${reference}  ana@here\\.example  \\d{4}-.* B  <\\d+@here\\.example>$`),
  );
  assert.match(
    first as string,
    /^ {2}Delivered to bob@far\.example: mx1\.far\.example accepted it at \d{4}-/,
  );
  assert.match(second as string, /^ {2}Refused: mx1\.far\.example does not take mail for carl@far\.example/);
  assert.match(out, /^ {4}mx1\.far\.example \[192\.0\.2\.9\]:25 said:\n {6}550 5\.1\.1 no such user$/m);
  assert.match(out, /^ {2}\d{4}-\S+ \S+ {2}Submitted by ana@here\.example from \[192\.0\.2\.7\], for 2\.$/m);
  assert.match(
    out,
    /^ {2}\d{4}-\S+ \S+ {2}mx1\.far\.example refused it for carl@far\.example after RCPT TO\.$/m,
  );
});

test('trace speaks French', async (t) => {
  const line = await CommandLine.open(t, '[dsn]\nlanguage = "fr"\n');
  await accepted(line, { recipients: ['bob@far.example'] });
  assert.match((await line.run('trace')).out, /Pas encore remis à bob@far\.example\u00a0: il attend/);
  assert.match((await line.run('trace', '--language', 'en')).out, /Not delivered to bob@far\.example yet/);
  await line.run('path', 'freeze', FAR, '--reason', 'travaux');
  assert.match(
    (await line.run('trace')).out,
    /en pause depuis le \d{4}-.* \(travaux\)\. La cause est chez nous/,
  );
});

test('trace finds by Message-ID, sender, recipient and time; 3 when it finds nothing', async (t) => {
  const line = await CommandLine.open(t);
  const { acceptance, reference } = await accepted(line, { recipients: ['bob@far.example'] });
  await accepted(line, { recipients: ['dora@far.example'], sender: '', at: Date.now() - 86_400_000 });
  const found = async (...words: string[]): Promise<unknown[]> =>
    (await line.run('trace', '--json', ...words)).objects.map((object) => object['reference']);
  assert.deepEqual(await found('--message-id', `${acceptance.message}@here.example`), [reference]);
  assert.deepEqual(await found('--from', 'ana@here.example'), [reference]);
  assert.deepEqual(await found('--to', 'bob@far.example', '--since', '2h'), [reference]);
  assert.equal((await found()).length, 2);
  assert.equal((await found('--from', '<>')).length, 1);
  const nothing = await line.run('trace', '--to', 'nobody@far.example');
  assert.equal(nothing.code, 3);
  assert.match(nothing.err, /no message matches/);
  const when = await line.run('trace', '--since', 'yesterday');
  assert.deepEqual([when.code, /^relais: --since: "yesterday" will not do/.test(when.err)], [2, true]);
});

test('trace tells who sent it on, and finds it by that address', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example', 'eve@far.example'], via: 'a_b@here.example' });
  await accepted(line, { recipients: ['carl@far.example'], via: 'axb@here.example' });
  const found = await line.run('trace', '--to', 'A_b@Here.example');
  assert.match(
    found.out,
    /^ {2}Mail for a_b@here\.example is sent on to 2 recipients \(bob@far\.example, eve@far\.example\)\.$/m,
  );
  const { objects } = await line.run('trace', '--to', 'a_b@here.example', '--json');
  const [{ recipients }] = objects as [{ recipients: { recipient: string; via: string }[] }];
  assert.deepEqual(
    [objects.length, recipients.map(({ recipient, via }) => [recipient, via])],
    [
      1,
      [
        ['bob@far.example', 'a_b@here.example'],
        ['eve@far.example', 'a_b@here.example'],
      ],
    ],
  );
  assert.equal((await line.run('trace', '--to', 'b@here.example')).code, 3);
});

test('trace tells once what a hundred recipients met alike, and each of them to a program', async (t) => {
  const line = await CommandLine.open(t);
  const recipients = Array.from({ length: 100 }, (_, index) => `r${index}@far.example`);
  await accepted(line, { recipients });
  await tried(line, ({ recipient }) =>
    recipient.address.startsWith('r9')
      ? { next: { state: 'failed' }, reply: FULL, blame: 'recipient' }
      : { next: { state: 'delivered' }, reply: OK },
  );
  const { out } = await line.run('trace');
  assert.match(out, /^ {2}Delivered to 89 recipients \(r0@far\.example, .* and 84 more\): mx1/m);
  assert.match(out, /^ {2}Refused: mx1\.far\.example does not take mail for 11 recipients \(r9@far/m);
  assert.equal(out.trim().split('\n').length, 14);
  const { objects } = await line.run('trace', '--json');
  assert.deepEqual([objects.length, (objects[0]?.['recipients'] as unknown[] | undefined)?.length], [1, 100]);
  assert.equal((objects[0]?.['events'] as unknown[] | undefined)?.length, 101);
});

test('trace gives one JSON object a message, with times that programs read', async (t) => {
  const line = await CommandLine.open(t);
  const { acceptance, reference } = await accepted(line, { recipients: ['bob@far.example'] });
  await tried(line, () => ({
    next: { state: 'waiting', dueAt: Date.now() + 60_000, lane: 1 },
    reply: { ...FULL, code: 450 },
    blame: 'recipient',
  }));
  const [object] = (await line.run('trace', reference, '--json')).objects as [Record<string, unknown>];
  assert.equal(object['acceptedAt'], new Date(acceptance.acceptedAt).toISOString());
  const [bob] = object['recipients'] as [Record<string, unknown>];
  assert.deepEqual(
    [bob['recipient'], bob['kind'], bob['blame'], bob['path'], bob['attempts']],
    ['bob@far.example', 'retrying-recipient', 'recipient', FAR, 1],
  );
  assert.match(String(bob['nextTryAt']), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual(
    (object['events'] as { kind: string }[]).map(({ kind }) => kind),
    ['accepted', 'deferred'],
  );
});

test('trace tells what stands still and what drains, to people and programs', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example'] });
  const at = Date.now();
  const endsAt = at + 720_000;
  await learnt(line, { path: FAR, pace: { level: 4, drain: { at, left: 900, perSecond: 1.25, endsAt } } });
  assert.match((await line.run('trace')).out, /catching up: 900 to go, until about \d{4}-/);
  const recipient = async (): Promise<Record<string, unknown>> => {
    const { objects } = await line.run('trace', '--json');
    return (objects as [{ recipients: [Record<string, unknown>] }])[0].recipients[0];
  };
  assert.deepEqual((await recipient())['drain'], {
    left: 900,
    perSecond: 1.25,
    endsAt: new Date(endsAt).toISOString(),
  });
  await line.run('path', 'freeze', 'all', '--reason', 'a move');
  const { out } = await line.run('trace');
  assert.match(
    out,
    /paused since \d{4}-.*, by \S+.* \(a move\)\. .*nothing is lost; its time does not run\./,
  );
  assert.doesNotMatch(out, /catching up/);
  const { kind, blame, freeze } = (await recipient()) as { kind: string; blame: string; freeze: Freeze };
  assert.deepEqual([kind, blame, freeze.scope, freeze.cause], ['frozen', 'local', 'all', 'operator']);
});

/** What stood still, as its events say: when it began, what was said, when it was over. */
function stops({ objects }: Ran): [string, string, string][] {
  const all = objects.flatMap(
    ({ events }) => events as Record<'kind' | 'at' | 'sentence' | 'until', string>[],
  );
  return all
    .filter(({ kind }) => kind === 'stood-still')
    .map(({ at, sentence, until }) => [at, sentence, until]);
}

test('trace tells what mail stood still by that is over: until when, why, and by whom', async (t) => {
  const line = await CommandLine.open(t);
  const at = Date.now() - 7_200_000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const freeze = { cause: 'operator', blame: 'path', reason: 'repairs', by: 'ana' } as const;
  await line.store.freeze({ ...freeze, scope: `path:${FAR}`, since: at - 60_000 });
  await accepted(line, { recipients: ['bob@far.example', 'carl@far.example'], at });
  await line.run('path', 'thaw', FAR, '--reason', 'mended');
  assert.deepEqual(stops(await line.run('trace', '--json')).length, 2);
  const { out } = await line.run('trace');
  assert.match(
    out,
    /^ {2}\S+ \S+ {2}Submitted .*\n {2}\S+ \S+ {2}Deliveries to 2 recipients \(bob@far\.example, carl@far\.example\) were paused until \d{4}-.*, by ana: repairs\.$/m,
  );
  assert.match(out, /^ {2}Not delivered to 2 recipients .*: it waits for its first try\./m);
  assert.match(
    (await line.run('trace', '--language', 'fr')).out,
    /Les envois à 2 destinataires .* restés en pause jusqu’au \d{4}-.*, par ana\u00a0: repairs\.$/m,
  );
  const [[began, , until] = []] = stops(await line.run('trace', '--json'));
  assert.deepEqual([began, (until ?? '') > iso(at)], [iso(at), true]);
});

test('what froze by itself is told by whose fault it was; what a delivery did not wait through is not told', async (t) => {
  const line = await CommandLine.open(t);
  const at = Date.now();
  const still = { cause: 'automatic', reason: 'nobody answers', blame: 'local' } as const;
  const over = async (scope: Freeze['scope'], [from, to]: [number, number]): Promise<void> => {
    await line.store.freeze({ ...still, scope, since: at + from });
    await line.store.thaw({ scope, cause: 'automatic', at: at + to });
  };
  await accepted(line, { recipients: ['bob@far.example'], at: at - 60_000 });
  await over('all', [-50_000, -40_000]);
  await over('all', [-90_000, -70_000]);
  await over('egress:other', [-50_000, -40_000]);
  await tried(line, () => ({ next: { state: 'delivered' }, reply: OK }));
  await over('all', [-30_000, 60_000]);
  const told = stops(await line.run('trace', '--json'));
  assert.equal(told.length, 1);
  assert.match(told[0]?.[1] ?? '', /were paused until .*, automatically: the cause was on our side\.$/);
  assert.match((await line.run('trace')).out, /^ {2}Delivered to bob@far\.example: /m);
});

test('trace says that nobody was asked where nothing is sent to an address any more', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['bob@far.example'] });
  const text = 'Nothing is sent there since 2026-01-01T00:00:00.000Z: has moved';
  await tried(line, () => ({
    next: { state: 'failed' },
    reply: { stage: 'route', enhanced: '5.1.1', text, afterMs: 0 },
    blame: 'recipient',
    suppressed: 'us',
  }));
  const { out } = await line.run('trace', reference);
  assert.match(out, /Not sent to bob@far\.example: we send nothing to that address any more, so nobody was/);
  assert.match(out, /has moved/);
  assert.doesNotMatch(out, /refused|fault/);
});
