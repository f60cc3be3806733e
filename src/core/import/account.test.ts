/** An import from a server that fails in every way, on a real store: what comes in the end is what is there, once. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { anAccount, openers } from '../../../test/stores.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { SqlStore } from '../../store/store.ts';
import type { Account } from '../directory/port.ts';
import { flagNames } from '../mailbox/flags.ts';
import { ALL_UIDS } from '../mailbox/uid-ranges.ts';
import { type FolderResult, importAccount } from './account.ts';
import { type OpenFolder, type SourceConnection, SourceError, type SourceFolder } from './source.ts';

const MOST_BYTES = 5_000_000;

interface Message {
  bytes: Buffer;
  flags: string[];
  /** Octets, where they are others than it has. */
  claims?: number;
}

/** A server in memory; `fails` is asked before everything. */
class Server {
  readonly folders = new Map<string, Map<number, Message>>();
  readonly about = new Map<string, Partial<SourceFolder>>();
  uidValidity = 1;
  connections = 0;
  most = 0;
  asked: string[] = [];
  fails: (what: string) => SourceError | undefined = () => undefined;
  /** What it makes of an answer: messages of these UIDs are asked for. */
  lies: <One extends { uid: number }>(what: string, answer: One[]) => One[] = (_, answer) => answer;

  put(
    folder: string,
    uid: number,
    about: { bytes?: string | Buffer; flags?: string[]; claims?: number } = {},
  ): void {
    const messages = this.folders.get(folder) ?? new Map<number, Message>();
    this.folders.set(folder, messages);
    const bytes = Buffer.from(about.bytes ?? `Subject: ${folder} ${uid}\r\n\r\ntext\r\n`);
    const claims = about.claims === undefined ? {} : { claims: about.claims };
    messages.set(uid, { bytes, flags: about.flags ?? [], ...claims });
  }

  ask(what: string): void {
    this.asked.push(what);
    const fault = this.fails(what);
    if (fault !== undefined) throw fault;
  }

  async connect(): Promise<SourceConnection> {
    this.ask('connect');
    this.most = Math.max(this.most, ++this.connections);
    let isOpen = true;
    return {
      folders: async () => {
        this.ask('folders');
        return [...this.folders].map(([name, messages]) => ({
          ...{ name, levels: name.split('.'), isSubscribed: true, messages: messages.size },
          ...this.about.get(name),
        }));
      },
      open: async (name) => this.#open(name),
      close: async () => {
        if (isOpen) this.connections--;
        isOpen = false;
      },
    };
  }

  #open(name: string): OpenFolder {
    this.ask(`open ${name}`);
    const messages = this.folders.get(name) ?? new Map<number, Message>();
    const described = (uids: Iterable<number>): { uid: number; message: Message }[] =>
      [...uids].flatMap((uid) => {
        const message = messages.get(uid);
        return message === undefined ? [] : [{ uid, message }];
      });
    const ask = (what: string): void => this.ask(what);
    const lied = <One extends { uid: number }>(what: string, answer: One[]): One[] => this.lies(what, answer);
    return {
      uidValidity: this.uidValidity,
      uids: async (among) =>
        [...messages.keys()].filter((uid) => among?.includes(uid) ?? true).sort((a, b) => a - b),
      async *flags({ range: [first, last] }) {
        for (const { uid, message } of described(messages.keys()))
          if (uid >= first && uid <= last) yield { uid, flags: message.flags };
      },
      async describe(uids) {
        ask(`describe ${uids.join(',')}`);
        const found = described(uids).map(({ uid, message }) => ({
          ...{ uid, flags: message.flags, internalAt: 1000 * uid },
          sizeBytes: message.claims ?? message.bytes.length,
        }));
        return lied(`describe ${uids.join(',')}`, found);
      },
      async whole(uids) {
        ask(`whole ${uids.join(',')}`);
        const found = described(uids).map(({ uid, message }) => ({ uid, bytes: message.bytes }));
        return lied(`whole ${uids.join(',')}`, found);
      },
      async piece({ uid, offset, limit }) {
        ask(`piece ${uid} ${offset}`);
        const bytes = messages.get(uid)?.bytes.subarray(offset, offset + limit);
        return bytes === undefined ? undefined : lied(`piece ${uid} ${offset}`, [{ uid, bytes }])[0]?.bytes;
      },
    };
  }
}

interface Setting {
  readonly store: SqlStore;
  readonly account: Account;
  readonly server: Server;
  run(about?: {
    named?: string[];
    connections?: number;
    messages?: number;
    mode?: 'bring' | 'verify';
  }): Promise<{
    results: FolderResult[];
    left: string[];
    unknown: readonly string[];
    gone: readonly string[];
  }>;
  /** Octets, in their order. */
  mail(name: string): Promise<string[]>;
}

async function setting(t: TestContext): Promise<Setting> {
  const opener = openers[0];
  assert.ok(opener !== undefined);
  const { store, close } = await opener.open();
  t.after(() => close());
  const account = await anAccount(store, 'fr');
  const server = new Server();
  const clock = new VirtualClock();
  return {
    ...{ store, account, server },
    async run({ named = [], connections = 1, messages, mode = 'bring' } = {}) {
      const results: FolderResult[] = [];
      let isOver = false;
      const running = importAccount({
        ...{ store, clock, connections, account: account.id, source: 'test', named: new Set(named) },
        limits: messages === undefined ? {} : { messages },
        ...{ removesGone: false, mode, mostBytes: MOST_BYTES },
        connect: () => server.connect(),
        told: {
          planned: () => undefined,
          progress: () => undefined,
          folder: (one) => results.push(one),
          waits: () => undefined,
        },
      }).finally(() => {
        isOver = true;
      });
      // Its waits are the virtual clock's.
      running.catch(() => undefined);
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        await clock.advance(1_000);
      }
      const { left, unknown, goneFolders } = await running;
      return {
        results,
        unknown,
        gone: goneFolders,
        left: left.map(({ folder, why }) => `${folder.name}: ${why}`),
      };
    },
    async mail(name) {
      const mailbox = await store.mailboxNamed({ account: account.id, name });
      assert.ok(mailbox !== undefined, name);
      const items = await store.items({
        ...{ account: account.id, mailbox: mailbox.id, uids: ALL_UIDS, limit: 5_000 },
      });
      return Promise.all(
        items.map(async ({ message, contentBytes, flags }) => {
          const bytes = await store.readContent({ message, offset: 0, limit: contentBytes });
          return `${Buffer.from(bytes)}${flagNames(flags, mailbox.keywords).join(' ')}`;
        }),
      );
    },
  };
}

function lost(): SourceError {
  return new SourceError('lost', 'the line is cut');
}

test('a connection that is cut again and again is made anew, and each message comes once, in its order', async (t) => {
  const { server, run, mail } = await setting(t);
  for (let uid = 1; uid <= 600; uid++)
    server.put('INBOX', uid, { flags: uid % 2 === 0 ? ['\\Seen', '\\Recent'] : [] });
  const large = `Subject: large\r\n\r\n${'0123456789\r\n'.repeat(300_000)}`;
  server.put('INBOX', 601, { bytes: large });
  server.put('Sent', 5, { bytes: 'Subject: sent\r\n\r\n' });
  server.about.set('Sent', { use: '\\Sent' });
  let count = 0;
  server.fails = () => (++count % 9 === 0 ? lost() : undefined);
  const { results } = await run({ connections: 2 });
  assert.deepEqual(results.map(({ tally, fault }) => [tally?.came, fault]).sort(), [
    [1, undefined],
    [601, undefined],
  ]);
  const came = await mail('INBOX');
  assert.deepEqual(
    came.slice(0, 600),
    Array.from(
      { length: 600 },
      (_, index) => `Subject: INBOX ${index + 1}\r\n\r\ntext\r\n${index % 2 === 1 ? '\\Seen' : ''}`,
    ),
  );
  assert.equal(came[600], large);
  assert.deepEqual(await mail('Envoyés'), ['Subject: sent\r\n\r\n']);
  assert.equal(server.connections, 0);
});

test('a connection that never comes ends it, for another time', async (t) => {
  const { server, run } = await setting(t);
  server.put('INBOX', 1);
  server.fails = lost;
  await assert.rejects(run(), { fault: 'lost' });
  assert.equal(server.asked.length, 6);
  server.fails = (what) => (what.startsWith('whole') ? lost() : undefined);
  await assert.rejects(run(), { fault: 'lost' });
  server.fails = () => undefined;
  assert.equal((await run()).results[0]?.tally?.came, 1);
});

test('a server that allows one connection is asked over that', async (t) => {
  const { server, run } = await setting(t);
  for (const name of ['INBOX', 'a', 'b', 'c']) server.put(name, 1);
  server.fails = (what) => (what === 'connect' && server.connections > 0 ? lost() : undefined);
  const { results } = await run({ connections: 4 });
  assert.deepEqual([results.length, server.most], [4, 1]);
});

test('a message that the server does not give is told, and the others come; it is asked for again', async (t) => {
  const { server, run, mail } = await setting(t);
  for (let uid = 1; uid <= 5; uid++) server.put('INBOX', uid);
  server.put('INBOX', 6, { bytes: Buffer.alloc(2_000_000, 'x\r\n') });
  const refused = new SourceError('refused', 'no such octets');
  server.fails = (what) => (/^whole.*\b3\b|^piece 6/.test(what) ? refused : undefined);
  const { results } = await run();
  assert.deepEqual(results[0]?.tally?.failed, [
    { uid: 3, why: 'no such octets' },
    { uid: 6, why: 'no such octets' },
  ]);
  assert.equal((await mail('INBOX')).length, 4);
  server.fails = () => undefined;
  assert.equal((await run()).results[0]?.tally?.came, 2);
  server.fails = (what) => (what === 'open a' ? refused : undefined);
  server.put('a', 1);
  server.put('b', 1);
  const again = await run();
  assert.deepEqual(again.results.map(({ planned, fault }) => [planned.name, fault?.message]).sort(), [
    ['INBOX', undefined],
    ['a', 'no such octets'],
    ['b', undefined],
  ]);
});

test('what there is no room for stays there, whole', async (t) => {
  const { server, run, mail } = await setting(t);
  for (let uid = 1; uid <= 200; uid++) server.put('INBOX', uid);
  server.put('later', 1);
  const { results } = await run({ messages: 130 });
  assert.deepEqual(
    results.map(({ planned, tally }) => [planned.name, tally?.came, tally?.ended]),
    [['INBOX', 130, 'over quota']],
  );
  assert.equal((await mail('INBOX')).length, 130);
});

test('a folder that was renamed here is followed, and one that was deleted here is not made again', async (t) => {
  const { store, account, server, run, mail } = await setting(t);
  for (const name of ['a', 'b', 'all']) server.put(name, 1);
  server.about.set('all', { left: 'shows others' });
  assert.deepEqual((await run()).left, ['all: shows others']);
  await store.renameMailbox({ account: account.id, from: 'a', to: 'mine/a', at: 0 });
  await store.deleteMailbox({ account: account.id, name: 'b', at: 0 });
  for (const name of ['a', 'b']) server.put(name, 2);
  const second = await run();
  assert.deepEqual(second.left.sort(), ['all: shows others', 'b: was deleted here']);
  assert.equal((await mail('mine/a')).length, 2);
  const named = await run({ named: ['b', 'all', 'none'] });
  assert.deepEqual(named.unknown, ['none']);
  assert.equal((await mail('b')).length, 2);
  assert.equal((await mail('all')).length, 1);
  server.folders.delete('a');
  assert.deepEqual((await run()).gone, ['a']);
});

test('messages of a folder with new UIDs are recognised, as often as they are here', async (t) => {
  const { server, run, mail } = await setting(t);
  const twin = 'Subject: twin\r\n\r\n';
  for (const uid of [1, 2]) server.put('INBOX', uid, { bytes: twin });
  server.put('INBOX', 3);
  await run();
  server.uidValidity = 2;
  server.put('INBOX', 3, { flags: ['\\Flagged'] });
  server.put('INBOX', 4);
  const { results } = await run();
  const { isRenumbered, tally } = results[0] ?? {};
  assert.deepEqual([isRenumbered, tally?.came, tally?.adopted], [true, 1, 3]);
  assert.match((await mail('INBOX'))[2] ?? '', /\\Flagged$/);
  assert.equal((await mail('INBOX')).length, 4);
});

test('what is there and what is here is compared octet by octet, and nothing is changed', async (t) => {
  const { store, account, server, run, mail } = await setting(t);
  for (let uid = 1; uid <= 8; uid++) server.put('INBOX', uid);
  server.put('INBOX', 9, { bytes: Buffer.alloc(2_500_000, 'x\r\n') });
  const verified = async (): Promise<Record<string, unknown>> => {
    const { total, named, ...counts } = (await run({ mode: 'verify' })).results[0]?.verified ?? {};
    const others = Object.entries(counts).filter(([, count]) => count !== 0);
    return { total, ...Object.fromEntries(others), ...(named?.length ? { named } : {}) };
  };
  assert.deepEqual(await verified(), { total: 9, fresh: 9 });
  await run();
  assert.deepEqual(await verified(), { total: 9, same: 9 });
  const inbox = await store.mailboxNamed({ account: account.id, name: 'INBOX' });
  assert.ok(inbox !== undefined);
  const ref = { account: account.id, mailbox: inbox.id, uids: [[1, 2]] as const };
  await store.expungeItems({ ...ref, uids: [[8, 8]], which: 'any', at: 0 });
  await store.storeFlags({ ...ref, change: 'add', flags: { system: 8, keywords: [] } });
  server.put('INBOX', 3, { bytes: 'Subject: other\r\n\r\n' });
  server.put('INBOX', 9, { bytes: Buffer.alloc(2_500_000, 'y\r\n') });
  server.put('INBOX', 10);
  server.folders.get('INBOX')?.delete(4);
  const before = await mail('INBOX');
  assert.deepEqual(await verified(), {
    ...{ total: 9, same: 3, fresh: 1, away: 1, otherOctets: 2, otherFlags: 2, gone: 1, named: [3, 9] },
  });
  server.fails = (what) =>
    /^whole.*\b5\b|^piece 9/.test(what) ? new SourceError('refused', 'no') : undefined;
  assert.deepEqual((await verified())['unread'], 2);
  assert.deepEqual(await mail('INBOX'), before);
});

test('what the server lists and does not give cannot be read, unless it is gone by then', async (t) => {
  const { server, run, mail, store, account } = await setting(t);
  for (let uid = 1; uid <= 8; uid++) server.put('INBOX', uid);
  const large = Buffer.alloc(1_500_000, 'x\r\n');
  server.put('INBOX', 9, { bytes: large });
  const kept = server.folders.get('INBOX');
  server.lies = (what, answer) => {
    if (what === 'whole 1,2,4,5,6,7,8') kept?.delete(8);
    const missing = what.startsWith('describe') ? [3] : [5, 6, 8, 9];
    // One comes when it is asked for alone.
    return answer.filter(({ uid }) => !missing.includes(uid) || what === 'whole 6');
  };
  const { tally } = (await run()).results[0] ?? {};
  const why = 'the server lists it, and does not give it';
  assert.deepEqual(
    tally?.failed.toSorted((a, b) => a.uid - b.uid),
    [
      { uid: 3, why },
      { uid: 5, why },
      { uid: 9, why },
    ],
  );
  assert.deepEqual([tally?.came, tally?.failedCount], [5, 3]);
  const [folder] = await store.importFolders({ account: account.id, source: 'test' });
  assert.equal(folder?.modseq, undefined);
  server.lies = (_, answer) => answer;
  assert.equal((await run()).results[0]?.tally?.came, 3);
  assert.equal((await mail('INBOX')).length, 8);
});

test('of answers that come twice the first counts, of messages that were asked for', async (t) => {
  const { server, run, mail } = await setting(t);
  for (let uid = 1; uid <= 5; uid++) server.put('INBOX', uid);
  server.lies = (_, answer) => [
    ...answer,
    ...answer,
    ...answer.map((one) => ({ ...one, uid: one.uid + 10 })),
  ];
  const { tally } = (await run()).results[0] ?? {};
  assert.deepEqual([tally?.came, tally?.failedCount], [5, 0]);
  assert.equal((await mail('INBOX')).length, 5);
});

test('a message that never ends, or is larger than may be, is told, and nothing of it stays', async (t) => {
  const { server, run, mail } = await setting(t);
  server.put('INBOX', 1);
  server.put('INBOX', 2, { bytes: Buffer.alloc(4_900_000, 'x\r\n'), claims: 1_100_000 });
  server.put('INBOX', 3, { bytes: Buffer.alloc(2_500_000, 'y\r\n'), claims: 1_100_000 });
  server.put('INBOX', 4, { claims: MOST_BYTES + 1 });
  const { tally } = (await run()).results[0] ?? {};
  assert.deepEqual(
    tally?.failed.toSorted((a, b) => a.uid - b.uid),
    [
      { uid: 2, why: 'it has more octets than the 1100000 that the server says' },
      { uid: 4, why: 'it has 5000001 octets; [limits] maxMessageSize allows 5000000' },
    ],
  );
  assert.equal((await mail('INBOX')).length, 2);
});

test('a message for which the server sends too much is found out, and the others come', async (t) => {
  const { server, run, mail } = await setting(t);
  for (let uid = 1; uid <= 300; uid++) server.put('INBOX', uid);
  server.put('Sent', 1);
  const excess = new SourceError('excess', 'too much');
  server.fails = (what) => (/^(whole|piece).*\b(7|200)\b/.test(what) ? excess : undefined);
  const { results } = await run();
  const { tally, fault } = results.find(({ planned }) => planned.name === 'INBOX') ?? {};
  assert.deepEqual(
    [tally?.failed, tally?.came, fault],
    [
      [
        { uid: 7, why: 'too much' },
        { uid: 200, why: 'too much' },
      ],
      298,
      undefined,
    ],
  );
  server.fails = (what) => (/^(whole|piece)/.test(what) ? excess : undefined);
  for (let uid = 301; uid <= 400; uid++) server.put('INBOX', uid);
  server.put('Sent', 2);
  const worse = await run();
  assert.deepEqual(worse.results.map(({ planned, fault: why }) => [planned.name, why?.message]).sort(), [
    ['INBOX', 'too much, for 20 messages one after the other'],
    ['Sent', undefined],
  ]);
  assert.equal((await mail('INBOX')).length, 298);
});

test('the first connection is tried once; a later one that does not come, again and again', async (t) => {
  const { server, run } = await setting(t);
  server.put('INBOX', 1);
  const none = new SourceError('unreachable', 'nothing answers');
  server.fails = () => none;
  await assert.rejects(run(), { fault: 'unreachable' });
  assert.deepEqual(server.asked, ['connect']);
  let cut = 0;
  server.fails = (what) =>
    (what.startsWith('whole') || what === 'connect') && ++cut > 1 && cut < 4 ? none : undefined;
  assert.equal((await run()).results[0]?.tally?.came, 1);
});
