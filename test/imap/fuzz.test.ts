/** Commands that are cut, mixed and broken, in every phase: each gets an answer, none of them "trouble on our side". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAccount } from '../account.ts';
import { type Chance, chance } from '../chance.ts';
import { ALICE, type World } from '../world.ts';
import { loggedIn } from './script.ts';
import { onBothStores } from './stores.ts';
import { ImapTalk } from './talk.ts';

const LINES = 300;

/** What lines are made of; `NAME` and its like are filled in. */
const COMMANDS = [
  'CAPABILITY',
  'NOOP',
  'CHECK',
  'NAMESPACE',
  'ID NIL',
  'ENABLE QRESYNC IMAP4rev2',
  'CREATE BOX',
  'DELETE BOX',
  'RENAME BOX BOX',
  'SUBSCRIBE BOX',
  'LIST (SUBSCRIBED RECURSIVEMATCH) "" ("*" "%/%") RETURN (CHILDREN STATUS (MESSAGES SIZE HIGHESTMODSEQ))',
  'LSUB "" "%"',
  'STATUS BOX (MESSAGES UIDNEXT DELETED MAILBOXID)',
  'SELECT BOX (CONDSTORE)',
  'SELECT BOX (QRESYNC (NUM NUM SET))',
  'EXAMINE BOX',
  'CLOSE',
  'UNSELECT',
  'EXPUNGE',
  'UID EXPUNGE SET',
  'FETCH SET (UID FLAGS ENVELOPE BODYSTRUCTURE PREVIEW MODSEQ)',
  'FETCH SET (BODY[1.2.HEADER]<NUM.NUM> BINARY[1] BINARY.SIZE[1] RFC822)',
  'UID FETCH SET (FLAGS) (CHANGEDSINCE NUM VANISHED)',
  'UID FETCH SET (FLAGS) (PARTIAL -NUM:-NUM)',
  'SORT RETURN (ALL RELEVANCY) (REVERSE RELEVANCY DATE) UTF-8 OR FUZZY TEXT "some words" SET',
  'STORE SET +FLAGS.SILENT (\\Seen KEY)',
  'UID STORE SET (UNCHANGEDSINCE NUM) FLAGS (\\Deleted)',
  'COPY SET BOX',
  'UID MOVE SET BOX',
  'SEARCH RETURN (SAVE MIN COUNT PARTIAL NUM:NUM) OR NOT SUBJECT "x" (TEXT body LARGER NUM) SET',
  'UID SEARCH CHARSET UTF-8 MODSEQ NUM $',
  'SORT RETURN (ALL) (REVERSE DATE SUBJECT) UTF-8 ALL',
  'UID THREAD REFERENCES UTF-8 SET',
  'UID SEARCH RETURN (UPDATE (FLAGS) COUNT) OR UNSEEN TEXT body',
  'CANCELUPDATE STRING',
  'APPEND BOX (\\Seen KEY) {6+}\r\na: b\r\n',
  'APPEND BOX {4+}\r\nab\r\n (\\Draft) ~{3+}\r\n\0\0\0',
  'IDLE\r\nDONE',
  'GETQUOTAROOT BOX',
  'SETMETADATA BOX (/private/comment STRING)',
  'GETMETADATA (DEPTH infinity) BOX /private',
  'NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge)) (SUBTREE BOX (MessageNew MessageExpunge FlagChange))',
  'NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MailboxName SubscriptionChange MailboxMetadataChange))',
  'NOTIFY NONE',
  'COMPRESS FROB',
];

onBothStores({}, (world) => {
  for (const phase of ['not authenticated', 'authenticated', 'selected'] as const)
    for (const seed of [1, 2, 3]) test(`${phase}, seed ${seed}`, () => run(world(), { phase, seed }));
});

async function run(world: World, { phase, seed }: { phase: string; seed: number }): Promise<void> {
  const luck = chance(seed);
  const address = `fuzz${seed}${phase.replace(' ', '')}@x.example`;
  await addAccount(world, { address, like: ALICE });
  const open = async (): Promise<ImapTalk> => {
    if (phase === 'not authenticated') return ImapTalk.open({ port: world.imap });
    const talk = await loggedIn(world, address);
    if (phase === 'selected') await talk.ask('SELECT INBOX');
    return talk;
  };
  let talk = await open();
  for (let line = 0; line < LINES; line++) {
    talk.send(Buffer.from(`f${line} ${broken(luck)}\r\n`, 'latin1'));
    if (luck.next(4) > 0) continue;
    const heard = await settled(talk, line);
    const trouble = heard.filter((response) => /SERVERBUG|Trouble/.test(response));
    assert.deepEqual(trouble, []);
    if (heard.at(-1) === 'closed') talk = await open();
  }
  talk.close();
  const well = await loggedIn(world, address);
  assert.match((await well.ask('SELECT INBOX')).at(-1) ?? '', /^OK/, 'a well-behaved client is served');
  well.close();
}

/** Until a command of its own is answered, whatever the lines before left open. */
async function settled(talk: ImapTalk, line: number): Promise<string[]> {
  // Ends what waits for a line or a literal.
  talk.send(`*\r\nDONE\r\n${'x'.repeat(200)}\r\ns${line} NOOP\r\n`);
  const heard: string[] = [];
  for (;;) {
    const response = await Promise.race([
      talk.response(),
      new Promise<string>((resolve) => setTimeout(() => resolve('silence'), 1_000)),
    ]);
    heard.push(response);
    if (response === 'closed' || response.startsWith(`s${line} `)) return heard;
    // A literal that was announced is still awaited.
    if (response === 'silence') talk.send(`${'y'.repeat(5_000)}\r\ns${line} NOOP\r\n`);
  }
}

function broken(luck: Chance): string {
  const filled = luck
    .pick(COMMANDS)
    .replace(/BOX/g, () => luck.pick(['INBOX', 'a', 'a/b', '"Sent"', '""', '"&AOk-"', '{2+}\r\nhi']))
    .replace(/SET/g, () => luck.pick(['1', '1:*', '*', '$', '4294967295', '3:1,2', '99:100']))
    .replace(/NUM/g, () => luck.pick(['0', '1', '7', '18446744073709551615', '4294967296']))
    .replace(/KEY/g, () => luck.pick(['$a', 'b', 'Nonjunk', 'x'.repeat(70)]));
  switch (luck.next(6)) {
    case 0:
      return filled.slice(0, luck.next(filled.length));
    case 1: {
      const at = luck.next(filled.length);
      return (
        filled.slice(0, at) +
        luck.pick(['(', ')', '"', '\0', '\x80', '{9}', '*', ' ', '\\', '\r', '{99999999999+}']) +
        filled.slice(at + luck.next(2))
      );
    }
    case 2:
      return `${filled} ${luck.pick(COMMANDS)}`;
    default:
      return filled;
  }
}
