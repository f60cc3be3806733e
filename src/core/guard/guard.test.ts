import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import type { SendEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5, 8);

/** A month of an account's office days: five messages a day to a dozen people, from one place. */
function office(account: string, days = 30): SendEvent[] {
  const friends = Array.from(
    { length: 12 },
    (_, index) => `friend${index}@${account.replace('@', '.')}.example`,
  );
  const random = chance(account.length);
  return Array.from({ length: days * 5 }, (_, index) => ({
    at: START + Math.floor(index / 5) * DAY + (index % 5) * HOUR,
    account,
    to: [random.pick(friends)],
    ip: '192.0.2.7',
    country: 'FR',
    asn: 12_322,
    fingerprint: `${account} ${index}`,
  }));
}

/** One spam of a botnet: another address, another recipient. */
function spam(account: string, at: number, index: number): SendEvent {
  return {
    at,
    account,
    to: [`victim${index}.${account.replace('@', '.')}@far${index % 50}.example`],
    ip: `203.${index % 200}.${(index * 7) % 200}.9`,
    country: ['BR', 'CN', 'US', 'IN'][index % 4] as string,
    asn: 1_000 + index,
    fingerprint: 'template',
  };
}

const isKept = ({ outcome }: Decision): boolean => outcome === 'hold' || outcome === 'stop';

function after(events: readonly SendEvent[], guard = new Guard()): Guard {
  for (const event of events) guard.decide(event);
  return guard;
}

test('office mail passes, whatever it is', () => {
  const guard = new Guard();
  for (const event of office('ann@a.test')) assert.equal(guard.decide(event).outcome, 'pass');
});

test('a botnet lets three spams out of an account at most, and the account is stopped', () => {
  for (const account of ['ann@a.test', 'new@a.test']) {
    const guard = after(office('ann@a.test'));
    const decisions = Array.from({ length: 200 }, (_, index) =>
      guard.decide(spam(account, START + 31 * DAY + index * 1_000, index)),
    );
    const out = decisions.filter((decision) => !isKept(decision)).length;
    assert.ok(out <= 3, `${out} of ${account}`);
    assert.equal(decisions.at(-1)?.outcome, 'stop');
  }
});

test("the owner's mail passes while somebody else's is held, until the account is stopped", () => {
  const guard = after(office('ann@a.test'));
  const begins = START + 31 * DAY;
  for (let index = 0; index < 6; index++) guard.decide(spam('ann@a.test', begins + index * MINUTE, index));
  const own = office('ann@a.test')[0] as SendEvent;
  assert.equal(guard.decide({ ...own, at: begins + HOUR }).outcome, 'pass');
});

test('one spam from each of five hundred accounts is a campaign', () => {
  const guard = new Guard();
  let out = 0;
  for (let index = 0; index < 500; index++) {
    const event = spam(`a${index}@d${index}.test`, START + index * HOUR, index);
    if (!isKept(guard.decide(event))) out++;
  }
  assert.ok(out <= 12, `${out} of 500`);
});

test('what colleagues pass on to each other is none', () => {
  const people = Array.from({ length: 30 }, (_, index) => `p${index}@a.test`);
  const guard = after(people.flatMap((account) => office(account, 5)).sort((a, b) => a.at - b.at));
  for (const [index, account] of people.entries()) {
    const [own] = office(account, 1) as [SendEvent];
    const event = { ...own, at: START + 6 * DAY + index * MINUTE, fingerprint: 'cake in the kitchen' };
    assert.equal(guard.decide(event).outcome, 'pass', account);
  }
});

/** One letter of an issue of a newsletter, from one place. */
function issue(at: number, about: Partial<SendEvent> = {}): SendEvent {
  return {
    at,
    account: 'news@shop.test',
    to: ['reader@home.example'],
    ip: '198.51.100.4',
    country: 'FR',
    asn: 16_276,
    list: true,
    fingerprint: `issue ${Math.floor(at / DAY)}`,
    ...about,
  };
}

/** How many letters of an issue leave, each to another reader, until one is held. */
function readersOf(guard: Guard, from: number, most: number): number {
  for (let index = 0; index < most; index++) {
    const to = [`reader${index}@home${index % 97}.example`];
    if (isKept(guard.decide(issue(from + index * 50, { to })))) return index;
  }
  return most;
}

test('a newsletter of a known sender passes, its ten thousand recipients with it', () => {
  const guard = new Guard();
  // As another server recorded them: without their readers.
  for (const day of [0, 7, 14]) guard.decide(issue(START + day * DAY, { to: [] }));
  assert.equal(readersOf(guard, START + 21 * DAY, 10_000), 10_000);
});

test('who was seen to send a list to few may send it to a few times as many, and so on', () => {
  const guard = new Guard();
  for (const day of [0, 7, 14]) guard.decide(issue(START + day * DAY));
  const reached = [21, 28, 35].map((day) => readersOf(guard, START + day * DAY, 10_000));
  assert.ok(reached[0] !== undefined && reached[0] >= 100 && reached[0] < 150, `${reached}`);
  assert.ok(
    reached.every((readers) => readers < 2_000),
    `${reached}`,
  );
});

test('two messages around midnight that say that they are bulk do not make an account known for it', () => {
  const midnight = START + 31 * DAY + 16 * HOUR;
  const home = { account: 'ann@a.test', ip: '192.0.2.7', asn: 12_322 };
  for (const place of [home, { ...home, ip: '203.0.113.9', country: 'BR', asn: 64_500 }]) {
    const guard = after(office('ann@a.test'));
    for (const at of [midnight - 1_000, midnight + 1_000])
      guard.decide(issue(at, { ...place, to: ['friend1@ann.a.test.example'] }));
    const to = Array.from({ length: 1_000 }, (_, index) => `victim${index}@far${index % 50}.example`);
    assert.ok(isKept(guard.decide(issue(midnight + 2_000, { ...place, to }))), place.ip);
  }
});

test('friends beside the strangers, as many as there may be, hide nobody', () => {
  const friends = Array.from({ length: 12 }, (_, index) => `friend${index}@ann.a.test.example`);
  for (const [place, most] of [
    [{ ip: '203.0.113.9', country: 'BR', asn: 64_500 }, 25],
    [{ ip: '192.0.2.7', country: 'FR', asn: 12_322 }, 60],
  ] as const)
    for (const beside of [1, 3, 12]) {
      const guard = after(office('ann@a.test'));
      let left = 0;
      for (let index = 0; index < 300; index++) {
        const one = spam('ann@a.test', START + 31 * DAY + index * MINUTE, index);
        const to = [...friends.slice(0, beside), ...one.to];
        if (!isKept(guard.decide({ ...one, ...place, to, fingerprint: `text ${index}` }))) left++;
      }
      assert.ok(left <= most, `${left} from ${place.ip}, each with ${beside}`);
    }
});

test('when everybody moves to another network, nobody is held', () => {
  const people = Array.from({ length: 100 }, (_, index) => `p${index}@d${index}.test`);
  const guard = after(people.flatMap((account) => office(account, 20)).sort((a, b) => a.at - b.at));
  let doubted = 0;
  for (let index = 0; index < 400; index++) {
    const account = people[index % 100] as string;
    const own = office(account, 1)[index % 5] as SendEvent;
    const moved = {
      ...own,
      at: START + 21 * DAY + index * 10_000,
      ip: `10.${index % 100}.3.4`,
      country: 'DE',
      asn: 3_320,
    };
    if (guard.decide(moved).outcome !== 'pass') doubted++;
  }
  assert.equal(doubted, 0);
});

test('the same events give the same decisions, and a far later time no other', () => {
  const events = [
    ...office('ann@a.test'),
    ...Array.from({ length: 50 }, (_, index) => spam('ann@a.test', START + 31 * DAY + index * MINUTE, index)),
  ];
  const decided = (): Decision[] => {
    const guard = new Guard();
    return events.map((event) => guard.decide(event));
  };
  assert.deepEqual(decided(), decided());
});

test('a relaxation bears twice as much in its scope, no more elsewhere, and nothing of a campaign', () => {
  const relaxations = [{ scope: { kind: 'domain', domain: 'a.test' }, factor: 2 }] as const;
  const out = (account: string, of: Partial<ConstructorParameters<typeof Guard>[0]>): Decision[] => {
    const guard = after(office(account), new Guard(of));
    return Array.from({ length: 60 }, (_, index) =>
      guard.decide({ ...spam(account, START + 31 * DAY + index * 1_000, index), fingerprint: `${index}` }),
    ).filter((decision) => !isKept(decision));
  };
  const [strict, relaxed] = [out('ann@a.test', {}), out('ann@a.test', { relaxations })];
  assert.ok(relaxed.length > strict.length && relaxed.length <= 2 * strict.length + 1);
  assert.equal(relaxed.at(-1)?.relaxed?.factor, 2, 'it says that it was relaxed');
  assert.equal(out('bob@b.test', { relaxations }).length, out('bob@b.test', {}).length);
  const guard = new Guard({ relaxations: [{ scope: { kind: 'domain', domain: 'x.test' }, factor: 2 }] });
  let campaign = 0;
  for (let index = 0; index < 100; index++)
    if (!isKept(guard.decide(spam(`a${index}@x.test`, START + index * HOUR, index)))) campaign++;
  assert.ok(campaign <= 12, `${campaign} of a campaign`);
});

test('what is thought of a new account stays when its places are told apart', () => {
  const guard = new Guard();
  const from = (index: number) => ({ ip: `203.0.${index}.9`, asn: 64_500, country: 'FR' });
  const scores = Array.from({ length: 12 }, (_, index) => {
    const event = { ...spam('erin@new.example', START + index * MINUTE, index), fingerprint: `of ${index}` };
    return guard.decide({ ...event, ...from(index < 2 ? index : 1) }).score;
  });
  // The second came from a place of its own; all after it from there.
  const after = scores.slice(2);
  assert.deepEqual(
    after.toSorted((a, b) => a - b),
    after,
  );
});

test('five thousand strangers in one message are held, fifty pass', () => {
  for (const [count, kept] of [
    [50, false],
    [5_000, true],
  ] as const) {
    const guard = after(office('ann@a.test'));
    const to = Array.from({ length: count }, (_, index) => `x${index}@y${index}.example`);
    assert.equal(isKept(guard.decide({ at: START + 31 * DAY, account: 'ann@a.test', to })), kept, `${count}`);
  }
});

test('a clock that was ahead for an hour stops nobody afterwards', () => {
  for (const ahead of [DAY, 30 * DAY, -DAY]) {
    const guard = new Guard();
    const random = chance(7);
    let sent = 0;
    const send = (at: number): Decision => {
      const to = random.next(10) < 3 ? `customer${++sent}` : `friend${sent++ % 30}`;
      const about = { account: 'ann@a.test', to: [to], ip: '192.0.2.7', country: 'FR', asn: 12_322 };
      return guard.decide({ ...about, at, fingerprint: `letter ${sent}` });
    };
    const release = (decision: Decision, at: number): void => {
      const first = { at, account: 'ann@a.test', to: ['x'], ip: '192.0.2.7' };
      if (isKept(decision)) guard.released(first, { recipients: 20 });
    };
    for (let day = 0; day < 30; day++)
      for (let index = 0; index < 150; index++) {
        const at = START + day * DAY + index * 4 * MINUTE;
        release(send(at), at);
      }
    for (let index = 0; index < 15; index++) send(START + 30 * DAY + ahead + index * 4 * MINUTE);
    const kept = Array.from({ length: 600 }, (_, index) =>
      send(START + (30 + Math.floor(index / 150)) * DAY + HOUR + (index % 150) * 4 * MINUTE),
    ).filter(isKept);
    assert.equal(kept.length, 0, `${ahead / DAY} days ahead`);
  }
});
