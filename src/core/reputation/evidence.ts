/**
 * What others want to read of a case, ready to paste: whoever takes a block off, in the language they all read, or the
 * customer that is refused for its own sake.
 */
import { french, ofName } from '../../base/french.ts';
import type { Language, RemoteReply } from '../envelope.ts';
import { inOneLine } from '../trace/sentences.ts';

export interface Evidence {
  /** How people call whoever is asked. */
  readonly provider: string;
  /** Ours; none where nobody knows them. */
  readonly addresses: readonly string[];
  /** Those that the replies name. */
  readonly named: readonly string[];
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
  const { provider, ehlo, since, replies, checked } = about;
  return [
    `Mail from our servers is refused by ${provider}.`,
    '',
    `IP address: ${addressInWords(about)}`,
    `Host name (EHLO): ${ehlo}`,
    `Since: ${new Date(since).toISOString()}`,
    ...quoted(replies, OWN_FAULT.en.replies),
    ...(checked.length === 0 ? [] : ['Checked by us:', ...checked.map((line) => `  ${line}`)]),
    'What caused it: (say here what you found and ended)',
  ].join('\n');
}

/** In our own words to whoever asks; what they name may be the address of a relay before us, or in a text that somebody made up. */
function addressInWords({ addresses, named }: Evidence): string {
  const met = addresses.filter((address) => named.includes(address));
  const known = met.length > 0 ? met : addresses;
  const others = named.filter((address) => !addresses.includes(address));
  const they = `the replies name ${others.join(', ')}; write that only if it is ours`;
  if (known.length === 0) return others.length === 0 ? '(write it here)' : `(write it here; ${they})`;
  return others.length === 0 ? known.join(', ') : `${known.join(', ')} (${they})`;
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
  /** Its records that our own checks found to be wrong. */
  readonly wrong: readonly WrongRecord[];
}

export interface WrongRecord {
  /** `SPF` */
  readonly what: string;
  readonly name: string;
  readonly isMissing: boolean;
  /** The line of a zone file. */
  readonly publish: string;
}

interface OwnFaultWords {
  refused(customer: string, provider: string): string;
  readonly since: string;
  readonly replies: string;
  readonly means: string;
  readonly wrong: string;
  state(record: WrongRecord): string;
  readonly publish: string;
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
    state: ({ what, name, isMissing }) =>
      isMissing
        ? `${what}: there is no record at ${name}`
        : `${what}: the record at ${name} is not as it should be`,
    publish: 'publish:',
    meanwhile:
      'Until then its mail there waits, and its time runs on: what is not taken before that ends goes back to its sender.',
  },
  fr: french({
    refused: (customer, provider) =>
      `Le courrier ${ofName(customer)} est refusé par ${provider}, pour une raison que seul ${customer} peut corriger.`,
    since: 'Depuis :',
    replies: 'Réponses, mot pour mot :',
    means: 'Ce que cela veut dire :',
    wrong: 'Ce qui ne va pas, vu d’ici :',
    state: ({ what, name, isMissing }) =>
      french(
        isMissing
          ? `${what} : il n’y a pas d’enregistrement à ${name}`
          : `${what} : l’enregistrement à ${name} n’est pas ce qu’il faut`,
      ),
    publish: 'à publier :',
    meanwhile:
      'D’ici là, son courrier vers ce service attend, et son délai court : ce qui n’est pas accepté à temps revient à son expéditeur.',
  }),
};

/** For the customer, in its language; replies and records stay as they are. */
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
    `${words.means} ${language === 'fr' ? french(means).replaceAll("'", '’') : means}`,
    ...(wrong.length === 0 ? [] : [words.wrong]),
    ...wrong.flatMap((record) => [`  ${words.state(record)}`, `    ${words.publish} ${record.publish}`]),
    words.meanwhile,
  ].join('\n');
}

function quoted(replies: readonly RemoteReply[], heading: string): string[] {
  const texts = [...new Set(replies.map((reply) => inOneLine(reply)))].slice(0, MOST);
  return texts.length === 0 ? [] : [heading, ...texts.map((text) => `  ${text}`)];
}
