/** A mail program's copy of a mailbox, kept by nothing but what the server says: and it objects to whatever breaks the rules. */
import assert from 'node:assert/strict';
import type { Chance } from '../chance.ts';
import type { ImapTalk } from './talk.ts';

interface Known {
  uid: number | undefined;
  flags: string | undefined;
  modseq: number;
}

/** What it remembers while it is away. */
interface Memory {
  readonly uidValidity: number;
  readonly modseq: number;
  readonly flags: ReadonlyMap<number, string>;
}

const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', '\\Answered', '$one', '$two'];

export class Replica {
  readonly #open: () => Promise<ImapTalk>;
  readonly #isQresync: boolean;
  readonly #isNotified: boolean;
  #talk: ImapTalk | undefined;
  #list: Known[] = [];
  #memory: Memory | undefined;
  /** UIDs that the search found that is kept up; undefined where there is none. */
  #seen: Set<number> | undefined;
  #uidValidity = 0;
  #modseq = 0;

  /** `isQresync`: it hears VANISHED, and comes back with what it knew. `isNotified`: it hears what happens between its commands. */
  constructor(
    open: () => Promise<ImapTalk>,
    { isQresync, isNotified = false }: { isQresync: boolean; isNotified?: boolean },
  ) {
    this.#open = open;
    this.#isQresync = isQresync;
    this.#isNotified = isNotified;
  }

  async #connected(): Promise<ImapTalk> {
    if (this.#talk !== undefined) return this.#talk;
    const talk = await this.#open();
    this.#talk = talk;
    this.#list = [];
    if (this.#isQresync) await talk.ask('ENABLE QRESYNC');
    // It goes on naming messages by their numbers.
    if (this.#isNotified)
      await talk.ask('NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))');
    const known = this.#memory;
    if (known === undefined) {
      this.#hear(await talk.ask('SELECT INBOX'), 'SELECT');
      await this.#keepUp(talk);
      return talk;
    }
    // The same number of messages may be others: they are told apart by their UIDs.
    const lines = await talk.ask(`SELECT INBOX (QRESYNC (${known.uidValidity} ${known.modseq}))`);
    if (lines.at(-1) === 'closed') throw new Error('closed while it came back');
    const flags = new Map(known.flags);
    for (const line of lines) {
      const [, gone] = /^\* VANISHED \(EARLIER\) (\S+)$/.exec(line) ?? [];
      if (gone !== undefined) for (const uid of numbersIn(gone)) flags.delete(uid);
      const [, uid, named] = /^\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\) MODSEQ/.exec(line) ?? [];
      if (uid !== undefined) flags.set(Number(uid), named as string);
    }
    this.#hear(
      lines.filter((line) => !/ FETCH | VANISHED /.test(line)),
      'SELECT',
    );
    assert.equal(this.#list.length, flags.size, 'what it knew, what went, and what came make what there is');
    const uids = [...flags.keys()].sort((a, b) => a - b);
    this.#list = uids.map((uid) => ({ uid, flags: sorted(flags.get(uid) as string), modseq: 0 }));
    await this.#keepUp(talk);
    return talk;
  }

  /** Has a search kept up (RFC 5267), if it is one that listens all the time. */
  async #keepUp(talk: ImapTalk): Promise<void> {
    this.#seen = undefined;
    if (!this.#isNotified) return;
    const lines = await talk.ask('UID SEARCH RETURN (ALL UPDATE) SEEN');
    const at = lines.findIndex((line) => line.startsWith('* ESEARCH'));
    this.#seen = new Set(numbersIn(/ ALL (\S+)/.exec(lines[at] ?? '')?.[1] ?? '0'));
    this.#seen.delete(0);
    this.#hear(lines.toSpliced(at, 1), 'UID SEARCH');
  }

  #updated(line: string): void {
    for (const [, kind, set = ''] of line.matchAll(/ (ADDTO|REMOVEFROM) \(0 (\S+)\)/g))
      for (const uid of numbersIn(set)) {
        assert.equal(this.#seen?.has(uid), kind === 'REMOVEFROM', `${kind} ${uid}`);
        if (kind === 'ADDTO') this.#seen?.add(uid);
        else this.#seen?.delete(uid);
      }
  }

  /** Something that a mail program does. */
  async act(chance: Chance): Promise<void> {
    const talk = await this.#connected();
    const set = (): string => this.#someNumbers(chance);
    const uids = (): string => `${1 + chance.next(30)}:${1 + chance.next(40)}`;
    const flag = (): string =>
      `${chance.pick(['+', '-', ''])}FLAGS${chance.pick(['', '.SILENT'])} (${chance.pick(FLAGS)})`;
    const acts: (() => string)[] = [
      () => 'NOOP',
      () => `APPEND INBOX (${chance.pick(FLAGS)}) {6}\r\na: b\r\n`,
      () => `APPEND INBOX {6}\r\na: b\r\n () {6}\r\nc: d\r\n`,
      () => `STORE ${set()} ${flag()}`,
      () => `STORE ${set()} ${flag()}`,
      () => `UID STORE ${uids()} ${flag()}`,
      () => `FETCH ${set()} (UID FLAGS)`,
      () => `UID FETCH ${uids()} (FLAGS)`,
      () => `UID FETCH ${uids()} (FLAGS) (PARTIAL -1:-${1 + chance.next(9)})`,
      () => 'SEARCH UNSEEN',
      () => 'UID SEARCH FLAGGED',
      () => 'EXPUNGE',
      () => `UID EXPUNGE ${uids()}`,
      () => (this.#list.length > 60 ? 'EXPUNGE' : `COPY ${set()} INBOX`),
      () => `UID MOVE ${uids()} Trash`,
    ];
    const kind = chance.next(acts.length + 3);
    if (kind === acts.length) return this.#idle(talk, chance);
    if (kind > acts.length) return this.#goAway(chance);
    const command = (acts[kind] as () => string)();
    if (command.includes('NONE')) return;
    const lines = await talk.ask(command);
    assert.match(lines.at(-1) ?? '', /^(OK|NO)/, `${command}: ${lines.at(-1)}`);
    if (/\.SILENT/.test(command)) this.#forgetFlags(command);
    this.#hear(lines, command);
  }

  /** A set of numbers that it may name; `NONE` in an empty mailbox. */
  #someNumbers(chance: Chance): string {
    const count = this.#list.length;
    if (count === 0) return 'NONE';
    return chance.pick([`${1 + chance.next(count)}`, `${1 + chance.next(count)}:*`, '1:*']);
  }

  /** After a silent STORE it does not know what became of what others had changed among those that it named, nor of anything else what is so. */
  #forgetFlags(command: string): void {
    const [, by, set = ''] = /^(UID )?STORE (\S+) /.exec(command) ?? [];
    const named = new Set(numbersIn(set.replaceAll('*', String(this.#list.length))));
    this.#list.forEach((known, index) => {
      const isNamed =
        by === undefined ? named.has(index + 1) : known.uid === undefined || named.has(known.uid);
      if (isNamed) known.flags = undefined;
    });
  }

  async #idle(talk: ImapTalk, chance: Chance): Promise<void> {
    talk.send('i IDLE\r\n');
    // Who listens all the time may hear of something first.
    const lines = await talk.until('+ ');
    assert.ok(this.#isNotified || lines.length === 1, lines.join());
    this.#hear(lines, 'NOOP');
    await new Promise((resolve) => setTimeout(resolve, chance.next(30)));
    talk.send('DONE\r\n');
    this.#hear(await talk.until('i '), 'IDLE');
  }

  /** Goes, and comes back later: with what it knew at the last rest, if it is one that remembers. */
  #goAway(chance: Chance): void {
    if (chance.next(3) > 0) return;
    this.#talk?.close();
    this.#talk = undefined;
  }

  #hear(lines: readonly string[], command: string): void {
    const mayRenumber = !/^(FETCH|STORE|SEARCH)/.test(command);
    for (const line of lines) {
      const [, number = '', what = '', rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)$/.exec(line) ?? [];
      if (what === 'EXISTS') this.#exists(Number(number));
      if (what === 'EXPUNGE') {
        assert.ok(mayRenumber, `EXPUNGE during ${command}`);
        assert.ok(!this.#isQresync, 'EXPUNGE to a client that wants VANISHED');
        assert.ok(Number(number) <= this.#list.length, `EXPUNGE ${number} of ${this.#list.length}`);
        this.#list.splice(Number(number) - 1, 1);
      }
      if (what === 'FETCH') this.#fetched(Number(number), rest);
      if (line.startsWith('* ESEARCH')) this.#updated(line);
      const [, gone] = /^\* VANISHED ([\d:,]+)$/.exec(line) ?? [];
      if (gone !== undefined) {
        assert.ok(mayRenumber, `VANISHED during ${command}`);
        this.#vanished(gone);
      }
      const [, validity] = /\[UIDVALIDITY (\d+)\]/.exec(line) ?? [];
      if (validity !== undefined) this.#uidValidity = Number(validity);
      const [, modseq] = /\[HIGHESTMODSEQ (\d+)\]/.exec(line) ?? [];
      if (modseq !== undefined) {
        assert.ok(Number(modseq) >= this.#modseq, 'HIGHESTMODSEQ went back');
        this.#modseq = Number(modseq);
      }
    }
  }

  #exists(count: number): void {
    assert.ok(count >= this.#list.length, `EXISTS ${count} after ${this.#list.length}`);
    while (this.#list.length < count) this.#list.push({ uid: undefined, flags: undefined, modseq: 0 });
  }

  #vanished(gone: string): void {
    const missing: number[] = [];
    for (const uid of numbersIn(gone)) {
      const index = this.#list.findIndex((known) => known.uid === uid);
      if (index >= 0) this.#list.splice(index, 1);
      else missing.push(uid);
    }
    // UIDs that it has not asked for: one of those that are new to it, between those of lower and of higher UIDs.
    for (const uid of missing) {
      const above = this.#list.findIndex((known) => known.uid !== undefined && known.uid > uid);
      const index = this.#list
        .slice(0, above < 0 ? undefined : above)
        .findLastIndex((known) => known.uid === undefined);
      assert.ok(index >= 0, `VANISHED ${gone}: more than there were`);
      this.#list.splice(index, 1);
    }
  }

  #fetched(number: number, rest: string): void {
    const known = this.#list[number - 1];
    assert.ok(known !== undefined, `FETCH of message ${number} of ${this.#list.length}`);
    const [, uid] = /UID (\d+)/.exec(rest) ?? [];
    if (uid !== undefined) {
      assert.ok(
        known.uid === undefined || known.uid === Number(uid),
        `message ${number} has UID ${known.uid} and ${uid}`,
      );
      known.uid = Number(uid);
    }
    const [, flags] = /FLAGS \(([^)]*)\)/.exec(rest) ?? [];
    if (flags !== undefined) known.flags = sorted(flags);
    const [, modseq] = /MODSEQ \((\d+)\)/.exec(rest) ?? [];
    if (modseq !== undefined) {
      assert.ok(Number(modseq) >= known.modseq, `MODSEQ of message ${number} went back`);
      known.modseq = Number(modseq);
    }
  }

  /** Nobody does anything: what it knows, by UID, after it asked for what it does not know. */
  async rest(): Promise<[uid: number, flags: string][]> {
    const talk = await this.#connected();
    this.#hear(await talk.ask('NOOP'), 'NOOP');
    if (this.#list.some(({ uid, flags }) => uid === undefined || flags === undefined))
      this.#hear(await talk.ask('UID FETCH 1:* (FLAGS)'), 'UID FETCH');
    const uids = this.#list.map(({ uid }) => uid as number);
    assert.deepEqual(
      uids,
      [...uids].sort((a, b) => a - b),
      'UIDs rise with the numbers',
    );
    const status = (await talk.ask('STATUS INBOX (HIGHESTMODSEQ)'))[0] ?? '';
    const modseq = Number(/HIGHESTMODSEQ (\d+)/.exec(status)?.[1]);
    const now = this.#list.map(({ uid, flags }) => [uid as number, flags as string] as [number, string]);
    if (this.#seen !== undefined) {
      const seen = now.filter(([, flags]) => flags.includes('\\Seen')).map(([uid]) => uid);
      assert.deepEqual(
        [...this.#seen].sort((a, b) => a - b),
        seen,
        'what a search finds that is kept up',
      );
    }
    if (this.#isQresync) this.#memory = { uidValidity: this.#uidValidity, modseq, flags: new Map(now) };
    return now;
  }

  /** The connection broke. */
  lose(): void {
    this.close();
    this.#talk = undefined;
  }

  close(): void {
    this.#talk?.close();
  }
}

function sorted(flags: string): string {
  return flags.split(' ').sort().join(' ');
}

function numbersIn(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [one = 0, other = one] = range.split(':').map(Number);
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}
