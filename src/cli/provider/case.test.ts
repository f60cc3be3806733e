/** What a case says as it stands: of a customer's own fault, of a block that a wider one explains, of one that comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine } from '../../../test/command-line.ts';
import { dnsServer } from '../../../test/dns.ts';
import type { PathKey, RemoteReply, Stage } from '../../core/envelope.ts';
import type { Scope } from '../../core/queue/freeze.ts';

const MINUTE_MS = 60_000;
const GMAIL = 'aspmx.l.google.com>a' as PathKey;
const YAHOO = 'mta5.am0.yahoodns.net>a' as PathKey;

interface Held {
  readonly scope: Scope;
  readonly provider: string;
  readonly customer?: string;
  readonly blame: 'reputation' | 'sender';
  readonly class: string;
  readonly text: string;
  readonly stage?: Stage;
  /** Ago, ms. */
  readonly agoMs: number;
}

async function hold(line: CommandLine, about: Held): Promise<number> {
  const { scope, provider, customer, blame, class: name, text, stage = 'mail', agoMs } = about;
  const at = Date.now() - agoMs;
  const reply: RemoteReply = { stage, code: 550, text, afterMs: 1 };
  const everyMs = 120 * MINUTE_MS;
  const path = provider === 'google' ? GMAIL : YAHOO;
  const who = customer ?? 'c3.example';
  await line.store.hold({
    freeze: {
      scope,
      cause: 'automatic',
      blame,
      since: at,
      reason: text,
      reply,
      canary: { at: at + everyMs, everyMs },
    },
    about: {
      provider,
      egress: 'a',
      blame,
      class: name,
      pauseMs: everyMs,
      level: 4,
      ...(customer === undefined ? {} : { customer }),
    },
    replies: [{ at, customer: who, path, reply, class: name, rule: 'x' }],
  });
  const found = (await line.store.cases({ since: 0, limit: 10 })).find((one) => one.scope === scope);
  return found?.id as number;
}

async function told(line: CommandLine, id: number): Promise<string> {
  return (await line.run('provider', 'case', String(id), '--no-checks')).out;
}

const UNSIGNED =
  '5.7.26 Your email has been blocked because the sender is unauthenticated. https://support.google.com/mail/answer/81126#authentication - gsmtp';
const OWN: Held = {
  scope: 'customer:here.example>google',
  provider: 'google',
  customer: 'here.example',
  blame: 'sender',
  class: 'auth-failure',
  text: UNSIGNED,
  stage: 'end-of-data',
  agoMs: 5 * MINUTE_MS,
};
const NARROW: Held = {
  scope: 'customer:here.example>yahoo',
  provider: 'yahoo',
  customer: 'here.example',
  blame: 'reputation',
  class: 'ip-throttled',
  text: '[TSS04] Messages from 8.8.4.4 temporarily deferred',
  agoMs: 5 * MINUTE_MS,
};
const { customer: _, ...OF_ALL } = NARROW;
const WIDE: Held = { ...OF_ALL, scope: 'provider:yahoo>a', agoMs: MINUTE_MS };

test('a case of a customer’s own fault says how that ends, what to tell the customer, and that its time runs on', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@gmail.com'], path: GMAIL });
  const out = await told(line, await hold(line, OWN));
  assert.match(out, /^Case 1: Gmail refuses mail of here\.example, for its own sake; others go on$/m);
  assert.match(out, /^Time {5}runs on: /m);
  assert.match(out, /^How it ends: when here\.example has put it right; one of its messages tries/m);
  assert.match(out, /^They say what it lacks: https:\/\/support\.google\.com\S*#authentication$/m);
  assert.match(
    out,
    /^Ready to paste, to the customer:\n {2}\| Mail of here\.example is refused by Gmail, for something that only here/m,
  );
  const { out: french } = await line.run('provider', 'case', '1', '--no-checks', '--language', 'fr');
  assert.match(french, /^ {2}\| Le courrier de here\.example est refusé par Gmail, pour une raison/m);
  assert.match(french, /^ {2}\| Ce que cela veut dire\u00a0: SPF/m);
  assert.match(out, /^ {2}\| .*its time runs on/m);
  assert.doesNotMatch(out, /^Ask:|IP address:|once the cause is found|Stop for at least 10 minutes/m);
  const shown = (await line.run('provider', 'show', 'gmail')).out;
  assert.match(shown, /^ {2}Time {5}runs on: /m);
  assert.match(shown, /It is put right\? .*provider retry google/);
  assert.doesNotMatch(shown, /They unblocked us/);
  const { objects } = await line.run('provider', 'case', '1', '--no-checks', '--json');
  assert.deepEqual([objects[0]?.['timeRunsOn'], objects[0]?.['clears']], [true, undefined]);
});

test('a case that a wider one explains keeps its replies, has nothing waiting, and names that one', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com', 'b@yahoo.com'], path: YAHOO });
  const narrow = await hold(line, NARROW);
  const wide = await hold(line, WIDE);
  const at = Date.now();
  await line.store.closeCase({
    scope: NARROW.scope,
    at,
    why: `it is all of ${WIDE.scope}`,
    into: WIDE.scope,
  });
  await line.store.thaw({ scope: NARROW.scope, cause: 'automatic', at });
  const out = await told(line, narrow);
  assert.match(out, new RegExp(`^Now .*closed .*: it is part of case ${wide} now, where its mail is$`, 'm'));
  assert.match(out, /^Waiting {2}nothing$/m);
  assert.match(out, /^They said:\n {2}550 \[TSS04\]/m);
  assert.match(
    out,
    /^ {2}\| IP address: \(write it here; the replies name 8\.8\.4\.4; write that only if it is ours\)$/m,
  );
  assert.match(out, new RegExp(`closed: case ${wide} explains it, and has its replies as well$`, 'm'));
  const { objects } = await line.run('provider', 'case', String(narrow), '--no-checks', '--json');
  assert.equal(objects[0]?.['into'], wide);
  const whole = await told(line, wide);
  assert.match(whole, /^Waiting {2}2 deliveries/m);
  const [since] = /(?<=^ {2}\| Since: )\S+$/m.exec(whole) ?? [];
  assert.ok(Date.parse(since ?? '') < at - 4 * MINUTE_MS, `${since} is its oldest reply`);
});

test('a wide case is of everybody’s mail, and what is said at the banner is said to no customer', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  const wide = await told(line, await hold(line, { ...WIDE, stage: 'banner' }));
  assert.match(wide, /everybody's mail there is held; the next message tries it after/);
  assert.match(wide, /said to us before any mail was named \(at banner\): 550 \[TSS04\]/);
  assert.doesNotMatch(wide, /c3\.example/);
  const narrow = await told(line, await hold(line, NARROW));
  assert.match(narrow, /mail of here\.example is held; the next/);
  assert.match(narrow, /said to mail of here\.example: 550 \[TSS04\]/);
});

test('a case that comes back, or is closed, refuses nothing any more', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@yahoo.com'], path: YAHOO });
  for (const [one, back, past] of [
    [NARROW, /^Case \d: Yahoo takes mail of here\.example again$/m, /Yahoo refused mail of here\.example$/m],
    [
      WIDE,
      /^Case \d: Yahoo takes mail from our address again \(egress a\)$/m,
      /Yahoo refused our address \(egress a\)$/m,
    ],
  ] as const) {
    const id = await hold(line, one);
    await line.store.thaw({ scope: one.scope, cause: 'automatic', at: Date.now() });
    assert.match(await told(line, id), back);
    await line.store.closeCase({ scope: one.scope, at: Date.now(), why: 'mail flows again' });
    assert.match(await told(line, id), past);
    assert.match((await line.run('provider', 'show', 'yahoo')).out, past);
  }
});

test('the text for a customer says what to publish, wholly in its language; the commands name the domain', async (t) => {
  const dns = await dnsServer(t, new Map());
  const line = await CommandLine.open(t, `[dns]\nservers = ["${dns}"]\n[dnsbl]\nlists = []\n`);
  assert.equal((await line.run('domain', 'add', 'exemple.example')).code, 0);
  const [customer, scope] = ['exemple.example', 'customer:exemple.example>google'] as const;
  await hold(line, { ...OWN, customer, scope });
  const english = (await line.run('provider', 'case', '1')).out;
  assert.match(english, /^Do .*relais domain check exemple\.example/m);
  assert.match(
    english,
    /^ {2}\| {3}SPF: there is no record at exemple\.example\n {2}\| {5}publish: exemple\.example\. \d+ IN TXT "v=spf1 /m,
  );
  const french = (await line.run('provider', 'case', '1', '--language', 'fr')).out;
  assert.match(french, /^Do .*relais domain check exemple\.example/m);
  assert.match(french, /^How it ends: quand exemple\.example aura corrigé/m);
  const letter = french.split('\n').filter((one) => one.startsWith('  |'));
  assert.match(letter[0] as string, /Le courrier d’exemple\.example est refusé/);
  assert.match(
    letter.join('\n'),
    /SPF\u00a0: il n’y a pas d’enregistrement à exemple\.example\n.*à publier\u00a0: exemple\.example\. /,
  );
  assert.doesNotMatch(letter.join('\n'), /missing|publish:|'/);
});

test('an address that the replies name is told apart from those that are ours', async (t) => {
  const line = await CommandLine.open(t, '[[egress]]\nname = "a"\naddress = "127.0.0.2"\n');
  await hold(line, WIDE);
  assert.match(
    await told(line, 1),
    /IP address: 127\.0\.0\.2 \(the replies name 8\.8\.4\.4; write that only if it is ours\)$/m,
  );
});
