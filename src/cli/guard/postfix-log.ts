/**
 * Submissions as Postfix logs them: the line of smtpd with `client=` and `sasl_username=`, the recipients of the lines with
 * `to=<…>`, until the message is `removed`; what belongs together has one queue id. What was not submitted with a login is
 * passed over. Of what it sent nothing is known but its size, so a past learnt from here knows networks and recipients.
 */
import type { SendEvent } from '../../core/guard/event.ts';

/** Messages whose end has not come, remembered at most; the oldest are given up. */
const MOST_OPEN = 20_000;
/** Recipients of one message that are kept. */
const MOST_RECIPIENTS = 1_000;
const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const LINE = /^(\S+(?: +\d+ [\d:]+)?) .*?postfix[^\s[]*\[\d+\]: ([\dA-Za-z]{5,24}): (.*)$/;

interface Open {
  readonly at: number;
  readonly account: string;
  readonly ip?: string;
  readonly to: Set<string>;
  sizeBytes?: number;
}

export class PostfixLog {
  readonly #now: number;
  readonly #open = new Map<string, Open>();

  /** `now`: syslog's dates name no year; they are of the last twelve months. */
  constructor(now: number) {
    this.#now = now;
  }

  /** The message that this line ends; undefined when it ends none. */
  read(line: string): SendEvent | undefined {
    const [, date = '', id = '', text = ''] = LINE.exec(line) ?? [];
    if (id === '') return undefined;
    if (text === 'removed') return this.#end(id);
    const client = /^client=\S*?\[(?:IPv6:)?([^\]]+)\]/.exec(text)?.[1];
    if (client !== undefined) this.#begin(id, { date, client, text });
    const open = this.#open.get(id);
    if (open === undefined) return undefined;
    const size = /^from=<[^>]*>, size=(\d+)/.exec(text)?.[1];
    if (size !== undefined) open.sizeBytes = Number(size);
    const to = /^to=<([^>]+)>/.exec(text)?.[1];
    // Whom there is not, nobody wrote to.
    if (to !== undefined && open.to.size < MOST_RECIPIENTS && !/status=bounced/.test(text)) open.to.add(to);
    return undefined;
  }

  #begin(id: string, { date, client, text }: { date: string; client: string; text: string }): void {
    const account = /sasl_username=([^\s,]+)/.exec(text)?.[1];
    const at = this.#timeOf(date);
    if (account === undefined || at === undefined) return;
    this.#open.delete(id);
    this.#open.set(id, { at, account, to: new Set(), ...(client === 'unknown' ? {} : { ip: client }) });
    const oldest = this.#open.keys().next().value;
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#open.delete(oldest);
  }

  #end(id: string): SendEvent | undefined {
    const open = this.#open.get(id);
    this.#open.delete(id);
    return open === undefined ? undefined : { ...open, to: [...open.to] };
  }

  /** RFC 3339, or RFC 3164: `Mar 12 08:00:00`, in the time of this machine. */
  #timeOf(date: string): number | undefined {
    const [, name = '', day, hour, minute, second] = /^(\w{3}) +(\d+) (\d+):(\d+):(\d+)$/.exec(date) ?? [];
    if (name === '') {
      const at = Date.parse(date);
      return Number.isNaN(at) ? undefined : at;
    }
    const month = MONTHS.indexOf(name.toLowerCase());
    if (month < 0) return undefined;
    const clock = [Number(day), Number(hour), Number(minute), Number(second)] as const;
    const year = new Date(this.#now).getFullYear();
    const at = new Date(year, month, ...clock).getTime();
    return at <= this.#now + DAY_MS ? at : new Date(year - 1, month, ...clock).getTime();
  }
}
