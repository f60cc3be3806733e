import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine, FAR, learnt } from '../../../test/command-line.ts';
import { type PathKey, UNROUTED } from '../../core/envelope.ts';
import type { Freeze } from '../../core/queue/freeze.ts';
import { nodeName } from '../node-name.ts';

test('path list shows what waits for each destination', async (t) => {
  const line = await CommandLine.open(t);
  assert.match((await line.run('path', 'list')).out, /^No path yet/);
  await accepted(line, { recipients: ['a@far.example', 'b@far.example'], at: Date.now() - 7_200_000 });
  await accepted(line, { recipients: ['a@new.example'], path: UNROUTED });
  const { out } = await line.run('path', 'list');
  assert.match(out, /^Path +State +Connections +Ready +Waiting +Trying +Held +Oldest +Next try +Owner$/m);
  assert.match(out, /^unrouted +open +1 +0 +0 +0 {2}\d+ s ago$/m);
  assert.match(out, /^mx\.far\.example>default +open +2 +0 +0 +0 {2}2 h 00 min ago$/m);
  const { objects } = await line.run('path', 'list', '--json');
  assert.deepEqual(
    objects.map(({ path, ready }) => [path, ready]),
    [
      ['', 1],
      [FAR, 2],
    ],
  );
});

test('what has no path yet is shown by its word, and by no empty name', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@new.example'], path: UNROUTED });
  assert.match((await line.run('path', 'show', 'unrouted')).out, /^Path {6}unrouted$/m);
  for (const verb of ['show', 'thaw', 'freeze']) {
    const empty = await line.run('path', verb, '', ...(verb === 'freeze' ? ['--reason', 'x'] : []));
    assert.deepEqual([empty.code, empty.out], [2, '']);
    assert.match(empty.err, /^relais: (PATH|SCOPE) is empty: write relais path /);
  }
  assert.equal((await line.run('queue', 'list', '--path', '')).code, 2);
  assert.equal((await line.run('queue', 'list', '--path', 'unrouted')).code, 0);
});

test('path freeze says what it holds back, ends by itself, and prints a quoted undo', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example', 'b@far.example'] });
  assert.equal((await line.run('path', 'freeze', FAR)).code, 2);
  assert.match(
    (await line.run('path', 'freeze', FAR, '--dry-run')).out,
    /2 deliveries\.\nNothing was changed/,
  );
  const long = await line.run('path', 'freeze', FAR, '--reason', 'they asked', '--for', '999d');
  assert.deepEqual([long.code, /^relais: --for 999d is out of range: .* to 365d/.test(long.err)], [2, true]);
  const frozen = await line.run('path', 'freeze', FAR, '--reason', 'they asked', '--for', '30m');
  assert.equal(frozen.code, 0, frozen.err);
  assert.match(frozen.out, /^Undo: relais path thaw 'mx\.far\.example>default' --config /m);
  const [freeze, ...more] = (await line.store.freezes(0)).freezes;
  assert.deepEqual(
    [freeze?.scope, freeze?.cause, freeze?.blame, freeze?.reason, more.length],
    [`path:${FAR}`, 'operator', 'local', 'they asked', 0],
  );
  assert.equal((freeze?.until as number) - (freeze?.since as number), 1_800_000);
  assert.match(
    (await line.run('path', 'show', 'mx.far.example')).out,
    /^State {5}frozen since .* until .*: they asked$/m,
  );
  assert.match((await line.run('path', 'list')).out, /^ {2}frozen since/m);
});

test('path thaw opens what is frozen', async (t) => {
  const line = await CommandLine.open(t);
  await line.run('path', 'freeze', FAR, '--reason', 'before anything is sent');
  const thawed = await line.run('path', 'thaw', FAR, '--json');
  assert.equal(thawed.objects[0]?.['state'], 'open');
  assert.match(
    String(thawed.objects[0]?.['undo']),
    /^relais path freeze 'mx\.far\.example>default' --reason 'before anything is sent'/,
  );
  assert.equal((await line.run('path', 'thaw', FAR)).code, 3);
});

test('path thaw --dry-run says what would go on, and what would still not, and changes nothing', async (t) => {
  const line = await CommandLine.open(t);
  await spread(line);
  await line.run('path', 'freeze', 'all', '--reason', 'a move');
  await line.run('path', 'freeze', FAR, '--reason', 'they asked');
  const dry = await line.run('path', 'thaw', 'all', '--dry-run');
  assert.match(
    dry.out,
    /^Would thaw after \d+ s: 5 deliveries can go on, oldest first\.\nStill: mx\.far\.example>default is frozen .*they asked\nNothing was changed \(--dry-run\)\.\n$/,
  );
  const [object] = (await line.run('path', 'thaw', 'all', '--dry-run', '--json')).objects;
  assert.deepEqual([object?.['dryRun'], object?.['deliveries'], object?.['undo']], [true, 6, undefined]);
  assert.deepEqual(
    (await line.store.freezes(0)).freezes.map(({ scope }) => scope),
    ['all', `path:${FAR}`],
  );
  assert.match((await line.run('path', 'thaw', 'all')).out, /^Thawed after \d+ s: 5 deliveries can go on/);
});

test('path show tells who froze it before, who let it go, and why', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  await line.run('path', 'freeze', 'all', '--reason', 'a new line');
  await line.run('path', 'thaw', 'all', '--reason', 'it bears');
  const shown = await line.run('path', 'show', 'mx.far.example');
  assert.match(shown.out, /^Before {4}all frozen .* by \S+: a new line; .* thawed by \S+: it bears$/m);
  const [object] = (await line.run('path', 'show', 'mx.far.example', '--json')).objects;
  assert.equal((object?.['thawed'] as { thawReason: string }[] | undefined)?.[0]?.thawReason, 'it bears');
});

test('a path that is not there is named with what is near', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  const near = await line.run('path', 'show', 'mx.fra.example>default');
  assert.deepEqual(
    [near.code, near.err],
    [3, `relais: there is no path mx.fra.example>default. Did you mean '${FAR}'?\n`],
  );
  assert.equal((await line.run('path', 'freeze', 'nowhere', '--reason', 'x')).code, 3);
});

const GOOGLE = 'aspmx.l.google.com>default' as PathKey;
const OTHER = 'mx.other.example>b' as PathKey;

/** Three on a provider's path, one on an egress `b`, one on the far path, one without a path. */
async function spread(line: CommandLine): Promise<void> {
  await accepted(line, { recipients: ['a@g.example', 'b@g.example', 'c@g.example'], path: GOOGLE });
  await accepted(line, { recipients: ['a@other.example'], path: OTHER });
  await accepted(line, { recipients: ['a@far.example'] });
  await accepted(line, { recipients: ['a@new.example'], path: UNROUTED });
}

async function frozenPaths(line: CommandLine): Promise<string[]> {
  const { objects } = await line.run('path', 'list', '--json');
  return objects.filter(({ state }) => state === 'frozen').map(({ path }) => path as string);
}

test('a scope holds back every path that lies in it, and says how much that is', async (t) => {
  const cases: readonly (readonly [string, RegExp, readonly string[]])[] = [
    ['provider:google', /with provider:google: 3 deliveries on 1 path: aspmx/, [GOOGLE]],
    ['provider:gmail', /with provider:google: 3 deliveries on 1 path: aspmx/, [GOOGLE]],
    ['egress:b', /with egress:b: 1 delivery on 1 path: mx\.other/, [OTHER]],
    ['site:mx.far.example', /with site:mx\.far\.example: 1 delivery on 1 path: mx\.far/, [FAR]],
    ['mx.far.example', /with site:mx\.far\.example: 1 delivery/, [FAR]],
    [OTHER, /on mx\.other\.example>b: 1 delivery\.$/m, [OTHER]],
    ['node', /: 6 deliveries on 4 paths: unrouted/, [UNROUTED, GOOGLE, FAR, OTHER]],
    ['all', /with all: 6 deliveries on 4 paths: unrouted/, [UNROUTED, GOOGLE, FAR, OTHER]],
  ];
  const line = await CommandLine.open(t);
  await spread(line);
  for (const [scope, said, frozen] of cases) {
    const dry = await line.run('path', 'freeze', scope, '--dry-run');
    assert.match(dry.out, said);
    assert.deepEqual(await frozenPaths(line), []);
    const ran = await line.run('path', 'freeze', scope, '--reason', 'a move', '--json');
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual([ran.objects[0]?.['state'], ran.objects[0]?.['blame']], ['frozen', 'local']);
    assert.deepEqual(await frozenPaths(line), frozen, scope);
    assert.equal((await line.run('path', 'thaw', scope)).code, 0);
    assert.deepEqual(await frozenPaths(line), []);
  }
});

test('a provider is known by what its worker learnt, a node by the workers that own the paths', async (t) => {
  const line = await CommandLine.open(t);
  await spread(line);
  await learnt(line, { path: OTHER, provider: 'letterbox', pace: { level: 7 }, node: 'beside' });
  await line.run('path', 'freeze', 'provider:letterbox', '--reason', 'x');
  assert.deepEqual(await frozenPaths(line), [OTHER]);
  await line.run('path', 'thaw', 'provider:letterbox');
  await line.run('path', 'freeze', 'node:beside', '--reason', 'x');
  assert.deepEqual(await frozenPaths(line), [OTHER]);
  await line.run('path', 'thaw', 'node:beside');
  await line.run('path', 'freeze', 'node', '--reason', 'x');
  assert.deepEqual(await frozenPaths(line), [UNROUTED, GOOGLE, FAR]);
  const [{ scope }] = (await line.store.freezes(0)).freezes as [Freeze];
  assert.equal(scope, `node:${nodeName(line.data)}`);
});

test('a scope that nobody knows is answered with what is near', async (t) => {
  const line = await CommandLine.open(t, '[[egress]]\nname = "spare"\naddress = "192.0.2.1"\n');
  await spread(line);
  for (const [scope, hint] of [
    ['provider:gogle', /no provider gogle\. Did you mean 'provider:google'\?/],
    ['egress:spaer', /no egress spaer\. Did you mean 'egress:spare'\?/],
    ['egress:wrong-one', /Those that are: spare, default, b$/m],
    ['provider:nosuch', /no provider nosuch\. Those that are: relais provider list --config /],
    ['site:mx.fra.example', /Did you mean 'site:mx\.far\.example'\?/],
    ['google', /Did you mean 'provider:google'\?/],
  ] as const) {
    const ran = await line.run('path', 'freeze', scope, '--reason', 'x');
    assert.equal(ran.code, 3, scope);
    assert.match(ran.err, hint);
  }
  const unrouted = await line.run('path', 'freeze', 'unrouted', '--reason', 'x');
  assert.deepEqual([unrouted.code, (await line.store.freezes(0)).freezes], [2, []]);
});

test('the blame of a freeze says what the clock does, and an undo brings back what was', async (t) => {
  const line = await CommandLine.open(t);
  assert.equal((await line.run('path', 'freeze', 'all', '--reason', 'x', '--blame', 'mine')).code, 2);
  const path = await line.run('path', 'freeze', 'all', '--reason', 'dead', '--blame', 'path');
  assert.match(path.out, /its time runs on/);
  const again = await line.run('path', 'freeze', 'all', '--reason', 'ours', '--for', '1h');
  assert.match(again.out, /its time does not run\. It was frozen since .* \(dead\)/);
  assert.match(again.out, /^Undo: relais path freeze all --reason dead --blame path /m);
  const thawed = await line.run('path', 'thaw', 'all');
  assert.match(thawed.out, /^Undo: relais path freeze all --reason ours --for (3600|3599)s /m);
});

test('a freeze whose time is over is not prolonged by the next', async (t) => {
  const line = await CommandLine.open(t);
  const since = Date.now() - 7_200_000;
  await line.store.freeze({
    scope: 'all',
    cause: 'operator',
    blame: 'local',
    since,
    reason: 'old',
    until: since + 60_000,
  });
  assert.doesNotMatch((await line.run('path', 'list')).out, /All mail/);
  await line.run('path', 'freeze', 'all', '--reason', 'new');
  const { freezes, stoppages } = await line.store.freezes(0);
  assert.ok((freezes[0]?.since ?? 0) > since);
  assert.deepEqual(
    stoppages.map(({ from, to }) => to - from),
    [60_000],
  );
});

const canary = { at: Date.now() + 45_000, everyMs: 20_000 };
const REFUSED: Freeze = {
  scope: `path:${FAR}`,
  cause: 'automatic',
  blame: 'path',
  since: Date.now() - 60_000,
  reason: 'connection refused',
  canary,
};

test('an automatic freeze shows whose fault it is and its canary, and can be thawed by hand', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  await line.store.freeze(REFUSED);
  const { out } = await line.run('path', 'show', FAR);
  assert.match(out, /^State {5}frozen since \S+ \S+, automatically: connection refused$/m);
  assert.match(
    out,
    /^ {10}The fault is theirs: its time runs on, .*; the next canary tries at .* \(in \d+ s\)\.$/m,
  );
  const [shown] = (await line.run('path', 'list', '--json')).objects;
  assert.deepEqual(shown?.['freezes'], [
    {
      ...REFUSED,
      since: new Date(REFUSED.since).toISOString(),
      canary: { ...canary, at: new Date(canary.at).toISOString() },
    },
  ]);
  const thawed = await line.run('path', 'thaw', 'mx.far.example');
  assert.match(thawed.out, /1 delivery can go on/);
  assert.match(
    thawed.out,
    /again by itself\. To keep it back yourself: .* --reason 'connection refused' --blame path/m,
  );
  assert.deepEqual(await frozenPaths(line), []);
});

test('thaw ends what the operator began; the automatic freeze of the same only when asked', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  await line.store.freeze(REFUSED);
  await line.run('path', 'freeze', FAR, '--reason', 'x');
  const first = await line.run('path', 'thaw', FAR);
  assert.match(first.out, /0 deliveries can go on.*\nStill: mx\.far\.example>default is frozen .*refused/);
  await line.run('path', 'freeze', FAR, '--reason', 'x');
  assert.equal((await line.run('path', 'thaw', FAR, '--automatic', '--json')).objects[0]?.['state'], 'open');
});

test('thaw of what stands still with something wider says with what', async (t) => {
  const line = await CommandLine.open(t);
  await spread(line);
  await line.run('path', 'freeze', 'provider:google', '--reason', 'x');
  const ran = await line.run('path', 'thaw', GOOGLE);
  assert.equal(ran.code, 3);
  assert.match(
    ran.err,
    /not frozen by itself\. provider:google is frozen .* relais path thaw provider:google/,
  );
  assert.match((await line.run('path', 'thaw', FAR)).err, /is not frozen; nothing to do/);
});

test('path list tells a wide freeze once, first, and names it under each path', async (t) => {
  const line = await CommandLine.open(t);
  await spread(line);
  await line.run('path', 'freeze', 'all', '--reason', 'a move');
  const { out } = await line.run('path', 'list');
  assert.match(
    out,
    /^All mail is frozen since .*: a move\n {2}We decided it: nothing is lost, and its time does not run\. 6 deliveries held back\.\n {2}To let it go: relais path thaw all /,
  );
  assert.equal(out.match(/a move/g)?.length, 1);
  assert.equal(out.match(/^ {2}frozen with all$/gm)?.length, 4);
});

test('a path that drains shows its connections, what is left, its rate and its end', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  const at = Date.now();
  const drain = { at, left: 1224, perSecond: 1.7, endsAt: at + 720_000 };
  await learnt(line, { path: FAR, pace: { level: 12, drain } });
  const told = /1224 deliveries at 1\.7 a second: about 12 minutes left, until (\S+ )?\d\d:\d\d$/m;
  const { out } = await line.run('path', 'list');
  assert.match(out, /^mx\.far\.example>default +draining +12 /m);
  assert.match(out, told);
  assert.match((await line.run('path', 'show', FAR)).out, told);
  const [object] = (await line.run('path', 'list', '--json')).objects;
  assert.deepEqual(
    [object?.['state'], object?.['connections'], object?.['drain'], object?.['freezes']],
    ['draining', 12, { left: 1224, perSecond: 1.7, endsAt: new Date(drain.endsAt).toISOString() }, []],
  );
  await line.run('path', 'freeze', FAR, '--reason', 'x');
  assert.equal((await line.run('path', 'list', '--json')).objects[0]?.['drain'], undefined);
});

test('an estimate of a server that no longer runs is not told', async (t) => {
  const line = await CommandLine.open(t);
  const at = Date.now() - 120_000;
  await learnt(line, { path: FAR, pace: { level: 3, drain: { at, left: 5, perSecond: 1, endsAt: at } } });
  assert.match((await line.run('path', 'show', FAR)).out, /^State {5}open$/m);
});

test('a path whose tries fail says so, with what was said last, until it stands still', async (t) => {
  const line = await CommandLine.open(t);
  const { reference } = await accepted(line, { recipients: ['a@far.example'] });
  const at = Date.now();
  const reply = { stage: 'banner', code: 421, text: 'try later', afterMs: 5 } as const;
  await learnt(line, { path: FAR, pace: { level: 1, failing: { at, nextAt: at + 9_000, reply } } });
  const told = 'retrying: 421 try later; next try in \\d s';
  const { out } = await line.run('path', 'list');
  assert.match(out, new RegExp(`^mx\\.far\\.example>default +retrying .*\\n {2}${told}$`, 'm'));
  assert.match((await line.run('path', 'show', FAR)).out, new RegExp(`^State {5}${told}$`, 'm'));
  assert.match((await line.run('queue', 'show', reference)).out, new RegExp(`^a@far.example: ${told}$`, 'm'));
  const queue = await line.run('queue', 'list');
  assert.match(queue.out, new RegExp(`^ {6}a@far.example {2}${told}$`, 'm'));
  assert.doesNotMatch(out + queue.out, /drain/);
  const [object] = (await line.run('path', 'list', '--json')).objects;
  const failing = { reply, nextTryAt: new Date(at + 9_000).toISOString() };
  assert.deepEqual(
    [object?.['state'], object?.['failing'], object?.['drain']],
    ['retrying', failing, undefined],
  );
  await line.run('path', 'freeze', FAR, '--reason', 'x');
  assert.doesNotMatch((await line.run('path', 'list')).out, /retrying/);
});
