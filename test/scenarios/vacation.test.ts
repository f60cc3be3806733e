/** An owner is away: who wrote to them by name is answered, once, and nobody else is. */
import assert from 'node:assert/strict';
import { submit } from '../account.ts';
import { inboxOf } from '../inbox.ts';
import { onBothStores, post, until } from '../post.ts';
import { ALICE, BOB, type World } from '../world.ts';
import { fieldText, findField, scanHeader } from '../../src/wire/mime/header.ts';
import { decodeWords } from '../../src/wire/mime/encoded-words.ts';
import type { AccountId } from '../../src/core/envelope.ts';

const DAY_MS = 86_400_000;
const PLAIN = { login: { plainOnLoopback: true } };
const AWAY = { text: 'Je suis en congé jusqu’au 2.\n', everyMs: 7 * DAY_MS };

function away({ store }: World, about: object = {}): Promise<boolean> {
  return store.setVacation({ address: ALICE, vacation: { ...AWAY, ...about } });
}

function fieldsTo(to: string, more = ''): string {
  return `From: <friend@far.example>\r\nTo: ${to}\r\nSubject: =?UTF-8?Q?caf=C3=A9=3F?=\r\nMessage-ID: <m1@far.example>\r\n${more}`;
}

/** A message to Alice. */
function write(world: World, from: string, fields = fieldsTo(`<${ALICE}>`)): Promise<string> {
  return post(world, { from, to: [ALICE], fields });
}

/** The answers that the far end has, by whom they are for. */
function answered({ farEnd }: World): string[] {
  return farEnd.received
    .filter(({ reversePath }) => reversePath === '')
    .flatMap(({ recipients }) => recipients);
}

onBothStores('a friend is answered once, in the words of the owner', PLAIN, async (world) => {
  await away(world);
  assert.match(
    await write(
      world,
      'friend@far.example',
      fieldsTo(`Alice <${ALICE}>`, 'References: <m0@far.example>\r\n'),
    ),
    /^250 /,
  );
  await until('the answer is there', () => answered(world).length > 0);
  const bytes = world.farEnd.received[0]?.bytes ?? Buffer.alloc(0);
  const header = scanHeader(bytes);
  const field = (name: string): string => {
    const found = findField(header, name);
    return found === undefined ? '' : fieldText(header, found);
  };
  assert.deepEqual(['from', 'to', 'auto-submitted', 'in-reply-to', 'references'].map(field), [
    `<${ALICE}>`,
    '<friend@far.example>',
    'auto-replied',
    '<m1@far.example>',
    '<m0@far.example> <m1@far.example>',
  ]);
  assert.equal(decodeWords(field('subject')), 'Automatic reply: café?');
  assert.match(bytes.toString(), /Je suis en cong=C3=A9 jusqu=E2=80=99au 2\.\r\n$/);
  assert.match(await write(world, 'Friend@far.example'), /^250 /);
  assert.match(await write(world, 'other@far.example', fieldsTo('alice+shop@x.example')), /^250 /);
  await until('the other has an answer', () => answered(world).includes('other@far.example'));
  assert.deepEqual(answered(world), ['friend@far.example', 'other@far.example']);
  assert.equal(await world.inbox(ALICE), 3);
});

onBothStores(
  'lists, robots, groups and those who did not name her are not answered',
  PLAIN,
  async (world) => {
    const { store } = world;
    for (const [address, target] of [
      ['team@x.example', ALICE],
      ['team@x.example', BOB],
      ['*@x.example', ALICE],
    ] as const)
      await store.addAddress({ address, target, separator: '+' });
    await away(world);
    const to = `<${ALICE}>`;
    const silent: [string, string][] = [
      ['', fieldsTo(to)],
      ['a@far.example', fieldsTo(to, 'List-Id: <list.far.example>\r\n')],
      ['b@far.example', fieldsTo(to, 'Precedence: bulk\r\n')],
      ['c@far.example', fieldsTo(to, 'Auto-Submitted: auto-generated\r\n')],
      ['d@far.example', fieldsTo(to, 'X-Spam-Flag: YES\r\n')],
      ['no-reply@far.example', fieldsTo(to)],
      ['owner-list@far.example', fieldsTo(to)],
      ['list-request@far.example', fieldsTo(to)],
      ['MAILER-DAEMON@far.example', fieldsTo(to)],
      ['e@far.example', fieldsTo('<team@x.example>')],
      ['f@far.example', fieldsTo('<typo@x.example>')],
      ['g@far.example', fieldsTo('undisclosed-recipients:;')],
      [BOB.replace('bob', 'alice+me'), fieldsTo(to)],
    ];
    for (const [from, fields] of silent) assert.match(await write(world, from, fields), /^250 /, from);
    assert.equal(await world.inbox(ALICE), silent.length);
    assert.match(await write(world, 'last@far.example', fieldsTo(to, 'Auto-Submitted: no\r\n')), /^250 /);
    await until('the last has an answer', () => answered(world).length > 0);
    assert.deepEqual(answered(world), ['last@far.example']);
  },
);

onBothStores('a colleague is answered here, and only while she is away', PLAIN, async (world) => {
  const letter = { to: [ALICE], fields: `To: <${ALICE}>\r\n`, subject: 'x', text: 'x' };
  const now = Date.now();
  const bob = (await world.store.account(BOB))?.id as AccountId;
  const send = async (): Promise<number> => {
    await world.nudge();
    assert.match(await submit(world, BOB, { from: '127.0.0.1', letter }), /^250 /);
    return world.inbox(BOB);
  };
  await away(world, { from: now + DAY_MS });
  assert.equal(await send(), 0, 'she is not away yet');
  await world.store.setVacation({ address: ALICE, vacation: undefined });
  await away(world, { subject: 'Away', from: now - DAY_MS, until: now + DAY_MS });
  await until('what was set is seen', async () => (await send()) === 1);
  assert.equal(await send(), 1);
  const [item] = await inboxOf(world.store, bob);
  const text = Buffer.from(
    await world.store.readContent({ message: item?.message as never, offset: 0, limit: 2_000 }),
  );
  assert.match(text.toString(), /\r\nSubject: Away\r\n/);
});
