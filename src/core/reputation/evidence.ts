/** What whoever takes a block off wants to read: ready to paste into a form or a mail, in the language they all read. */
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
  const quoted = [...new Set(replies.map((reply) => inOneLine(reply)))].slice(0, MOST);
  return [
    `Mail from our servers is refused by ${provider}.`,
    '',
    `IP address: ${addresses.length === 0 ? '(write it here)' : addresses.join(', ')}`,
    `Host name (EHLO): ${ehlo}`,
    `Since: ${new Date(since).toISOString()}`,
    ...(quoted.length === 0 ? [] : ['Replies, verbatim:', ...quoted.map((text) => `  ${text}`)]),
    ...(checked.length === 0 ? [] : ['Checked by us:', ...checked.map((line) => `  ${line}`)]),
    'What caused it: (say here what you found and ended)',
  ].join('\n');
}
