import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSrs, readSrs, SRS_DAYS, type SrsKey, writeSrs } from './srs.ts';

/*
 * The values are Python's, by the reference algorithm:
 *
 *     stamp = B32[(day >> 5) & 31] + B32[day & 31]          B32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
 *     base64.b64encode(hmac.new(secret, (stamp + domain + local).lower().encode(), hashlib.sha1).digest())[:4]
 *     base64.b64encode(hmac.new(secret, (domain + rest).lower().encode(), hashlib.sha1).digest())[:4]      of SRS1
 */
const DAY_MS = 86_400_000;
const secret = Buffer.from('tops3cr3t');
const at = (seconds: number): SrsKey => ({ secret, at: seconds * 1_000 });
const MONDAY = at(1_520_841_600);

const VECTORS: readonly [string, string, SrsKey, string][] = [
  ['test', 'otherdomain.com', at(1_577_836_860), 'SRS0=vmyz=2W=otherdomain.com=test'],
  ['Friend.Of-Ana', 'far.example', MONDAY, 'SRS0=heiC=GC=far.example=Friend.Of-Ana'],
  [
    'bounce+ana=here.example',
    'lists.far.example',
    MONDAY,
    'SRS0=UzJA=GC=lists.far.example=bounce+ana=here.example',
  ],
  ["o'neil=x", 'far.example', at(1_520_841_600 + 900 * 86_400), "SRS0=Qfzz=CG=far.example=o'neil=x"],
  ['SRS0=abcd=2W=far.example=x', 'a.example', MONDAY, 'SRS1=i2Yh=a.example==abcd=2W=far.example=x'],
  ['SRS0+abcd=2W=far.example=x', 'a.example', MONDAY, 'SRS1=nQpH=a.example=+abcd=2W=far.example=x'],
  [
    'SRS1=zzzz=a.example==abcd=2W=far.example=x',
    'b.example',
    MONDAY,
    'SRS1=i2Yh=a.example==abcd=2W=far.example=x',
  ],
  [
    'SRS0=XjO9=2V=otherdomain.com=test',
    'otherdomain.com',
    MONDAY,
    'SRS1=CjFA=otherdomain.com==XjO9=2V=otherdomain.com=test',
  ],
];

test('return addresses are as other implementations write them', () => {
  for (const [local, domain, key, expected] of VECTORS)
    assert.equal(writeSrs({ local, domain }, key), expected);
});

test('a return address leads back, in whatever case it comes', () => {
  for (const [local, domain, key, written] of VECTORS.slice(0, 4)) {
    assert.ok(isSrs(written));
    assert.deepEqual(readSrs(written, key), { ok: true, local, domain });
    const folded = readSrs(written.toLowerCase(), key);
    assert.deepEqual(folded, { ok: true, local: local.toLowerCase(), domain });
    const plus = readSrs(written.replace('SRS0=', 'SRS0+'), key);
    assert.deepEqual(plus, { ok: true, local, domain }, 'another separator after the tag');
  }
  assert.deepEqual(readSrs('SRS1=nQpH=a.example=+abcd=2W=far.example=x', MONDAY), {
    ok: true,
    domain: 'a.example',
    local: 'SRS0+abcd=2W=far.example=x',
  });
});

test('what was changed, cut or made with another secret is not ours', () => {
  const written = 'SRS0=heiC=GC=far.example=friend.of-ana';
  for (let index = 5; index < written.length; index++) {
    const other = written[index] === 'q' ? 'r' : 'q';
    const changed = `${written.slice(0, index)}${other}${written.slice(index + 1)}`;
    assert.notDeepEqual(readSrs(changed, MONDAY), readSrs(written, MONDAY), changed);
    assert.equal(readSrs(changed, MONDAY).ok, false, changed);
    assert.equal(readSrs(written.slice(0, index), MONDAY).ok, false);
  }
  assert.deepEqual(readSrs(written, { ...MONDAY, secret: Buffer.from('x') }), { ok: false, why: 'forged' });
  for (const broken of [
    'SRS0=heiC',
    'SRS0=heiC=GC=far.example',
    'SRS1=i2Yh=a.example=abcd',
    'SRS0====',
    'srs0-',
  ])
    assert.deepEqual(readSrs(broken, MONDAY), { ok: false, why: 'malformed' }, broken);
  for (const hash of ['hei', 'h', 'heiC'.repeat(8), 'héiC'])
    assert.deepEqual(readSrs(`SRS0=${hash}=GC=far.example=x`, MONDAY), { ok: false, why: 'forged' }, hash);
});

test('a return address is good for some weeks, also around the end of its calendar', () => {
  for (const written of [1_577_836_860, 1_520_841_600, (1024 * 18 - 3) * 86_400]) {
    const address = writeSrs({ local: 'x', domain: 'far.example' }, at(written));
    const after = (days: number): boolean =>
      readSrs(address, { secret, at: written * 1_000 + days * DAY_MS }).ok;
    assert.deepEqual([-1, 0, SRS_DAYS, SRS_DAYS + 1, 500, 1022].map(after), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  }
});
