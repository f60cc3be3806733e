/**
 * Deliveries of one kind in their owner's memory, taken in turn: deficit round robin (Shreedhar and Varghese, 1996) over
 * customers' domains, within a domain over its accounts, and within an account the oldest first. Whoever sends much
 * waits for nobody but itself; a large message costs its sender as many turns as it is large.
 *
 * Whose turn it is outlives an empty queue: a path that rests gives everything back, and would otherwise begin each time
 * with whoever has the oldest mail.
 */
import { domainOfCustomer } from './customer.ts';
import { isAlike, type Work } from './work.ts';

/** Octets that a turn is worth. */
export const QUANTUM_BYTES = 65_536;
/** What the smallest message costs: a transaction is work however little it carries. */
export const LEAST_COST_BYTES = 8_192;
/** Domains and customers whose turn is remembered. */
const MAX_TURNS = 2_000;

/** Something whose first piece of work has a cost. */
interface Line {
  readonly empty: boolean;
  /** Of what it would give next. */
  readonly cost: number;
  take(max: number): Work[];
}

export class FairQueue {
  /** The order of turns when everything was taken out, by domain and by customer. */
  #turns = new Map<string, number>();
  readonly #turnOf = (key: string): number | undefined => {
    const turn = this.#turns.get(key);
    // It counts once: who comes back again is last, as anybody.
    this.#turns.delete(key);
    return turn;
  };
  readonly #domains = new Ring<Ring<Account>>(this.#turnOf);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(work: Work): void {
    this.#accountOf(work).push(work);
    this.#size++;
  }

  /** Untried after all: first of their account again, which is next. */
  putBack(works: readonly Work[]): void {
    const [first] = works;
    if (first === undefined) return;
    this.#accountOf(first).putBack(works);
    const domain = domainOf(first);
    this.#domains.bringForward(domain);
    this.#domains.of(domain)?.bringForward(first.delivery.customer);
    this.#size += works.length;
  }

  /** The next deliveries of one message, at most `max`. */
  take(max: number): Work[] {
    const works = this.#domains.take(max);
    this.#size -= works.length;
    return works;
  }

  /** More of the message that was taken last, when they are next in its line. */
  takeMore(of: Work, max: number): Work[] {
    const [domain, customer] = [domainOf(of), of.delivery.customer];
    const accounts = this.#domains.of(domain);
    const account = accounts?.of(customer);
    if (accounts === undefined || account === undefined) return [];
    const works = account.takeMore(of, max);
    this.#size -= works.length;
    if (account.empty) accounts.remove(customer);
    if (accounts.empty) this.#domains.remove(domain);
    return works;
  }

  /** All of one customer, the oldest first. */
  takeOf(customer: string): Work[] {
    const domain = domainOfCustomer(customer);
    const accounts = this.#domains.of(domain);
    const account = accounts?.of(customer);
    if (accounts === undefined || account === undefined) return [];
    const works = account.all();
    this.#size -= works.length;
    accounts.remove(customer);
    if (accounts.empty) this.#domains.remove(domain);
    return works;
  }

  /** Everything, and the queue is empty. */
  drain(): Work[] {
    this.#rememberTurns();
    const works: Work[] = [];
    while (this.#size > 0) works.push(...this.take(Number.POSITIVE_INFINITY));
    return works;
  }

  /** Those that are not here now keep their order, behind those that are. */
  #rememberTurns(): void {
    const domains = this.#domains.keys();
    const here = domains.flatMap((domain) => [domain, ...(this.#domains.of(domain)?.keys() ?? [])]);
    const order = new Set([...here, ...this.#turns.keys()]);
    this.#turns = new Map([...order].slice(0, MAX_TURNS).map((key, index) => [key, index]));
  }

  #accountOf(work: Work): Account {
    const domain = this.#domains.open(domainOf(work), () => new Ring<Account>(this.#turnOf));
    return domain.open(work.delivery.customer, () => new Account());
  }
}

function domainOf({ delivery }: Work): string {
  return domainOfCustomer(delivery.customer);
}

interface Place<Member> {
  readonly line: Member;
  deficit: number;
  /** Its place in the order of before, until it has had its turn. */
  turn: number | undefined;
}

/** Lines that take turns. One that has nothing leaves, and starts anew when it comes back. */
class Ring<Member extends Line> implements Line {
  readonly #turnOf: (key: string) => number | undefined;
  readonly #members = new Map<string, Place<Member>>();
  /** Whose turn it is, first; a plain list is right for the few hundred that a window holds. */
  readonly #turns: string[] = [];
  /** The member at the front has been given its quantum. */
  #begun = false;

  /** `turnOf`: the place in the order of turns that a newcomer had before, if it had one. */
  constructor(turnOf: (key: string) => number | undefined) {
    this.#turnOf = turnOf;
  }

  /** In the order of their turns; whoever has begun its turn is last. */
  keys(): string[] {
    const [first, ...others] = this.#turns;
    if (first === undefined) return [];
    return this.#begun ? [...others, first] : [first, ...others];
  }

  get empty(): boolean {
    return this.#turns.length === 0;
  }

  get cost(): number {
    return this.#front().line.cost;
  }

  of(key: string): Member | undefined {
    return this.#members.get(key)?.line;
  }

  open(key: string, make: () => Member): Member {
    const known = this.#members.get(key);
    if (known !== undefined) return known.line;
    const line = make();
    const turn = this.#turnOf(key);
    if (turn === undefined) this.#turns.push(key);
    else this.#turns.splice(this.#placeOf(turn), 0, key);
    this.#members.set(key, { line, deficit: 0, turn });
    return line;
  }

  /** Before the first that comes after it in the order of before. The turn that has begun goes on. */
  #placeOf(turn: number): number {
    const from = this.#begun ? 1 : 0;
    const at = this.#turns.findIndex(
      (key, index) => index >= from && (this.#members.get(key)?.turn ?? Number.POSITIVE_INFINITY) > turn,
    );
    return at < 0 ? this.#turns.length : at;
  }

  /** Whoever did not have its turn after all is next, when the turn that has begun is over. */
  bringForward(key: string): void {
    const at = this.#turns.indexOf(key);
    const next = this.#begun ? 1 : 0;
    if (at > next) this.#turns.splice(next, 0, ...this.#turns.splice(at, 1));
  }

  remove(key: string): void {
    const at = this.#turns.indexOf(key);
    if (at === 0) {
      this.#begun = false;
      this.#turns.shift();
    } else this.#turns.splice(at, 1);
    this.#members.delete(key);
  }

  take(max: number): Work[] {
    while (!this.empty) {
      const member = this.#front();
      if (!this.#begun) member.deficit += QUANTUM_BYTES;
      this.#begun = true;
      const { cost } = member.line;
      if (cost > member.deficit && this.#turns.length > 1) {
        this.#next();
        continue;
      }
      member.deficit = Math.max(0, member.deficit - cost);
      const works = member.line.take(max);
      if (member.line.empty) this.remove(this.#turns[0] as string);
      return works;
    }
    return [];
  }

  #front(): Place<Member> {
    return this.#members.get(this.#turns[0] as string) as Place<Member>;
  }

  #next(): void {
    this.#front().turn = undefined;
    this.#turns.push(this.#turns.shift() as string);
    this.#begun = false;
  }
}

/** As claims order them. */
function isBefore({ delivery: a }: Work, { delivery: b }: Work): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.id < b.id);
}

/** One account's deliveries, oldest first. */
class Account implements Line {
  #works: Work[] = [];
  #head = 0;

  get empty(): boolean {
    return this.#head === this.#works.length;
  }

  get cost(): number {
    return Math.max((this.#works[this.#head] as Work).delivery.message.sizeBytes, LEAST_COST_BYTES);
  }

  /** Nearly always last: older only when it was given back, and comes again. */
  push(work: Work): void {
    let at = this.#works.length;
    while (at > this.#head && isBefore(work, this.#works[at - 1] as Work)) at--;
    if (at === this.#works.length) this.#works.push(work);
    else this.#works.splice(at, 0, work);
  }

  putBack(works: readonly Work[]): void {
    this.#works.splice(this.#head, 0, ...works);
  }

  take(max: number): Work[] {
    return this.takeMore(this.#works[this.#head] as Work, max);
  }

  /** All that it has; whoever asks removes it. */
  all(): Work[] {
    return this.#works.slice(this.#head);
  }

  /** Of the same message, sent the same way, as long as they are next. */
  takeMore(first: Work, max: number): Work[] {
    let end = this.#head;
    while (end < this.#works.length && end - this.#head < max) {
      if (!isAlike(this.#works[end] as Work, first)) break;
      end++;
    }
    const taken = this.#works.slice(this.#head, end);
    this.#head = end;
    if (this.#head > 256 && this.#head * 2 > this.#works.length) {
      this.#works = this.#works.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}
