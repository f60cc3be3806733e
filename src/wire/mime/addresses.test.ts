import assert from 'node:assert/strict';
import { test } from 'node:test';
import addressparser from 'nodemailer/lib/addressparser';
import { addressesIn } from './addresses.ts';

const whole = (text: string): string[] =>
  addressparser(text, { flatten: true })
    .map(({ address, name }) => (address === '' ? name : address).trim())
    .filter((address) => address !== '');

test('one address is read as the whole grammar reads it', () => {
  const locals = ['ann', 'a.b+c', 'x_y-z', "o'neil", '!#$%', '.dot.', 'a/b=c'];
  const names = ['', 'Ann ', 'Ann B. Sea ', '"Sea, Ann" ', '"a <b@c> d"', ' \t', "Ann's {team} "];
  for (const local of locals) {
    const address = `${local}@one.example`;
    assert.deepEqual(addressesIn(` ${address}\r\n`), whole(` ${address}\r\n`), address);
    for (const name of names) {
      const text = ` ${name}<${address}> `;
      assert.deepEqual(addressesIn(text), [address], text);
      assert.deepEqual(addressesIn(text), whole(text), text);
    }
  }
});

test('what can be read in two ways is left to the whole grammar', () => {
  const texts = [
    'a@b.example, c@d.example',
    '<a@b.example> <c@d.example>',
    '"a\\"b" <c@d.example>',
    'a@b@c.example',
  ];
  for (const text of texts) assert.deepEqual(addressesIn(text), whole(text), text);
});

test('a long field takes no longer for each of its octets', () => {
  for (const filler of [' ', '\t', 'a', '<', '"', '@', 'a@'])
    assert.ok(Array.isArray(addressesIn(`${filler.repeat(16_000)}x`)), filler);
});
