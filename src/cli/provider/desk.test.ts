import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine, tried } from '../../../test/command-line.ts';
import { dnsServer } from '../../../test/dns.ts';
import { newWorker } from '../../../test/stores.ts';
import type { PathKey, RemoteReply } from '../../core/envelope.ts';
import type { Scope } from '../../core/queue/freeze.ts';

const YAHOO = 'mta5.am0.yahoodns.net,mta6.am0.yahoodns.net>a' as PathKey;
const REPLY: RemoteReply = {
  stage: 'mail',
  code: 421,
  enhanced: '4.7.0',
  text: '[TSS04] Messages from 8.8.4.4 temporarily deferred',
  afterMs: 4,
};

async function held(
  line: CommandLine,
  about: { customer?: string; blame?: 'sender'; egress?: string } = {},
): Promise<Scope> {
  const { customer, blame = 'reputation', egress = 'a' } = about;
  const scope: Scope = customer === undefined ? `provider:yahoo>${egress}` : `customer:${customer}>yahoo`;
  const at = Date.now() - 60_000;
  const said = { path: YAHOO, reply: REPLY, class: 'ip-throttled', rule: 'yahoo/slowed-address' };
  await line.store.hold({
    freeze: {
      scope,
      cause: 'automatic',
      blame,
      since: at,
      reason: REPLY.text,
      reply: REPLY,
      canary: { at: at + 7_200_000, everyMs: 7_200_000 },
    },
    about: {
      provider: 'yahoo',
      egress,
      blame,
      class: 'ip-throttled',
      pauseMs: 7_200_000,
      level: 4,
      ...(customer === undefined ? {} : { customer }),
    },
    replies: ['bad.example', 'bad.example', 'here.example'].map((one) => ({ at, customer: one, ...said })),
  });
  return scope;
}

test('provider list and show say what is held, why, and what happens next', async (t) => {
  const line = await CommandLine.open(t);
  assert.match((await line.run('provider', 'list')).out, /^No provider yet/);
  await accepted(line, { recipients: ['a@yahoo.com', 'b@yahoo.com'], path: YAHOO });
  assert.match((await line.run('provider', 'list')).out, /^yahoo +ok +2 /m);
  await held(line);
  assert.match(
    (await line.run('provider', 'list')).out,
    /^yahoo +held +2 .* 1\n {2}Yahoo refuses our address \(egress a\): held since/m,
  );
  const { out } = await line.run('provider', 'show', 'aol.com');
  assert.match(out, /^Provider {2}Yahoo \(yahoo\)$/m);
  assert.match(out, /^ {2}Said {5}421 4\.7\.0 \[TSS04\]/m);
  assert.match(out, /^ {2}Waiting {2}2 deliveries of 1 customer/m);
  assert.match(out, /relais provider retry yahoo/);
  const { objects } = await line.run('provider', 'show', 'yahoo', '--json');
  assert.deepEqual([objects[0]?.['state'], objects[0]?.['provider']], ['held', 'yahoo']);
  const unknown = await line.run('provider', 'show', 'yaho');
  assert.deepEqual([unknown.code, /Did you mean 'yahoo'/.test(unknown.err)], [3, true]);
  assert.match((await line.run('doctor')).out, /^-- {2}provider .*relais provider list/ms);
  assert.match((await line.run('queue', 'list')).out, /frozen: Yahoo refuses our address \(case 1\)$/m);
});

test('provider case has their words, who is likely behind it, what we find, whom to ask, and what to paste', async (t) => {
  const zone = new Map<string, readonly unknown[]>([
    ['PTR 4.4.8.8.in-addr.arpa', ['mail.here.example']],
    ['A mail.here.example', ['8.8.4.4']],
    ['A 4.4.8.8.zen.spamhaus.org', ['127.0.0.3']],
    ['A 4.4.8.8.bl.spamcop.net', ['127.255.255.254']],
  ]);
  const dns = await dnsServer(t, zone);
  const line = await CommandLine.open(
    t,
    `[dns]\nservers = ["${dns}"]\n[dnsbl]\nlists = ["zen.spamhaus.org", "bl.spamcop.net", "psbl.surriel.com"]\n`,
  );
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line);
  const { out, code } = await line.run('provider', 'case', 'yahoo');
  assert.equal(code, 0);
  assert.match(out, /^ {2}3 times: 421 4\.7\.0 \[TSS04\].*\(at mail\)$/m);
  assert.match(out, /Likely behind it:\n {2}mail of bad\.example.*2 of the 3 refusals/);
  assert.match(out, /^ {2}ok {2}PTR: 8\.8\.4\.4 is called mail\.here\.example, which leads back to it$/m);
  assert.match(out, /^ {2}ok {2}EHLO: mail\.here\.example is 8\.8\.4\.4$/m);
  assert.match(out, /^ {2}!! {2}block list: 8\.8\.4\.4 is on zen\.spamhaus\.org \(Spamhaus CSS\)$/m);
  assert.match(out, /^ {2}-- {2}block list: bl\.spamcop\.net does not tell us/m);
  assert.match(out, /^Ask: https:\/\/senders\.yahooinc\.com\/$/m);
  assert.match(out, /^ {2}\| IP address: 8\.8\.4\.4$/m);
  const { objects } = await line.run('provider', 'case', '1', '--json', '--no-checks');
  assert.deepEqual([objects[0]?.['id'], objects[0]?.['checks']], [1, []]);
  assert.equal((await line.run('provider', 'case', '77')).code, 3);
});

test('provider retry has the next message tried at once, and makes the next pause no longer', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  assert.equal((await line.run('provider', 'retry', 'yahoo')).code, 3);
  await held(line, { customer: 'here.example' });
  const dry = await line.run('provider', 'retry', 'yahoo', '--dry-run');
  assert.match(dry.out, /nothing was changed/);
  assert.ok(((await line.store.freezes(0)).freezes[0]?.canary?.at ?? 0) > Date.now());
  const retried = await line.run('provider', 'retry', 'yahoo');
  assert.equal(retried.code, 0);
  assert.match(retried.out, /one message tries as soon as a server looks; none runs here now\./);
  assert.match(
    (await line.run('provider', 'show', 'yahoo')).out,
    /^ {2}Retried {2}\S+ \S+ by \S+: no answer yet$/m,
  );
  const { canary } = (await line.store.freezes(0)).freezes[0] ?? {};
  assert.ok(canary !== undefined && canary.at <= Date.now() && canary.everyMs === 3_600_000);
  // Nobody took that turn yet: it is the same one.
  assert.equal((await line.run('provider', 'retry', 'yahoo')).code, 0);
  assert.equal((await line.store.freezes(0)).freezes[0]?.canary?.everyMs, 3_600_000);
  assert.match((await line.run('provider', 'case', 'yahoo', '--no-checks')).out, /asked for a try at once/);
});

test('where all of a case waits for its own next try, a retry takes the best of it now', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com', 'b@yahoo.com'], path: YAHOO });
  await held(line, { customer: 'here.example', blame: 'sender' });
  const dueAt = Date.now() + 14_400_000;
  await tried(
    line,
    () => ({ next: { state: 'waiting', dueAt, lane: 3 }, reply: REPLY, blame: 'sender' }),
    YAHOO,
  );
  const due = async (): Promise<number> =>
    (await line.store.listQueue({ filter: {}, limit: 10 })).filter((one) => one.dueAt <= Date.now()).length;
  await line.run('provider', 'retry', 'yahoo', '--dry-run');
  assert.equal(await due(), 0);
  await line.run('provider', 'retry', 'yahoo');
  assert.equal(await due(), 1);
  await line.run('provider', 'retry', 'yahoo');
  assert.equal(await due(), 1, 'that one is there to try');
});

test('what became of a retry is told as it was, and who thawed what', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  const scope = await held(line);
  const became = async (what: RegExp): Promise<void> =>
    assert.match((await line.run('provider', 'show', 'yahoo')).out, what);
  await line.run('provider', 'retry', '1');
  await became(/^ {2}Retried .*: no answer yet$/m);
  const event = { at: Date.now(), kind: 'tried', detail: { pauseMs: 7_200_000 } } as const;
  await line.store.noteCase({ scope, event });
  await became(/^ {2}Retried .*: not taken \d/m);
  await line.run('provider', 'retry', 'yahoo');
  await line.run('path', 'thaw', scope, '--reason', 'they said so');
  await became(/^ {2}Retried .*: no answer before \S+ thawed it \d/m);
  const { out } = await line.run('provider', 'case', '1', '--no-checks');
  assert.match(out, /a message tried, and was not taken; the next message tries it after 2 h/);
  assert.match(out, /thawed it \(they said so\): mail goes again/);
});

test('one case alone is tried by its number; where nothing waits nothing is said to try', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line, { customer: 'here.example' });
  await held(line, { customer: 'gone.example' });
  assert.equal((await line.run('provider', 'retry', '2')).code, 0);
  const due = (await line.store.freezes(0)).freezes.filter(
    ({ canary }) => canary !== undefined && canary.at <= Date.now(),
  );
  assert.deepEqual(
    due.map(({ scope }) => scope),
    ['customer:gone.example>yahoo'],
  );
  const empty = await line.run('provider', 'retry', '2');
  assert.match(
    empty.out,
    /nothing waits that could try\.\n {2}Case 2 keeps nothing: the next message for it/,
  );
  assert.match(empty.out, /^(?!.*tries now)/s);
  const told =
    /gone\.example.*nothing waits that could try it: the next message does; without any for 3 days/;
  assert.match((await line.run('provider', 'list')).out, told);
  assert.match(
    (await line.run('provider', 'case', '2', '--no-checks')).out,
    /^Now .*nothing waits that could/m,
  );
  assert.match((await line.run('provider', 'retry', 'yahoo')).out, /one message of each of 1 of its 2 cases/);
  assert.equal((await line.run('provider', 'retry', '77')).code, 3);
});

test('what is being tried is counted alike by list, show and path list', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com', 'b@yahoo.com', 'c@yahoo.com'], path: YAHOO });
  const scope = await held(line);
  const worker = await newWorker(line.store);
  await line.store.acquirePaths({ worker, now: Date.now(), limit: 1, only: YAHOO });
  const parts = [{ lane: 0, since: 0, before: Date.now() + 1, limit: 2 }];
  await line.store.claim({ worker, path: YAHOO, parts });
  await line.store.thaw({ scope, cause: 'automatic', at: Date.now() });
  assert.match((await line.run('provider', 'list')).out, /^yahoo +returning +1 +2 /m);
  assert.match((await line.run('path', 'list', '--json')).out, /"ready":1,.*"leased":2/);
  assert.match(
    (await line.run('provider', 'show', 'yahoo')).out,
    /^ {2}Waiting {2}1 delivery of 1 customer, .*; 2 deliveries being tried, or about to be/m,
  );
});

test('the freeze of one customer counts its own mail when it is thawed, and is told beside the path', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await accepted(line, {
    recipients: ['b@yahoo.com', 'c@yahoo.com'],
    path: YAHOO,
    customer: 'other.example/-',
  });
  const scope = await held(line, { customer: 'other.example' });
  const listed = await line.run('path', 'list');
  assert.match(listed.out, /^ {2}2 of its 3 ready or waiting stand still for their customers$/m);
  const dry = await line.run('path', 'thaw', scope, '--dry-run');
  assert.match(dry.out, /^Would thaw after .*: 2 deliveries can go on/m);
  const wide = await held(line);
  assert.match((await line.run('path', 'thaw', scope, '--dry-run')).out, /: 0 deliveries can go on/);
  const { out } = await line.run('path', 'thaw', wide, '--dry-run');
  assert.match(out, /: 1 delivery can go on[\s\S]*^Still: 2 deliveries there, frozen for their customers/m);
  const spread = await CommandLine.open(t, TWO);
  await accepted(spread, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(spread);
  const [tried] = (await spread.run('provider', 'spread', 'yahoo', '--dry-run', '--json')).objects;
  assert.deepEqual(tried?.['ways'], [{ block: 'provider:yahoo>a', leavesBy: ['b'], deliveries: 1 }]);
});

test('a customer that is held is told of alone', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  const scope = await held(line, { customer: 'here.example', blame: 'sender' });
  assert.match((await line.run('provider', 'list')).out, /^yahoo +held for 1 customer +1 /m);
  assert.match(
    (await line.run('provider', 'show', 'yahoo')).out,
    /Yahoo refuses mail of here\.example, for its own sake; others go on/,
  );
  assert.match((await line.run('trace')).out, /They refuse mail of the sender’s domain/);
  assert.equal((await line.run('path', 'thaw', scope)).code, 0);
  const [one] = await line.store.cases({ since: 0, limit: 1 });
  assert.equal(one?.state, 'returning');
});

test('with two cases each names the other, and a retry of the queue says whose mail stands still', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await accepted(line, { recipients: ['b@yahoo.com'], path: YAHOO, customer: 'other.example/-' });
  await held(line, { customer: 'here.example' });
  const frozen = await line.run('path', 'list');
  assert.match(frozen.out, /^Mail of here\.example to yahoo .*\n.* 1 delivery held back\.$/m);
  const { out } = await line.run('queue', 'retry', '--all', '--reason', 'they are back');
  assert.match(out, /next try: 2 deliveries\.\n {2}2 on \S+, of which 1 stand still for their customer/);
  await held(line, { customer: 'gone.example' });
  const shown = await line.run('provider', 'case', 'yahoo', '--no-checks');
  assert.match(
    shown.out,
    /^Also {5}case 1 is open: Yahoo refuses mail of here\.example.* \(relais provider case 1\)$/m,
  );
});

test('queue list sends whoever reads of a block to the page of its provider, which says what a try may cost', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line);
  assert.match((await line.run('queue', 'list')).out, /go on: relais provider show yahoo( |$)/m);
});

test('suppression add, list and remove', async (t) => {
  const line = await CommandLine.open(t);
  assert.match((await line.run('suppression', 'list')).out, /^None\./);
  assert.equal((await line.run('suppression', 'add', 'Gone@far.example')).code, 2, 'a reason is needed');
  await line.store.addDomain({ name: 'own.example', language: 'en', createdAt: 0, keys: [] });
  const own = await line.run('suppression', 'add', 'ann@own.example', '--reason', 'gone');
  assert.match(own.err, /own\.example is a domain here: its mail is kept here/);
  const added = await line.run('suppression', 'add', 'Gone@far.example', '--reason', 'moved', '--for', '30d');
  const long = await line.run('suppression', 'add', 'a@far.example', '--reason', 'x', '--for', '9999d');
  assert.deepEqual([long.code, /^relais: --for 9999d is out .* 3650d/.test(long.err)], [2, true]);
  assert.match(added.out, /Undo: relais suppression remove gone@far\.example/);
  assert.match((await line.run('suppression', 'list')).out, /^gone@far\.example {2}since .*\n {2}moved$/m);
  const again = await line.run('suppression', 'add', 'gone@far.example', '--reason', 'moved again');
  assert.match(again.out, /\(Before, until .*: moved\. That is replaced\.\)/);
  assert.equal((await line.run('suppression', 'remove', 'gone@far.example')).code, 0);
  assert.equal((await line.run('suppression', 'remove', 'gone@far.example')).code, 3);
});

test('provider spread needs another egress and a block, says what it risks, and is told by show', async (t) => {
  const reason = ['--reason', 'ticket 4711'];
  const long = await (await CommandLine.open(t)).run(
    'provider',
    'spread',
    'yahoo',
    ...reason,
    '--for',
    '100h',
  );
  assert.deepEqual(
    [long.code, long.err],
    [2, 'relais: --for 100h is out of range: write a time from 1s to 24h; look again then\n'],
  );
  const single = await CommandLine.open(t, '[[egress]]\nname = "a"\naddress = "127.0.0.2"\n');
  await accepted(single, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(single);
  const alone = await single.run('provider', 'spread', 'yahoo', ...reason, '--for', '1h');
  assert.deepEqual([alone.code, /there is no other egress/.test(alone.err)], [1, true]);

  const two =
    '[[egress]]\nname = "a"\naddress = "127.0.0.2"\n[[egress]]\nname = "b"\naddress = "127.0.0.3"\n';
  const line = await CommandLine.open(t, two);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  const order = ['provider', 'spread', 'yahoo', ...reason, '--for', '1h'];
  assert.equal((await line.run(...order)).code, 3, 'nothing is blocked');
  await held(line);
  const tried = await line.run('provider', 'spread', 'yahoo', '--dry-run', '--json');
  assert.deepEqual([tried.code, tried.objects[0]?.['blocks']], [0, ['provider:yahoo>a']]);
  const shown = async (): Promise<unknown> =>
    (await line.run('provider', 'show', 'yahoo', '--json')).objects[0]?.['spreads'];
  assert.deepEqual(await shown(), []);
  assert.equal((await line.run(...order)).code, 0);
  const [spread, ...more] = (await shown()) as { scope: string; reason: string }[];
  assert.deepEqual([spread?.scope, spread?.reason, more.length], ['provider:yahoo', 'ticket 4711', 0]);
  assert.match(
    (await line.run('provider', 'unspread', 'yahoo', '--dry-run')).out,
    /would stay with its own egress again; .* Nothing was changed/,
  );
  assert.equal(((await shown()) as unknown[]).length, 1);
  assert.equal((await line.run('provider', 'unspread', 'yahoo', ...reason)).code, 0);
  assert.deepEqual(await shown(), []);
});

const TWO = '[[egress]]\nname = "a"\naddress = "127.0.0.2"\n[[egress]]\nname = "b"\naddress = "127.0.0.3"\n';
const ORDER = ['provider', 'spread', 'yahoo', '--reason', 'ticket 4711', '--for', '1h'];

test('provider spread says by which egress mail leaves; the block, while it does, that it is no longer tried', async (t) => {
  const line = await CommandLine.open(t, TWO);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line);
  assert.match((await line.run('provider', 'show', 'yahoo')).out, /^ {2}Now .*; one message tries it in/m);
  const spread = await line.run(...ORDER);
  assert.match(spread.out, /^Yahoo: what waits for egress a leaves by egress b \(1 delivery now\)\.$/m);
  const now =
    /Now .*held since .*; its mail leaves by egress b until \S+ \S+ \(\S+ had it spread\), and egress a is tried only with/;
  for (const words of [['show', 'yahoo'], ['case', '1', '--no-checks'], ['list']]) {
    const { out } = await line.run('provider', ...words);
    assert.match(out, words[0] === 'list' ? /its mail leaves by egress b until/ : now);
    assert.doesNotMatch(out, /one message tries it/);
  }
  const [found] = (await line.run('provider', 'case', '1', '--no-checks', '--json')).objects;
  const spreadOfIt = found?.['spread'] as { leavesBy: string[] } | undefined;
  assert.deepEqual(spreadOfIt?.leavesBy, ['b']);
});

test('provider spread refuses where every address is blocked, and show says when a spread is in vain', async (t) => {
  const line = await CommandLine.open(t, TWO);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line);
  assert.equal((await line.run(...ORDER)).code, 0);
  await held(line, { egress: 'b' });
  const { out } = await line.run('provider', 'show', 'yahoo');
  assert.match(
    out,
    /^Spread .*for egress a stays where it is: egress b is blocked there too; .*for egress b /m,
  );
  assert.match(out, /one message tries it in .*; spread in vain: egress b is blocked there too$/m);
  assert.equal((await line.run('provider', 'unspread', 'yahoo', '--reason', 'x')).code, 0);
  for (const more of [[], ['--dry-run']]) {
    const refused = await line.run(...ORDER, ...more);
    assert.deepEqual([refused.code, refused.out], [1, '']);
    assert.match(
      refused.err,
      /nothing can leave by another egress: for egress a, egress b is blocked there too; .*relais provider case yahoo/,
    );
  }
  assert.deepEqual(await line.store.spreads(Date.now()), []);
});

test('provider spread of one case passes over an address that is blocked as well, and one that an operator froze', async (t) => {
  const line = await CommandLine.open(t, `${TWO}[[egress]]\nname = "c"\naddress = "127.0.0.4"\n`);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line);
  await held(line, { egress: 'b' });
  const would = async (what: string): Promise<string> =>
    (await line.run('provider', 'spread', what, '--dry-run')).out;
  assert.match(await would('1'), /a would leave by egress c \(1 delivery now\)\.$/m);
  assert.match(
    await would('yahoo'),
    /a would leave by egress c \(1 delivery now\)\.\n.*egress b would leave by egress c \(0 deliveries now\)\.$/m,
  );
  assert.equal((await line.run('path', 'freeze', 'egress:c', '--reason', 'maintenance')).code, 0);
  const refused = await line.run('provider', 'spread', '1', '--dry-run');
  assert.deepEqual(
    [refused.code, /egress b is blocked there too, egress c stands still/.test(refused.err)],
    [1, true],
  );
});

test('provider spread helps no customer that is refused for its own sake', async (t) => {
  const line = await CommandLine.open(t, TWO);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  await held(line, { customer: 'bad.example' });
  const refused = await line.run(...ORDER);
  assert.equal(refused.code, 3);
  assert.match(refused.err, /so far only mail of bad\.example was refused, and only that is held/);
  await held(line);
  assert.match((await line.run(...ORDER)).out, /^Mail of bad\.example stays: only that was refused/m);
  assert.equal((await line.run('provider', 'spread', 'nobody', ...ORDER.slice(3))).code, 3);
});
