import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { accepted, CommandLine, FAR, learnt, tried } from '../../../test/command-line.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import type { DeliveryId, MessageId, PathKey, RemoteReply } from '../../core/envelope.ts';
import { anAcceptance } from '../../../test/stores.ts';

const GREYLISTED: RemoteReply = {
  stage: 'rcpt',
  code: 451,
  enhanced: '4.7.1',
  text: 'Greylisted\nplease wait',
  remote: 'mx1.far.example [192.0.2.9]:25',
  afterMs: 12,
};

/** Everything due is put off by an hour. */
function putOff(line: CommandLine): Promise<void> {
  const next = { state: 'waiting' as const, dueAt: Date.now() + 3_600_000, lane: 1 };
  return tried(line, () => ({ next, reply: GREYLISTED, blame: 'recipient' }));
}

test('queue list reads like mailq', async (t) => {
  const line = await CommandLine.open(t);
  const empty = await line.run('queue', 'list');
  assert.deepEqual([empty.code, empty.out], [0, 'Mail queue is empty\n']);
  const { reference } = await accepted(line, { recipients: ['bob@far.example', 'carl@far.example'] });
  await putOff(line);
  const second = await accepted(line, { recipients: ['dora@far.example'], sender: '' });
  await line.run('queue', 'hold', second.reference, '--reason', 'looks odd');
  const { out } = await line.run('queue', 'list');
  assert.match(
    out,
    new RegExp(`^${reference} +\\d+ B +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  ana@here\\.example$`, 'm'),
  );
  assert.match(out, /^ {6}bob@far\.example {2}waiting, next try in (59 min|1 h 00 min)$/m);
  assert.match(out, /^ {8}\(451 4\.7\.1 Greylisted \/ please wait\)$/m);
  assert.match(out, new RegExp(`^${second.reference}! .* <>$`, 'm'));
  assert.match(out, /^ {6}dora@far\.example {2}held\n {8}\(looks odd\)$/m);
  assert.match(out, /^-- 2 messages, 3 recipients, \d+ B\.$/m);
});

test('queue list gives one JSON object a message', async (t) => {
  const line = await CommandLine.open(t);
  const { reference, acceptance } = await accepted(line, {
    recipients: ['bob@far.example', 'carl@far.example'],
  });
  await putOff(line);
  const { objects } = await line.run('queue', 'list', '--json');
  assert.equal(objects.length, 1);
  const [{ recipients, ...object }] = objects as [Record<string, unknown>];
  assert.deepEqual(object, {
    schema: 'relais.queue-list/1',
    reference,
    message: acceptance.message,
    sizeBytes: object['sizeBytes'],
    sender: 'ana@here.example',
    acceptedAt: new Date(acceptance.acceptedAt).toISOString(),
    expiresAt: new Date(acceptance.expiresAt).toISOString(),
  });
  const [bob] = recipients as [Record<string, unknown>];
  assert.equal(bob['address'], 'bob@far.example');
  assert.equal(bob['state'], 'waiting');
  assert.match(String(bob['nextTryAt']), /^\d{4}-.*Z$/);
  assert.equal((bob['last'] as RemoteReply).text, 'Greylisted\nplease wait');
});

test('queue list shows only what the filter says, and 3 when that is nothing', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example'] });
  await accepted(line, { recipients: ['bob@other.example', 'dora@other.example'], sender: '' });
  const found = async (...words: string[]): Promise<number> =>
    (await line.run('queue', 'list', '--json', ...words)).objects.flatMap(
      ({ recipients }) => recipients as unknown[],
    ).length;
  assert.equal(await found('--domain', 'other.example'), 2);
  assert.equal(await found('--sender', '<>'), 2);
  assert.equal(await found('--sender', '<>', '--recipient', 'bob@other.example'), 1);
  assert.equal(await found('--path', FAR, '--state', 'ready'), 3);
  assert.equal(await found('--before', '1h'), 0);
  assert.equal(await found('--limit', '2'), 2);
  const nothing = await line.run('queue', 'list', '--domain', 'nowhere.example');
  assert.deepEqual([nothing.code, nothing.out, nothing.err], [3, '', 'nothing in the queue matches\n']);
  const wrong = await line.run('queue', 'list', '--state', 'wating');
  assert.deepEqual(
    [wrong.code, wrong.err],
    [
      2,
      'relais: --state: "wating" will not do: did you mean waiting? write one of ready, waiting, held, leased, delivered, failed, expired, cancelled\n',
    ],
  );
  assert.match(
    (await line.run('queue', 'list', '--limit', '1')).out,
    /^-- Shown 1 of 2 messages, 3 recipients\.$/m,
  );
});

test('queue list says that a path is frozen', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example'] });
  await line.run('path', 'freeze', FAR, '--reason', 'repairs');
  const { out } = await line.run('queue', 'list');
  assert.match(out, /^ {6}bob@far\.example {2}frozen: repairs$/m);
  // All that there is stands still: the first lines say why.
  assert.match(
    out,
    /^Nothing in the queue is being tried: all of it stands still\.\nmx\.far\.example>default is frozen since .*: repairs\n/,
  );
  const { objects } = await line.run('queue', 'list', '--json');
  const [bob] = objects.flatMap(({ recipients }) => recipients) as [
    { state: string; freezes: { scope: string }[] },
  ];
  assert.deepEqual([bob.state, bob.freezes.map(({ scope }) => scope)], ['frozen', [`path:${FAR}`]]);
});

test('queue list begins with a wide freeze, and not with one of a single path beside what goes', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example'] });
  await accepted(line, { recipients: ['dora@near.example'], path: 'mx.near.example>b' as PathKey });
  await line.run('path', 'freeze', FAR, '--reason', 'repairs');
  assert.match((await line.run('queue', 'list')).out, /^Reference/);
  await line.run('path', 'freeze', 'egress:b', '--reason', 'renumbering');
  assert.match(
    (await line.run('queue', 'list')).out,
    /^Nothing in the queue .*\n(.*\n)*egress:b is frozen since .*: renumbering\n.* 1 delivery held back\.\n/,
  );
  await line.run('path', 'thaw', FAR);
  const some = await line.run('queue', 'list', '--domain', 'near.example');
  assert.match(some.out, /^egress:b is frozen since/);
  // What keeps nothing of it back is not told.
  assert.match((await line.run('queue', 'list', '--domain', 'far.example')).out, /^Reference/);
  await line.store.freeze({
    scope: 'all',
    cause: 'automatic',
    blame: 'local',
    since: Date.now(),
    reason: 'no name server answers',
    canary: { at: Date.now() + 30_000, everyMs: 5_000 },
  });
  assert.match(
    (await line.run('queue', 'list')).out,
    /All mail is frozen since .*, automatically: no name server answers\n {2}The fault is ours: .*; the next canary tries at .* 2 deliveries held back\.\n {2}To try at once: relais path thaw all/,
  );
});

test('queue list has the oldest first, whatever numbers its worker gave', async (t) => {
  const line = await CommandLine.open(t);
  const later = await line.store.reserveIds(100);
  const at = Date.now();
  const numbered = async (first: number, acceptedAt: number, to: string): Promise<void> => {
    const { store } = line;
    const acceptance = await anAcceptance(store, { recipients: [to] });
    const [delivery] = acceptance.deliveries;
    const deliveries = [{ ...delivery, id: (first + 1) as DeliveryId }] as Acceptance['deliveries'];
    await store.accept({
      ...acceptance,
      message: first as MessageId,
      deliveries,
      acceptedAt,
      expiresAt: at + 9e9,
    });
  };
  await numbered(later + 50, at - 60_000, 'old@far.example');
  await numbered(later, at, 'new@far.example');
  const all = (await line.run('queue', 'list')).out;
  assert.ok(all.indexOf('old@far.example') < all.indexOf('new@far.example'), all);
  const one = (await line.run('queue', 'list', '--limit', '1')).out;
  assert.match(one, /old@far\.example/);
  assert.doesNotMatch(one, /new@far\.example/);
});

test('queue list ends with when the backlog ends, in all and per path', async (t) => {
  const line = await CommandLine.open(t);
  const near = 'mx.near.example>default' as PathKey;
  const { reference } = await accepted(line, { recipients: ['bob@far.example'] });
  await accepted(line, { recipients: ['dora@near.example'], path: near });
  const at = Date.now();
  const first = { at, left: 600, perSecond: 2, endsAt: at + 300_000 };
  const last = { at, left: 1800, perSecond: 2.5, endsAt: at + 720_000 };
  await learnt(line, { path: FAR, pace: { level: 4, drain: first } });
  const worker = await learnt(line, { path: near, pace: { level: 4, drain: last } });
  const end = /; draining: 2400 deliveries at 4\.5 a second: about 12 minutes left, until .*\d\d:\d\d\.$/m;
  assert.match((await line.run('queue', 'list')).out, end);
  const { objects } = await line.run('queue', 'list', '--json');
  const iso = (ms: number): string => new Date(ms).toISOString();
  assert.deepEqual(objects.at(-1), {
    schema: 'relais.queue-total/1',
    total: {
      deliveries: 2,
      messages: 2,
      drain: { left: 2400, perSecond: 4.5, endsAt: iso(last.endsAt) },
      paths: [
        { path: FAR, drain: { left: 600, perSecond: 2, endsAt: iso(first.endsAt) } },
        { path: near, drain: { left: 1800, perSecond: 2.5, endsAt: iso(last.endsAt) } },
      ],
    },
  });
  const some = await line.run('queue', 'list', '--domain', 'far.example');
  assert.match(some.out, /draining: 600 deliveries at 2\.0 a second: about 5 minutes left/);
  const shown = await line.run('queue', 'show', reference);
  assert.match(shown.out, /^bob@far\.example: ready to be tried; its path drains: 600 deliveries/m);
  // One of which nobody knows the end leaves the end of all unknown.
  await line.store.keepPace({
    at: 1,
    worker,
    path: near,
    pace: { level: 4, drain: { at, left: 1800, perSecond: 0 } },
  });
  assert.match(
    (await line.run('queue', 'list')).out,
    /draining: 2400 deliveries, at a pace that is not known/,
  );
});

test('queue show tells what a frozen delivery stands still by', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['bob@far.example'] });
  await line.run('path', 'freeze', 'all', '--reason', 'a move');
  assert.match(
    (await line.run('queue', 'show', reference)).out,
    /^bob@far\.example: frozen since .*: a move \(all\)\n {2}We decided it: nothing is lost/m,
  );
  const [object] = (await line.run('queue', 'show', reference, '--json')).objects;
  assert.deepEqual([object?.['state'], object?.['pathState']], ['ready', 'frozen']);
});

test('queue show tells the far end’s words, whose fault, and the next try', async (t) => {
  const line = await CommandLine.open(t);
  const { reference, acceptance } = await accepted(line, { recipients: ['bob@far.example'] });
  await putOff(line);
  for (const name of [
    reference.toLowerCase(),
    String(acceptance.message),
    String(acceptance.deliveries[0]?.id),
  ]) {
    const { out, code } = await line.run('queue', 'show', name);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^Message   ${reference}, number \\d+, <\\d+@here\\.example>$`, 'm'));
    assert.match(out, /^bob@far\.example: waiting, next try \d{4}-/m);
    assert.match(out, /^ {2}Lane {6}1 of 7, tried once$/m);
    assert.match(out, /^ {2}Fault {5}The fault is at the recipient/m);
    assert.match(
      out,
      /^ {2}mx1\.far\.example \[192\.0\.2\.9\]:25 said:\n {4}451 4\.7\.1 Greylisted\n {4}please wait$/m,
    );
  }
  const [object] = (await line.run('queue', 'show', reference, '--json')).objects as [
    Record<string, unknown>,
  ];
  assert.equal((object['last'] as { blame: string }).blame, 'recipient');
  assert.equal((await line.run('queue', 'show', '999999')).code, 3);
  assert.equal((await line.run('queue', 'show', 'RNONSENSE1234')).code, 3, 'it looks like one');
  assert.equal((await line.run('queue', 'show', 'nonsense')).code, 2);
});

test('queue show counts the tries that do not count, and says why', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['bob@far.example'] });
  const lane = async (): Promise<string | undefined> =>
    /^ {2}Lane {6}live, (.*)$/m.exec((await line.run('queue', 'show', reference)).out)?.[1];
  assert.equal(await lane(), 'not tried yet');
  const reply = { ...GREYLISTED, stage: 'connect', text: 'connection refused' } as const;
  const again = (about: { attempted: boolean }): Promise<void> =>
    tried(line, () => ({ next: { state: 'ready' }, ...about, reply, blame: 'path' }));
  await again({ attempted: false });
  assert.equal(await lane(), 'tried once; that does not count, because the fault was not its own');
  await again({ attempted: false });
  assert.equal(await lane(), 'tried 2 times; none of that counts, because the fault was not its own');
  await again({ attempted: true });
  assert.equal(await lane(), 'tried 3 times, of which 1 counts: the fault of the others was not its own');
});

test('queue list says what a delivery stands still by in a few words, and once', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example'] });
  const reply: RemoteReply = {
    ...GREYLISTED,
    stage: 'mail',
    code: 550,
    text: `refused (S3150) ${'x'.repeat(300)}`,
  };
  await tried(line, () => ({ next: { state: 'ready' }, attempted: false, reply, blame: 'reputation' }));
  const scope = `path:${FAR}` as const;
  const since = Date.now() - 60_000;
  const canary = { at: since, everyMs: 60_000 };
  const freeze = {
    scope,
    cause: 'automatic',
    blame: 'reputation',
    since,
    reason: reply.text,
    reply,
    canary,
  } as const;
  const about = {
    provider: 'outlook-consumer',
    egress: 'a',
    blame: 'reputation',
    class: 'ip-blocked',
  } as const;
  await line.store.hold({ freeze, about: { ...about, pauseMs: 60_000, level: 1 }, replies: [] });
  const [found] = await line.store.cases({ since: 0, limit: 1 });
  const { out } = await line.run('queue', 'list');
  assert.ok(
    out.includes(`      bob@far.example  frozen: Outlook.com refuses our address (case ${found?.id})\n\n`),
    out,
  );
  assert.equal(out.split('S3150').length, 2, 'once, in what stands above');
  assert.match(out, /the next canary tries now, or as soon as there is one\. 1 delivery held back/);
});

test('a provider that refused us and has nothing waiting is not told above an empty queue', async (t) => {
  const line = await CommandLine.open(t);
  const since = Date.now() - 60_000;
  const canary = { at: since, everyMs: 60_000 };
  const scope = 'provider:yahoo>a' as const;
  await line.store.freeze({
    scope,
    cause: 'automatic',
    blame: 'reputation',
    since,
    reason: '[TSS04]',
    canary,
  });
  assert.equal((await line.run('queue', 'list')).out, 'Mail queue is empty\n');
  await line.run('path', 'freeze', 'all', '--reason', 'a move');
  assert.match((await line.run('queue', 'list')).out, /^All mail is frozen since .*: a move\n/);
});

test('a change needs a filter and a reason, and can be looked at first', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example', 'carl@far.example'] });
  const open = await line.run('queue', 'hold', '--reason', 'x');
  assert.equal(open.code, 2);
  assert.match(open.err, /--all/);
  assert.equal((await line.run('queue', 'hold', '--domain', 'far.example')).code, 2);
  const dry = await line.run('queue', 'hold', '--domain', 'far.example', '--dry-run');
  assert.equal(dry.code, 0);
  assert.match(dry.out, /^To hold: 2 deliveries of 1 message from 1 sender, the oldest accepted \d{4}-/);
  assert.equal((await line.store.countQueue({ state: 'held' })).deliveries, 0);
  assert.equal((await line.run('queue', 'release', '--domain', 'far.example', '--reason', 'x')).code, 3);
});

test('the undo of a hold releases what it held and nothing else', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['bob@far.example'] });
  await line.run('queue', 'hold', '--all', '--reason', 'before');
  await accepted(line, { recipients: ['carl@far.example', 'dora@far.example'] });
  const { objects, code } = await line.run(
    'queue',
    'hold',
    '--domain',
    'far.example',
    '--reason',
    "it's odd",
    '--json',
  );
  assert.equal(code, 0);
  const [{ action, changed, deliveries, undo }] = objects as [Record<string, unknown>];
  assert.deepEqual([action, changed, deliveries], ['hold', 2, 2]);
  assert.match(
    String(undo),
    /^relais queue release --domain far\.example --hold-reason 'it'\\''s odd' --reason/,
  );
  const words = [
    'queue',
    'release',
    '--domain',
    'far.example',
    '--hold-reason',
    "it's odd",
    '--reason',
    'undo',
  ];
  assert.match((await line.run(...words)).out, /Released 2 deliveries\./);
  assert.equal((await line.store.countQueue({ state: 'held' })).deliveries, 1);
});

test('retry makes what waits ready now, and cancel ends it for good', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['bob@far.example'] });
  await putOff(line);
  assert.match(
    (await line.run('queue', 'retry', reference, '--reason', 'repaired')).out,
    /Sent to their next try: 1 delivery/,
  );
  assert.equal((await line.store.countQueue({ state: 'ready' })).deliveries, 1);
  const cancelled = await line.run('queue', 'cancel', '--message', reference, '--reason', 'spam');
  assert.match(cancelled.out, /Cancelled 1 delivery\.\nThis cannot be undone/);
  assert.equal((await line.store.countQueue({})).deliveries, 0);
});

test('retry names the paths that it wakes, and how much is on each', async (t) => {
  const line = await CommandLine.open(t);
  const near = 'mx.near.example>default' as PathKey;
  await accepted(line, { recipients: ['bob@far.example', 'carl@far.example'] });
  await accepted(line, { recipients: ['dora@near.example'], path: near });
  await accepted(line, { recipients: ['held@near.example'], path: near, sender: 'held@here.example' });
  await line.run('queue', 'hold', '--sender', 'held@here.example', '--reason', 'x');
  await line.run('path', 'freeze', FAR, '--reason', 'repairs');
  const { out } = await line.run('queue', 'retry', '--all', '--reason', 'repaired');
  assert.match(
    out,
    /next try: 3 deliveries\.\n {2}2 on mx\.far\.example>default, which is frozen.*\n {2}1 on mx\.near\.example>default\n/,
  );
  const { objects } = await line.run('queue', 'retry', '--path', near, '--reason', 'again', '--json');
  assert.deepEqual(objects[0]?.['paths'], [{ path: near, deliveries: 1, frozen: 0 }]);
});

test('a change goes through all of a long queue, in batches', async (t) => {
  const line = await CommandLine.open(t);
  for (let round = 0; round < 6; round++) {
    await accepted(line, { recipients: Array.from({ length: 200 }, (_, index) => `r${index}@far.example`) });
  }
  const { objects } = await line.run('queue', 'hold', '--all', '--reason', 'x', '--json');
  assert.equal(objects[0]?.['changed'], 1200);
});

test('queue show --content says when octets of a message are missing', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['bob@far.example'] });
  const whole = await line.run('queue', 'show', reference, '--content');
  assert.deepEqual([whole.code, whole.err], [0, '']);
  const db = new DatabaseSync(join(line.data, 'relais.db'));
  db.exec('UPDATE content SET bytes = substr(bytes, 1, 5)');
  db.close();
  const { code, out, err } = await line.run('queue', 'show', reference, '--content');
  assert.deepEqual([code, out], [1, whole.out.slice(0, 5)]);
  assert.match(
    err,
    new RegExp(`damaged: of ${whole.out.length} octets that were received the store has 5$`, 'm'),
  );
});
