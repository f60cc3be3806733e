import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';

test('provider classify answers line by line, keeps what was given, and names a bad line', async (t) => {
  const line = await CommandLine.open(t);
  const input = [
    '{"id":7,"provider":"gmail","code":"550","text":"550 5.1.1 No such user"}',
    'not json',
    '',
    '{"code":550}',
    '{"code":"abc","text":"x"}',
    `{"text":"${'x'.repeat(70_000)}"}`,
    '{"mx":"mx1.free.fr","stage":"data","code":550,"text":"550 spam detected"}',
    '{"stage":"banner","code":null,"text":"421 4.7.0 Too many connections"}',
  ].join('\n');
  const ran = await line.feed(input, 'provider', 'classify', '--json');
  assert.equal(ran.code, 1);
  assert.match(ran.err, /4 lines of 8 could not be read/);
  const lines = ran.out
    .trimEnd()
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => JSON.parse(one));
  assert.deepEqual(lines[0], {
    id: 7,
    provider: 'gmail',
    code: '550',
    text: '550 5.1.1 No such user',
    class: 'recipient-unknown',
    scope: 'recipient',
    blame: 'recipient',
    confidence: 'high',
    rule: 'recipient/unknown',
  });
  assert.deepEqual(
    lines.slice(1, 5).map(({ line: number }) => number),
    [2, 4, 5, 6],
  );
  assert.match(lines[1].error, /^line 2: /);
  assert.match(lines[2].error, /^line 4: "text" is missing: /);
  assert.equal(lines[5].rule, 'free/spam');
  assert.equal(lines[6].class, 'conn-limit');
});

test('provider classify reads a stream in pieces, and what has no line end', async (t) => {
  const line = await CommandLine.open(t);
  const one = '{"code":550,"text":"550 5.1.1 Empfänger unbekannt"}\n';
  const ran = await line.feed(one.repeat(3_000) + one.trimEnd(), 'provider', 'classify', '--json');
  assert.equal(ran.code, 0, ran.err);
  assert.equal(ran.objects.length, 3_001);
  assert.ok(ran.objects.every((object) => object['class'] === 'recipient-unknown'));
  const people = await line.feed(one, 'provider', 'classify');
  assert.match(
    people.out,
    /^recipient-unknown \(recipient; fault: recipient; high; recipient\/unknown\): 550/,
  );
});

test('provider explain tells what it means, whose fault it is, and what to do, in two languages', async (t) => {
  const line = await CommandLine.open(t);
  const listed = '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org';
  const english = await line.run('provider', 'explain', listed);
  assert.equal(english.code, 0, english.err);
  assert.match(english.out, /^Means .*block list names our address/m);
  assert.match(english.out, /^Relais .*nothing bounces/m);
  assert.match(english.out, /^Ask .*check\.spamhaus\.org/m);
  const french = await line.run('provider', 'explain', listed, '--language', 'fr');
  assert.match(french.out, /^Sens .*liste noire nomme notre adresse/m);
  const asked = await line.run(
    'provider',
    'explain',
    '554 Service refuse',
    '--provider',
    'orange.fr',
    '--stage',
    'banner',
    '--json',
  );
  const [object] = asked.objects as [Record<string, unknown>];
  assert.equal(object['provider'], 'orange');
  assert.equal(object['class'], 'ip-blocked');
  assert.equal(object['course'], 'path-reputation');
});

test('provider explain says of an acceptance that it is one, and of greylisting whose fault the trace says it is', async (t) => {
  const line = await CommandLine.open(t);
  for (const text of ['250 Ok', '354 go ahead', '250 2.0.0 queued as 4711']) {
    const { out } = await line.run('provider', 'explain', text);
    assert.match(out, /^Means {3}No refusal: they accept .*\nRelais {2}.*\nYou {5}Nothing\./);
    assert.doesNotMatch(out, /Fault|could not tell/);
  }
  const french = await line.run('provider', 'explain', '250 Ok', '--language', 'fr', '--json');
  const [yes] = french.objects;
  assert.deepEqual(
    [yes?.['course'], /^Ce n'est pas un refus/.test(String(yes?.['means']))],
    ['accepted', true],
  );
  for (const stage of ['mail', 'rcpt', 'end-of-data']) {
    const words = ['450 4.2.0 Greylisted', '--stage', stage, '--json'];
    const [grey] = (await line.run('provider', 'explain', ...words)).objects;
    assert.deepEqual([grey?.['blame'], grey?.['course']], ['recipient', 'deferred'], stage);
  }
});

test('provider explain asks no list for what is the receiver’s own fault, and says that nothing goes back', async (t) => {
  const line = await CommandLine.open(t);
  const ran = await line.run(
    'provider',
    'explain',
    '554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.53/',
  );
  assert.match(ran.out, /our address is not listed/);
  assert.doesNotMatch(ran.out, /^Ask/m);
  assert.match(ran.out, /nothing goes back before/);
});

test('provider explain refuses a provider or a stage that there is not', async (t) => {
  const line = await CommandLine.open(t);
  const provider = await line.run('provider', 'explain', '550 x', '--provider', 'gmial');
  assert.equal(provider.code, 3);
  assert.match(provider.err, /did you mean gmail/);
  assert.equal((await line.run('provider', 'explain', '550 x', '--stage', 'bannner')).code, 2);
  for (const nothing of ['', ' \n'])
    assert.match((await line.run('provider', 'explain', nothing)).err, /^relais: REPLY is empty: write /);
});

test('an operator’s own rule is tried by explain and classify', async (t) => {
  const line = await CommandLine.open(
    t,
    '[[reply]]\nname = "desk"\nsays = ["refused by our desk"]\nclass = "ip-blocked"\n',
  );
  const ran = await line.run('provider', 'explain', '550 Refused by our desk');
  assert.match(ran.out, /own\/desk/);
  const read = await line.feed(
    '{"code":550,"text":"refused by our desk"}\n',
    'provider',
    'classify',
    '--json',
  );
  assert.equal(read.objects[0]?.['rule'], 'own/desk');
});

test('a wrong phrase or provider of an own rule is told by config check', async (t) => {
  const line = await CommandLine.open(
    t,
    '[[reply]]\nname = "a"\nsays = ["Refused, by"]\nclass = "ip-blocked"\n[[reply]]\nname = "b"\nsays = ["x"]\nclass = "ip-blocked"\nprovider = "gmial"\n',
  );
  const ran = await line.run('config', 'check');
  assert.equal(ran.code, 1);
  assert.match(ran.out, /reply\[0\]\.says.*letters and digits in lower case/);
  assert.match(ran.out, /reply\[1\]\.provider = "gmial".*did you mean "gmail"/);
});

test('provider explain says that words without a reply code are no whole reply', async (t) => {
  const line = await CommandLine.open(t);
  const words = await line.run('provider', 'explain', 'hello world');
  assert.match(
    words.err,
    /"hello world" has no reply code \(RFC 5321 section 4\.2\).* as if it refused with 550/,
  );
  assert.match(words.out, /^Relais .*kept for one more try/m);
  assert.equal((await line.run('provider', 'explain', '550 hello world')).err, '');
});

test('provider explain names the provider whose words a rule of its own has read, and whom to ask', async (t) => {
  const line = await CommandLine.open(t);
  for (const [said, name, ask] of [
    [
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints',
      'yahoo',
      /senders\.yahooinc/,
    ],
    ['550 5.7.1 Messages weren’t sent (S3150)', 'outlook-consumer', /sendersupport\.olc/],
    ['554 HVU:B1 RTR:BL', 'yahoo', /senders\.yahooinc/],
  ] as const) {
    const { out } = await line.run('provider', 'explain', said);
    assert.match(out, new RegExp(`^Names +${name}`, 'm'));
    assert.match(out, /^Clears? +\S/m);
    assert.match(out, ask);
  }
  const { out } = await line.run('provider', 'explain', '421 [TSS04] deferred', '--provider', 'gmail');
  assert.match(out, /^Names +google$/m);
  assert.doesNotMatch((await line.run('provider', 'explain', '550 blocked by policy')).out, /^Names/m);
});

test('provider explain and classify call what Yahoo blocks for good a block', async (t) => {
  const line = await CommandLine.open(t);
  for (const token of ['TSS09', 'TSS11']) {
    const said = `553 5.7.2 [${token}] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.`;
    const [object] = (await line.run('provider', 'explain', said, '--json')).objects;
    assert.deepEqual([object?.['class'], object?.['confidence']], ['ip-blocked', 'high']);
  }
});

test('provider classify names each wrong field and what to write; a reply that accepts is told as such', async (t) => {
  const line = await CommandLine.open(t);
  const wrong: readonly (readonly [field: string, told: RegExp])[] = [
    ['"stage":"bogus"', /line 1: "stage" is "bogus": write one of connect, banner, /],
    ['"stage":"rcptt"', /"stage" is "rcptt": did you mean "rcpt"\?/],
    ['"stage":7', /"stage" is 7: write one of/],
    ['"provider":7', /"provider" is 7: write a name in quotes/],
    ['"enhanced":5', /"enhanced" is 5: write a code of RFC 3463 in quotes/],
    ['"enhanced":"5.1"', /"enhanced" is "5\.1": write a code of RFC 3463/],
    ['"mx":5', /"mx" is 5: write a host name in quotes/],
    ['"code":199', /"code" is 199: write a reply code from 200 to 599/],
    ['"code":true', /"code" is true: /],
    ['"text":" "', /"text" is " ": write the words of the reply/],
    ['"text":null', /"text" is null: write the words of the reply/],
  ];
  for (const [field, told] of wrong) {
    const ran = await line.feed(`{"text":"550 x",${field}}`, 'provider', 'classify', '--json');
    assert.deepEqual([ran.code, ran.objects.length], [1, 1], field);
    assert.match(String(ran.objects[0]?.['error']), told);
  }
  const none = await line.feed(
    '{"text":"550 5.1.1 No such user","provider":null,"stage":"","mx":null}',
    'provider',
    'classify',
    '--json',
  );
  assert.deepEqual([none.code, none.objects[0]?.['class']], [0, 'recipient-unknown']);
  for (const yes of [
    '{"code":250,"text":"Ok"}',
    '{"text":"250 2.0.0 queued"}',
    '{"code":"354","text":"go ahead"}',
  ]) {
    const { code, objects } = await line.feed(yes, 'provider', 'classify', '--json');
    assert.deepEqual([code, objects[0]?.['class'], objects[0]?.['blame']], [0, 'accepted', undefined]);
  }
  assert.match(
    (await line.feed('{"code":250,"text":"Ok"}', 'provider', 'classify')).out,
    /^accepted, no refusal: Ok$/m,
  );
});

test('provider classify reads a reply of a host that has no name here without it, and says so', async (t) => {
  const line = await CommandLine.open(t);
  const input =
    '{"provider":"nosuch","text":"550 5.1.1 No such user"}\n{"provider":"gmial","text":"550 x"}\n';
  const ran = await line.feed(input, 'provider', 'classify', '--json');
  assert.equal(ran.code, 0);
  assert.equal(ran.objects[0]?.['class'], 'recipient-unknown');
  assert.match(
    String(ran.objects[0]?.['warning']),
    /^"provider" is "nosuch", which has no name here: read without it/,
  );
  assert.match(String(ran.objects[1]?.['warning']), /did you mean "gmail"/);
  assert.match(ran.err, /2 lines of 2 named a provider that has no name here, and were read without it/);
});
