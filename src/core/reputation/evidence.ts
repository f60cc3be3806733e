/**
 * What others want to read of a case, ready to paste: whoever takes a block off, in the language they all read, or the
 * customer that is refused for its own sake.
 */
import type { RemoteReply } from '../envelope.ts';
import { inOneLine } from '../trace/sentences.ts';

export interface Evidence {
  /** How people call whoever is asked. */
  readonly provider: string;
  readonly addresses: readonly string[];
  /** The name we greet with. */
  readonly ehlo: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly replies: readonly RemoteReply[];
  /** What our own checks found to be right, a line each. */
  readonly checked: readonly string[];
}

/** Replies that are quoted. */
const MOST = 3;

export function evidenceText(about: Evidence): string {
  const { provider, addresses, ehlo, since, replies, checked } = about;
  return [
    `Mail from our servers is refused by ${provider}.`,
    '',
    `IP address: ${addresses.length === 0 ? '(write it here)' : addresses.join(', ')}`,
    `Host name (EHLO): ${ehlo}`,
    `Since: ${new Date(since).toISOString()}`,
    ...quoted(replies),
    ...(checked.length === 0 ? [] : ['Checked by us:', ...checked.map((line) => `  ${line}`)]),
    'What caused it: (say here what you found and ended)',
  ].join('\n');
}

/** Its records, its content or its rate: nobody at the provider takes that off. */
export interface OwnFault {
  readonly provider: string;
  readonly customer: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly replies: readonly RemoteReply[];
  /** What they say, in a sentence. */
  readonly means: string;
  /** What our own checks found to be wrong, a line each. */
  readonly wrong: readonly string[];
}

export function ownFaultText({ provider, customer, since, replies, means, wrong }: OwnFault): string {
  return [
    `Mail of ${customer} is refused by ${provider}, for its own sake.`,
    '',
    `Since: ${new Date(since).toISOString()}`,
    ...quoted(replies),
    `What it means: ${means}`,
    ...(wrong.length === 0 ? [] : ['What we see wrong:', ...wrong.map((line) => `  ${line}`)]),
    'Until then its mail there waits, and its time runs on: what is not taken before that ends goes back to its sender.',
  ].join('\n');
}

function quoted(replies: readonly RemoteReply[]): string[] {
  const texts = [...new Set(replies.map((reply) => inOneLine(reply)))].slice(0, MOST);
  return texts.length === 0 ? [] : ['Replies, verbatim:', ...texts.map((text) => `  ${text}`)];
}
