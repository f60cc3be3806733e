/** Terms as an operator reads them. */
import type { Term } from './signals.ts';

/** One sentence, and what it weighs: `to 3 people it never wrote to (+2.9)`. */
export function termText(term: Term): string {
  const sign = term.weight < 0 ? '−' : '+';
  return `${sentence(term)} (${sign}${Math.abs(term.weight).toFixed(1)})`;
}

function sentence({ signal, weight, count = 0, atLeast }: Term): string {
  const counted = atLeast === true ? `${count} or more` : `${count}`;
  switch (signal) {
    case 'new-recipients':
      return weight < 0
        ? 'most recipients are people it writes to'
        : `to ${count === 1 ? 'one recipient' : `${counted} recipients`} that it never wrote to`;
    case 'many-recipients':
      return `${counted} strangers in one message`;
    case 'many-strangers':
      return `the ${ordinal(count)} message of the day that reaches strangers, far more than on any day before`;
    case 'rate':
      return `${count} messages and new recipients, counted together, within the hour: far more than it ever had`;
    case 'new-network':
      return 'from a network that is new to it';
    case 'new-operator':
      return 'from an operator that is new to it, in a country that it uses';
    case 'new-country':
      return 'from a country that is new to it';
    case 'known-network':
      return weight < 0 ? 'from a network that it uses' : 'from a network that it has used only lately';
    case 'many-networks':
      return `from ${counted} new networks within the hour`;
    case 'new-mailer':
      return 'with a mail program that is new to it';
    case 'same-body':
      return `the same text for the ${ordinal(count)} time`;
    case 'campaign-body':
      return `${count} accounts send this text to strangers or from new places`;
    case 'campaign-link':
      return `${count} accounts send links to this domain to strangers or from new places`;
    case 'spread-text':
      return `a text that nobody had sent comes from ${count} networks or more within two days`;
    case 'unknown-users':
      return `${count} of its recipients of late do not exist`;
    case 'refused':
      return `others refused ${count} of its messages of late, for what they are or for its domain`;
    case 'login-trouble':
      return `somebody came in from a network that it never used, after ${count === 1 ? 'a wrong password' : `${count} wrong passwords`}`;
    case 'dropped-text':
      return 'held mail of it with the same text was dropped';
    case 'past':
      return 'what it sent in the last days';
    default:
      return signal satisfies never;
  }
}

/** `4th`, `11th`, `21st`. */
function ordinal(count: number): string {
  const teen = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')}`;
}
