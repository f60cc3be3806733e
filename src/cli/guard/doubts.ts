/** What is odd about recorded traffic that can be read all the same: most often a slip of whoever wrote the file. */
import { isIP } from 'node:net';
import type { SendEvent } from '../../core/guard/event.ts';
import type { Output } from '../command.ts';
import { counted } from '../output.ts';

/** Names that are counted; of more, the first. */
const MOST_NAMES = 20;
/** What files are made of, and what is only said of an event: whether it is a robot's, and of which campaign. */
const KEYS: ReadonlySet<string> = new Set([
  ...['t', 'account', 'to', 'ip', 'country', 'asn', 'size', 'subject', 'list', 'client', 'fingerprint'],
  ...['bands', 'linkDomains', 'links', 'robot', 'campaign'],
]);
/** A time in seconds is after 1985, which in milliseconds is a week of 1970 and on, to 1973. */
const SECONDS = { from: 5e8, to: 1e11 } as const;

/** Most likely in seconds. Of a file that counts from its first event nothing is. */
export function isInSeconds(at: number): boolean {
  return at >= SECONDS.from && at < SECONDS.to;
}

export class Doubts {
  readonly #names = new Map<string, number>();
  #events = 0;
  #countsFromFirst = false;
  #seconds = 0;
  #addresses = 0;

  see(record: object, { at, ip }: SendEvent): void {
    if (this.#events === 0) this.#countsFromFirst = at < SECONDS.from;
    this.#events++;
    if (!this.#countsFromFirst && isInSeconds(at)) this.#seconds++;
    if (ip !== undefined && isIP(ip) === 0) this.#addresses++;
    for (const name of Object.keys(record)) {
      if (KEYS.has(name) || (this.#names.size >= MOST_NAMES && !this.#names.has(name))) continue;
      this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
    }
  }

  tell(output: Output): void {
    if (this.#seconds > 0)
      output.note(
        `relais: in ${this.#seconds} of ${counted(this.#events, 'line')} "t" is before 1973: it is in milliseconds; are these seconds?`,
      );
    if (this.#addresses > 0)
      output.note(
        `relais: in ${counted(this.#addresses, 'line')} "ip" is no IP address: it is taken for what it looks like`,
      );
    for (const [name, lines] of this.#names)
      output.note(`relais: "${name}", in ${counted(lines, 'line')}, is not known, and was not looked at`);
  }
}
