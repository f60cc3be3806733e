/** Submissions travel through other people's mail servers: every message arrives as it was, and its signatures hold. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { DkimKey } from '../../src/core/directory/admin.ts';
import { requirePeer } from '../peers.ts';
import { startExim } from './exim.ts';
import { type Arrived, arrivals, type RealFarEnd, requireRoot } from './far-end.ts';
import { startHouse } from './house.ts';
import { startOpensmtpd } from './opensmtpd.ts';
import { startPostfix } from './postfix.ts';
import { fieldsBefore, SAMPLES, withCrlf } from './samples.ts';

/** What we and a far end may put before a message. */
const TRACE_FIELDS = new Set(['received', 'dkim-signature', 'return-path', 'delivered-to', 'x-original-to']);

test('Postfix, over STARTTLS: everything arrives as it was, and verifies', async (t) => {
  const peer = requirePeer(t, 'postfix');
  if (peer === undefined || !requireRoot(t, 'the master of Postfix needs root')) return;
  await takesEverything(t, {
    farEnd: await startPostfix(peer),
    tls: 'required',
    says: /\(using TLSv1\.[23] /,
  });
});

test('Exim, over STARTTLS: everything arrives as it was, and verifies', async (t) => {
  const peer = requirePeer(t, 'exim4');
  if (peer === undefined) return;
  await takesEverything(t, {
    farEnd: await startExim(peer),
    tls: 'required',
    says: /with esmtps +\(TLS1\.[23]\)/,
  });
});

test('OpenSMTPD, whose STARTTLS breaks: everything arrives as it was, in clear', async (t) => {
  const peer = requirePeer(t, 'opensmtpd');
  if (peer === undefined || !requireRoot(t, 'the paths of OpenSMTPD are mounted by root')) return;
  await takesEverything(t, {
    farEnd: await startOpensmtpd(peer),
    tls: 'opportunistic',
    says: /OpenSMTPD\) with ESMTP id/,
  });
});

interface Expected {
  readonly farEnd: RealFarEnd;
  readonly tls: 'opportunistic' | 'required';
  /** Stands in the far end's own trace field. */
  readonly says: RegExp;
}

async function takesEverything(t: TestContext, { farEnd, tls, says }: Expected): Promise<void> {
  t.after(() => farEnd.stop());
  const house = await startHouse(t, { nextHop: farEnd.port, tls });
  for (const sample of SAMPLES) await house.submit(sample);
  const copies = SAMPLES.flatMap(({ recipients }) => recipients);
  const arrived = await arrivals(farEnd, copies.length);
  assert.deepEqual(arrived.map(({ localPart }) => `${localPart}@far.example`).sort(), copies.toSorted());
  for (const sample of SAMPLES) {
    const mine = arrived.filter(
      ({ bytes }) =>
        bytes.includes(`Subject: ${sample.name}\n`) || bytes.includes(`Subject: ${sample.name}\r\n`),
    );
    assert.equal(mine.length, sample.recipients.length, sample.name);
    for (const one of mine)
      await isAsItWas(one, { name: sample.name, content: sample.content, says, keys: house.keys });
  }
}

interface Was {
  readonly name: string;
  readonly content: Buffer;
  readonly says: RegExp;
  readonly keys: readonly DkimKey[];
}

async function isAsItWas({ bytes }: Arrived, { name, content, says, keys }: Was): Promise<void> {
  const message = withCrlf(bytes);
  const before = fieldsBefore(message, content);
  assert.ok(before !== undefined, `${name} was changed:\n${message.subarray(0, 4_000).toString('latin1')}`);
  assert.match(before, says, name);
  const names = [...before.matchAll(/^([^\s:]+):/gm)].map(([, field = '']) => field.toLowerCase());
  assert.deepEqual(
    names.filter((field) => !TRACE_FIELDS.has(field)),
    [],
    name,
  );
  assert.equal(names.filter((field) => field === 'received').length, 2, name);
  const { results } = await dkimVerify(message, { resolver: resolverOf(keys) as never });
  const verdicts = results.map(({ status, algo }) =>
    `${algo} ${status.result} ${status.comment ?? ''}`.trim(),
  );
  assert.deepEqual(verdicts.sort(), ['ed25519-sha256 pass', 'rsa-sha256 pass'], name);
}

/** The domain's own records, as they would stand in DNS. */
function resolverOf(keys: readonly DkimKey[]): (name: string) => Promise<string[][]> {
  return async (name) => {
    const key = keys.find(({ selector, domain }) => name === `${selector}._domainkey.${domain}`);
    if (key === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    return [[key.publicRecord]];
  };
}
