import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CommandLine } from '../../../test/command-line.ts';

/** An event at that second. */
const at = (second: number): string =>
  JSON.stringify({ t: 1e12 + second * 1_000, account: 'ann@here.example', to: ['bob@far.example'] });
const LINE = at(0);

test('files with nothing in them have no messages, beside others and alone; a byte order mark is none', async (t) => {
  const line = await CommandLine.open(t);
  const file = (name: string, octets: string | Buffer): string => {
    writeFileSync(join(line.folder, name), octets);
    return join(line.folder, name);
  };
  const one = file('one.jsonl', `\uFEFF${LINE}\n`);
  for (const nothing of [
    file('empty.jsonl', ''),
    file('empty.gz', ''),
    file('blank.jsonl', '\n\n'),
    file('nothing.jsonl.gz', gzipSync('')),
  ]) {
    const alone = await line.run('guard', 'evaluate', nothing);
    assert.deepEqual([alone.code, alone.err], [3, ''], nothing);
    assert.match(alone.out, /^0 messages of 0 accounts/);
    const both = await line.run('guard', 'evaluate', one, nothing);
    assert.deepEqual([both.code, both.err], [0, ''], nothing);
    assert.match(both.out, /^1 message of 1 account/);
    assert.equal((await line.run('guard', 'learn', nothing)).code, 3, nothing);
  }
});

test('lines that are not by time are told, and decided all the same', async (t) => {
  const line = await CommandLine.open(t);
  const file = join(line.folder, 'mixed.jsonl');
  writeFileSync(file, [at(5), at(3), at(9), at(1)].join('\n'));
  const { code, out, err } = await line.run('guard', 'evaluate', file);
  assert.equal(code, 0);
  assert.match(out, /^4 messages of 1 account/);
  assert.match(err, /2 lines of an earlier time than the one before: sort each file by "t"/);
});

test('what is most likely a slip is told: seconds, keys and addresses that are none, whoever is relaxed and sends nothing', async (t) => {
  const line = await CommandLine.open(t);
  const file = join(line.folder, 'slips.jsonl');
  const slip = (second: number): string =>
    JSON.stringify({ t: 1e9 + second, account: 'ann@here.example', recipients: [], ip: '10.1.2.x' });
  writeFileSync(file, [slip(0), slip(1)].join('\n'));
  const { code, err } = await line.run('guard', 'evaluate', file, '--relax', 'account:bob@here.example=1,5');
  assert.equal(code, 0);
  assert.match(err, /in 2 of 2 lines "t" is before 1973: it is in milliseconds; are these seconds\?/);
  assert.match(err, /"recipients", in 2 lines, is not known/);
  assert.match(err, /in 2 lines "ip" is no IP address/);
  assert.match(err, /account:bob@here\.example is about nobody in these files/);
  writeFileSync(file, LINE);
  assert.equal((await line.run('guard', 'evaluate', file, '--relax', 'account:ann@here.example=2')).err, '');
});

test('a line without end is told and passed over, and what a file names obeys no terminal', async (t) => {
  const line = await CommandLine.open(t);
  const file = join(line.folder, 'long.jsonl.gz');
  const evil = JSON.stringify({ t: 1e12, account: '\u001b]0;x\u0007ann@here.example', to: [] });
  writeFileSync(file, gzipSync(`${'x'.repeat(30_000_000)}\r\n${evil}\r\n${'y'.repeat(5_000_000)}`));
  const { code, out, err } = await line.run('guard', 'evaluate', file, '--events');
  assert.equal(code, 1);
  assert.match(err, /long\.jsonl\.gz:1: a line of more than \d+ characters[\s\S]*:3: a line of more than/);
  assert.match(out, /^1 message of 1 account/m);
  assert.doesNotMatch(out, /\u001b|\u0007/);
});
