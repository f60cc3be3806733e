/**
 * What others want to read of a case, ready to paste: whoever takes a block off, in the language they all read, or the
 * customer that is refused for its own sake.
 */
import { french } from '../../base/french.ts';
import type { Language, RemoteReply } from '../envelope.ts';
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
    ...quoted(replies, OWN_FAULT.en.replies),
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

interface OwnFaultWords {
  refused(customer: string, provider: string): string;
  readonly since: string;
  readonly replies: string;
  readonly means: string;
  readonly wrong: string;
  readonly meanwhile: string;
}

const OWN_FAULT: Readonly<Record<Language, OwnFaultWords>> = {
  en: {
    refused: (customer, provider) =>
      `Mail of ${customer} is refused by ${provider}, for something that only ${customer} can put right.`,
    since: 'Since:',
    replies: 'Replies, verbatim:',
    means: 'What it means:',
    wrong: 'What we see wrong:',
    meanwhile:
      'Until then its mail there waits, and its time runs on: what is not taken before that ends goes back to its sender.',
  },
  fr: french({
    refused: (customer, provider) =>
      `Le courrier de ${customer} est refusé par ${provider}, pour une raison que seul ${customer} peut corriger.`,
    since: 'Depuis :',
    replies: 'Réponses, mot pour mot :',
    means: 'Ce que cela veut dire :',
    wrong: 'Ce qui ne va pas, vu d’ici :',
    meanwhile:
      'D’ici là, son courrier vers ce service attend, et son délai court : ce qui n’est pas accepté à temps revient à son expéditeur.',
  }),
};

/** For the customer, in its language; replies and what was looked at stay as they are. */
export function ownFaultText(
  { provider, customer, since, replies, means, wrong }: OwnFault,
  language: Language,
): string {
  const words = OWN_FAULT[language];
  return [
    words.refused(customer, provider),
    '',
    `${words.since} ${new Date(since).toISOString()}`,
    ...quoted(replies, words.replies),
    `${words.means} ${means}`,
    ...(wrong.length === 0 ? [] : [words.wrong, ...wrong.map((line) => `  ${line}`)]),
    words.meanwhile,
  ].join('\n');
}

function quoted(replies: readonly RemoteReply[], heading: string): string[] {
  const texts = [...new Set(replies.map((reply) => inOneLine(reply)))].slice(0, MOST);
  return texts.length === 0 ? [] : [heading, ...texts.map((text) => `  ${text}`)];
}
