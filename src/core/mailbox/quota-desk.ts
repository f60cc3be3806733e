/** Tells owners that their mailbox fills: at 80 and at 95 percent, each once until there is room again. */
import { roundedSize } from '../../base/units.ts';
import { fill } from '../../wire/dsn/words.ts';
import { composeLetter, type LetterPorts } from '../delivery/letter.ts';
import { domainOf } from '../delivery/route.ts';
import type { TargetAccount } from '../directory/port.ts';
import type { AccountId, Language } from '../envelope.ts';
import type { Acceptance, QuotaWarnings } from '../queue/port.ts';
import { percentOf, type Quota, type WarningLevel, warningOf } from './quota.ts';

interface Words {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** `{used}` of `{limit}`. */
  readonly bytes: string;
  readonly messages: string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    subject: 'Your mailbox is {percent} % full',
    paragraphs: [
      'Your mailbox {login} holds {amount}. When it is full, new mail is put off: those who write to you are told if you make no room within days.',
      'To make room, delete what you no longer need, and empty the trash; large attachments count most.',
      'If you need more room, ask whoever runs your mail service: {contact}.',
    ],
    bytes: '{used} of {limit}',
    messages: '{used} of {limit} messages',
  },
  fr: {
    subject: 'Votre boîte aux lettres est pleine à {percent} %',
    paragraphs: [
      'Votre boîte {login} contient {amount}. Une fois pleine, le nouveau courrier est différé : ceux qui vous écrivent en sont avertis si vous ne faites pas de place dans les jours qui suivent.',
      'Pour faire de la place, supprimez ce qui ne vous sert plus et videz la corbeille ; les pièces jointes volumineuses comptent le plus.',
      'S’il vous faut plus de place, adressez-vous à qui gère votre messagerie : {contact}.',
    ],
    bytes: '{used} sur {limit}',
    messages: '{used} messages sur {limit}',
  },
};

/** Of octets, by thousands. */
const UNITS: Readonly<Record<Language, readonly string[]>> = {
  en: ['B', 'kB', 'MB', 'GB', 'TB'],
  fr: ['o', 'ko', 'Mo', 'Go', 'To'],
};

export interface QuotaDeskOptions {
  /** Whom owners turn to, an address or a URL; postmaster at the domain of their account unless given. */
  readonly contact?: string | undefined;
}

export class QuotaDesk {
  readonly #ports: LetterPorts;
  readonly #contact: string | undefined;

  constructor(ports: LetterPorts, { contact }: QuotaDeskOptions) {
    this.#ports = ports;
    this.#contact = contact;
  }

  /**
   * Counts a message of so many octets to these accounts, so that a burst of mail does not pass what was read before it. What
   * they are told of it; undefined for most. Throws when the store gives no ids.
   */
  count(
    accounts: readonly TargetAccount[],
    { sizeBytes, at }: { sizeBytes: number; at: number },
  ): QuotaWarnings | undefined {
    const warnings: { account: AccountId; level: WarningLevel; notice: Acceptance }[] = [];
    const relieved: AccountId[] = [];
    for (const account of accounts) {
      const { id, quota } = account;
      if (quota === undefined) continue;
      const warning = warningOf(quota, { bytes: sizeBytes, messages: 1 });
      quota.account.bytes += sizeBytes;
      quota.account.messages += 1;
      if (warning === 'relieved') relieved.push(id);
      else if (warning !== undefined)
        warnings.push({ account: id, level: warning, notice: this.#compose({ account, quota, at }) });
    }
    return warnings.length + relieved.length === 0 ? undefined : { warnings, relieved };
  }

  #compose(about: { account: TargetAccount; quota: Quota; at: number }): Acceptance {
    const { account, quota, at } = about;
    const { id, language } = account;
    const { address } = quota;
    const words = WORDS[language];
    const values = {
      login: address,
      percent: String(Math.floor(percentOf(quota.limits, quota.account))),
      amount: amountIn(language, quota),
      contact: this.#contact ?? `postmaster@${domainOf(address)}`,
    };
    return composeLetter(this.#ports, {
      account: { id, address, language },
      at,
      subject: fill(words.subject, values),
      paragraphs: words.paragraphs.map((paragraph) => fill(paragraph, values)),
    });
  }
}

/** Of whichever is nearer its limit. */
function amountIn(language: Language, { limits, account }: Quota): string {
  const words = WORDS[language];
  const ofBytes = percentOf(limits.bytes === undefined ? {} : { bytes: limits.bytes }, account);
  const ofMessages = percentOf(limits.messages === undefined ? {} : { messages: limits.messages }, account);
  return ofBytes >= ofMessages
    ? fill(words.bytes, {
        used: sizeIn(language, account.bytes),
        limit: sizeIn(language, limits.bytes ?? 0),
      })
    : fill(words.messages, { used: String(account.messages), limit: String(limits.messages) });
}

/** `336 kB`, `4,5 Mo`: two or three figures. */
function sizeIn(language: Language, bytes: number): string {
  const { figures, thousands } = roundedSize(bytes);
  return `${language === 'fr' ? figures.replace('.', ',') : figures} ${UNITS[language][thousands]}`;
}
