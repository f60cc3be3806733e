/** Clients that are many, or send without end, or never read: everything stays bounded. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { behaveWell } from '../abuse.ts';
import type { Dialogue } from '../dialogue.ts';
import { memoryInUse } from '../memory.ts';
import { startWorld, type World } from '../world.ts';

const MIB = 1024 * 1024;
let world: World;

before(async () => {
  world = await startWorld({
    limits: {
      maxConnections: 8,
      maxConnectionsPerAddress: 3,
      maxCommands: 10_000_000,
      maxErrors: 10_000,
      maxMessageSizeBytes: 30 * MIB,
    },
  });
});
after(() => world.stop());

async function greeted(from: string): Promise<Dialogue> {
  const dialogue = await world.dialogue(world.mx, { from });
  assert.deepEqual(await dialogue.codes(1), ['220']);
  return dialogue;
}

async function quit(...dialogues: readonly Dialogue[]): Promise<void> {
  for (const dialogue of dialogues) {
    await dialogue.send('QUIT\r\n');
    assert.equal((await dialogue.untilClosed()).at(-1), '221/2.0.0');
    dialogue.close();
  }
}

function assertMore(had: number, atMost: number): void {
  const more = memoryInUse() - had;
  assert.ok(more < atMost, `${(more / MIB).toFixed(1)} MiB more`);
}

test('too many connections from one address: others are served, and so is it when one has gone', async () => {
  const open = await Promise.all([greeted('127.0.0.2'), greeted('127.0.0.2'), greeted('127.0.0.2')]);
  const refused = await world.dialogue(world.mx, { from: '127.0.0.2' });
  assert.deepEqual(await refused.untilClosed(), ['421/4.7.0']);
  await behaveWell(world);
  await quit(open.pop() as Dialogue);
  open.push(await greeted('127.0.0.2'));
  await quit(...open);
});

test('too many connections: the next is told to come later, and is served then', async () => {
  const open = await Promise.all(
    ['2', '2', '3', '3', '4', '4', '5', '5'].map((host) => greeted(`127.0.0.${host}`)),
  );
  const refused = await world.dialogue(world.mx, { from: '127.0.0.6' });
  assert.deepEqual(await refused.untilClosed(), ['421/4.7.0']);
  await quit(open.pop() as Dialogue);
  await behaveWell(world);
  await quit(...open);
});

test('a line without end costs no memory', async () => {
  const dialogue = await greeted('127.0.0.2');
  const had = memoryInUse();
  const piece = Buffer.alloc(MIB, 'x');
  for (let sent = 0; sent < 64; sent++) await dialogue.send(piece);
  await behaveWell(world);
  assertMore(had, 4 * MIB);
  await dialogue.send('\r\nNOOP\r\n');
  assert.deepEqual(await dialogue.codes(2), ['500/5.5.6', '250/2.0.0']);
  await quit(dialogue);
});

test('what is sent after the last reply is read by nobody and held by nobody', async () => {
  const dialogue = await greeted('127.0.0.2');
  await dialogue.send('EHLO x\r\nBDAT 999999999 LAST\r\n');
  assert.deepEqual(await dialogue.codes(2), ['250', '421/4.3.4']);
  const had = memoryInUse();
  const piece = Buffer.alloc(MIB, 'x');
  for (let sent = 0; sent < 64; sent++) await dialogue.send(piece);
  assertMore(had, 4 * MIB);
  dialogue.close();
});

test('a client that never reads its replies is no longer read from', async () => {
  const dialogue = await greeted('127.0.0.2');
  dialogue.stopReading();
  const had = memoryInUse();
  // Each of 8 octets asks for 300: 128 MiB in all.
  void dialogue.send(Buffer.from('EHLO x\r\n'.repeat(500_000)));
  for (let round = 0; round < 20; round++) await behaveWell(world);
  const unsent = dialogue.unsentBytes;
  // What is unsent stands in this process too, once.
  assertMore(had, 8 * MIB);
  assert.ok(unsent > MIB, `only ${unsent} octets are left to send`);
  dialogue.vanish();
});

test('a client that reads late gets every reply in order', async () => {
  const dialogue = await greeted('127.0.0.2');
  dialogue.stopReading();
  const asked = 40_000;
  const sending = dialogue.send(Buffer.from(`${'EHLO x\r\n'.repeat(asked)}`));
  await behaveWell(world);
  dialogue.readAgain();
  await sending;
  const codes = await dialogue.codes(asked);
  assert.ok(codes.length === asked && codes.every((code) => code === '250'));
  await quit(dialogue);
});

test('commands sent ahead while the directory is asked wait their turn', async () => {
  const dialogue = await greeted('127.0.0.2');
  await dialogue.send('EHLO x\r\nMAIL FROM:<>\r\n');
  assert.deepEqual(await dialogue.codes(2), ['250', '250/2.1.0']);
  const lines = Array.from({ length: 2_000 }, (_, index) => `RCPT TO:<u@far${index}.example>\r\nNOOP\r\n`);
  void dialogue.send(lines.join(''));
  assert.deepEqual(
    await dialogue.codes(4_000),
    lines.flatMap(() => ['550/5.7.1', '250/2.0.0']),
  );
  await quit(dialogue);
});

test('a message in the smallest pieces costs a small multiple of its size', async () => {
  const dialogue = await greeted('127.0.0.2');
  await dialogue.send('EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@x.example>\r\nDATA\r\n');
  await dialogue.codes(4);
  const had = memoryInUse();
  await dialogue.send('..\r\n'.repeat(60_000));
  await behaveWell(world);
  assertMore(had, MIB);
  await dialogue.send('.\r\n');
  assert.deepEqual(await dialogue.codes(1), ['250/2.0.0']);
  await quit(dialogue);
});
