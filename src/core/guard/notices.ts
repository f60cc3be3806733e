/**
 * What the owner of an account is told of mail that was held: at the first of a day, when the account is stopped, a day
 * before it is dropped, and when it was dropped or released. A copy in the owner's own mailbox, which nothing that was held stands in the way
 * of; it is accepted in the transaction that it tells of.
 */
import type { Random } from '../../base/random.ts';
import { clean } from '../../wire/dsn/text.ts';
import { DSN_WORDS, fill, sayDate } from '../../wire/dsn/words.ts';
import type { AccountId, Language } from '../envelope.ts';
import { composeLetter, type LetterPorts } from '../delivery/letter.ts';
import { domainOf } from '../delivery/route.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { Acceptance } from '../queue/port.ts';
import { LONG_MS, MOST_BY_OWNER } from './own-mail.ts';
import { groupName, ONLY_WAITED, reasonInWords } from './reasons.ts';

const DAY_MS = 86_400_000;
/** So far back an owner is told how much left before their account was stopped, ms. */
export const LOOKED_BACK_MS = DAY_MS;

export type OwnerNotice =
  | 'held'
  /** Held, and its owner may release it alone by answering. */
  | 'answerable'
  | 'released'
  /** By an operator. */
  | 'cleared'
  | 'unreleased'
  | 'stopped'
  | 'expiring'
  | 'dropped'
  | 'full';

/** Why an owner's answer released nothing. */
export type WhyNot = 'unknown' | 'late' | 'network' | 'kind' | 'many' | 'decided' | 'stopped';

export interface OwnerNoticeAbout {
  readonly account: { readonly id: AccountId; readonly address: string; readonly language: Language };
  /** ms since the epoch. */
  readonly at: number;
  /** The groups that it is about; of mail that is being held nobody knows yet which it will be in. */
  readonly groups: readonly number[];
  readonly subject: string;
  /** As `holdReason` makes it. */
  readonly reason: string;
  readonly messages: number;
  /** How many of the account left in `LOOKED_BACK_MS` before; not known unless given. Said of a stop only. */
  readonly left?: number;
  /** Since when its messages were held, and until when they are kept. */
  readonly since: number;
  readonly until: number;
  /** Why it was dropped. */
  readonly why?: string;
  /** Of what was dropped with it and only waited when the account was stopped: how many recipients, and the first of them. */
  readonly waited?: { readonly deliveries: number; readonly recipients: readonly string[] };
  /** The account still cannot send. */
  readonly isStopped?: boolean;
  /** Why an answer released nothing. */
  readonly whyNot?: WhyNot;
  /** Where answers go. */
  readonly replyTo?: string;
}

/** `{one|many}` is what agrees with the number of messages. */
interface Words {
  readonly subject: string;
  readonly paragraphs: readonly string[];
}

const EN: Readonly<Record<OwnerNotice, Words>> = {
  held: {
    subject: 'We paused mail sent from your account: was it you?',
    paragraphs: [
      'Mail sent from your account {login} on {since} does not look like what you usually send: {reason}.',
      'We accepted it and paused it. Nothing is lost, and none of what is paused has been delivered. Your mail to people you usually write to goes on as always.',
      'The first message that we paused: {subject}',
      'If it was you: tell whoever runs your mail service. They release all of it in one step, and nothing has to be sent again.',
      'If it was not you: somebody else knows your password. Change it now, and tell whoever runs your mail service, so that they drop what was paused.',
      'What nobody asks for is kept until {until}. We tell you before it is dropped.',
    ],
  },
  answerable: {
    subject: 'We paused mail sent from your account: was it you?',
    paragraphs: [
      'Mail sent from your account {login} on {since} does not look like what you usually send: {reason}.',
      'We accepted it and paused it. Nothing is lost, and none of what is paused has been delivered. Your mail to people you usually write to goes on as always.',
      'The first message that we paused: {subject}',
      'If it was you: answer this message, with the account {login} and from where you usually send. What you write in it does not matter. We then release all of it at once, and nothing has to be sent again.',
      'If it was not you: do not answer. Somebody else knows your password. Change it now, and tell whoever runs your mail service, so that they drop what was paused.',
      'You can answer until {until}; it is kept as long, and we tell you before it is dropped. If an answer does not help, ask whoever runs your mail service.',
    ],
  },
  released: {
    subject: 'Your paused mail is on its way',
    paragraphs: [
      'You asked us to release mail that we had paused, and we have: {messages} of your account {login}, paused since {since}. Nothing has to be sent again.',
      'The {|first }message that was paused: {subject}',
      'If you did not ask for this, somebody else uses your account: change your password now, and tell whoever runs your mail service, naming {group}.',
    ],
  },
  cleared: {
    subject: 'Your paused mail is on its way',
    paragraphs: [
      'Whoever runs your mail service has released mail that we had paused: {messages} of your account {login}, paused since {since}. Nothing has to be sent again.',
      'The {|first }message that was paused: {subject}',
      'If {it is|they are} not yours, somebody else uses your account: change your password now, and tell whoever runs your mail service, naming {group}.',
    ],
  },
  unreleased: {
    subject: 'We could not release your paused mail',
    paragraphs: [
      'An answer sent from your account {login} asked us to release mail that we had paused. It released nothing: {why}.',
      'If the answer was yours, ask whoever runs your mail service. They see what was paused, and can release it.',
      'If it was not yours, somebody else uses your account: change your password now, and tell whoever runs your mail service.',
    ],
  },
  stopped: {
    subject: 'Your account can no longer send mail',
    paragraphs: [
      'Mail sent from your account {login} looks like the work of somebody else: {reason}. To protect you and the people who would get it, the account can no longer send.',
      'You can still read and receive mail. What looked doubtful is paused: nothing is lost, and none of what is paused has been delivered.',
      '{left}',
      'The last message that we paused: {subject}',
      'What to do: change your password first, on a device that you trust. Then tell whoever runs your mail service: they let your account send again, and release or drop what was paused as you say.',
      'What is paused is kept until {until}. We tell you before it is dropped.',
    ],
  },
  expiring: {
    subject: 'Paused mail from your account will be dropped tomorrow',
    paragraphs: [
      '{Messages} of your account {login} {has|have} been paused since {since}: {reason}. Nobody has asked for {it|them} yet.',
      'The {|first }message that we paused: {subject}',
      'If {it is yours|they are yours} and should still be delivered, tell whoever runs your mail service before {until}, and name {group}. Otherwise there is nothing to do: {it is|they are} dropped then, undelivered.',
    ],
  },
  dropped: {
    subject: 'Paused mail from your account was dropped',
    paragraphs: [
      '{Messages} of your account {login}, paused since {since}, {was|were} dropped: {why}. {It was|They were} not delivered, and {its|their} recipients were told nothing.',
      'The {|first }message that was paused: {subject}',
      'If {it was|they were} yours after all, tell whoever runs your mail service first, naming {group}, and then please send {it|them} again. If {it was|they were} not, and you have not changed your password since, change it now.',
    ],
  },
  full: {
    subject: 'Your account can no longer send mail: too much of it is paused',
    paragraphs: [
      'So much mail sent from your account {login} is paused that no more can be kept: {reason}. The account cannot send until somebody has decided about it.',
      'You can still read and receive mail. Nothing is lost, and none of what is paused has been delivered.',
      '{left}',
      'The first message that we paused: {subject}',
      'Tell whoever runs your mail service whether it was you, and name {group}: they release or drop all of it in one step, and let your account send again. If it was not you, change your password first.',
    ],
  },
};

const FR: Readonly<Record<OwnerNotice, Words>> = {
  held: {
    subject: 'Du courrier envoyé depuis votre compte est en pause : était-ce vous ?',
    paragraphs: [
      'Du courrier envoyé depuis votre compte {login} le {since} ne ressemble pas à ce que vous envoyez d’habitude : {reason}.',
      'Nous l’avons accepté et mis en pause. Rien n’est perdu, et rien de ce qui est en pause n’a été remis. Votre courrier vers vos correspondants habituels part comme toujours.',
      'Le premier message mis en pause : {subject}',
      'Si c’était vous : dites-le à la personne qui gère votre messagerie. Elle libère le tout en une fois ; inutile de renvoyer quoi que ce soit.',
      'Si ce n’était pas vous : quelqu’un d’autre connaît votre mot de passe. Changez-le tout de suite et prévenez la personne qui gère votre messagerie, pour qu’elle supprime ce qui est en pause.',
      'Ce que personne ne réclame est gardé jusqu’au {until}. Nous vous prévenons avant de le supprimer.',
    ],
  },
  answerable: {
    subject: 'Du courrier envoyé depuis votre compte est en pause : était-ce vous ?',
    paragraphs: [
      'Du courrier envoyé depuis votre compte {login} le {since} ne ressemble pas à ce que vous envoyez d’habitude : {reason}.',
      'Nous l’avons accepté et mis en pause. Rien n’est perdu, et rien de ce qui est en pause n’a été remis. Votre courrier vers vos correspondants habituels part comme toujours.',
      'Le premier message mis en pause : {subject}',
      'Si c’était vous : répondez à ce message, avec le compte {login} et depuis l’endroit d’où vous écrivez d’habitude. Peu importe ce que vous y écrivez. Nous libérons alors le tout ; inutile de renvoyer quoi que ce soit.',
      'Si ce n’était pas vous : ne répondez pas. Quelqu’un d’autre connaît votre mot de passe. Changez-le tout de suite et prévenez la personne qui gère votre messagerie, pour qu’elle supprime ce qui est en pause.',
      'Vous pouvez répondre jusqu’au {until} ; tout est gardé jusque-là, et nous vous prévenons avant de le supprimer. Si votre réponse reste sans effet, adressez-vous à la personne qui gère votre messagerie.',
    ],
  },
  released: {
    subject: 'Votre courrier en pause est en route',
    paragraphs: [
      'Vous nous avez demandé de libérer du courrier en pause ; c’est fait : {messages} de votre compte {login}, en pause depuis le {since}. Inutile de renvoyer quoi que ce soit.',
      'Le {|premier }message qui était en pause : {subject}',
      'Si cette demande n’est pas de vous, quelqu’un d’autre utilise votre compte : changez votre mot de passe tout de suite et prévenez la personne qui gère votre messagerie, en citant {group}.',
    ],
  },
  cleared: {
    subject: 'Votre courrier en pause est en route',
    paragraphs: [
      'La personne qui gère votre messagerie a libéré du courrier que nous avions mis en pause : {messages} de votre compte {login}, en pause depuis le {since}. Inutile de renvoyer quoi que ce soit.',
      'Le {|premier }message qui était en pause : {subject}',
      '{S’il n’est pas|S’ils ne sont pas} de vous, quelqu’un d’autre utilise votre compte : changez votre mot de passe tout de suite et prévenez la personne qui gère votre messagerie, en citant {group}.',
    ],
  },
  unreleased: {
    subject: 'Nous n’avons pas pu libérer votre courrier en pause',
    paragraphs: [
      'Une réponse envoyée depuis votre compte {login} nous demandait de libérer du courrier en pause. Elle est restée sans effet : {why}.',
      'Si cette réponse est de vous, adressez-vous à la personne qui gère votre messagerie. Elle voit ce qui est en pause et peut le libérer.',
      'Si elle n’est pas de vous, quelqu’un d’autre utilise votre compte : changez votre mot de passe tout de suite et prévenez la personne qui gère votre messagerie.',
    ],
  },
  stopped: {
    subject: 'Votre compte ne peut plus envoyer de courrier',
    paragraphs: [
      'Le courrier envoyé depuis votre compte {login} semble venir de quelqu’un d’autre : {reason}. Pour vous protéger, ainsi que ceux qui le recevraient, ce compte ne peut plus envoyer.',
      'Vous pouvez toujours lire et recevoir du courrier. Ce qui semblait douteux est en pause : rien n’est perdu, et rien de ce qui est en pause n’a été remis.',
      '{left}',
      'Le dernier message mis en pause : {subject}',
      'Que faire : changez d’abord votre mot de passe, depuis un appareil sûr. Prévenez ensuite la personne qui gère votre messagerie : elle rouvre l’envoi pour votre compte, et libère ou supprime ce qui est en pause, comme vous le direz.',
      'Ce qui est en pause est gardé jusqu’au {until}. Nous vous prévenons avant de le supprimer.',
    ],
  },
  expiring: {
    subject: 'Du courrier en pause de votre compte sera supprimé demain',
    paragraphs: [
      '{Messages} de votre compte {login} {est|sont} en pause depuis le {since} : {reason}. Personne n’a encore tranché.',
      'Le {|premier }message mis en pause : {subject}',
      '{S’il est de vous et doit|S’ils sont de vous et doivent} encore partir, dites-le à la personne qui gère votre messagerie avant le {until}, en citant {group}. Sinon, rien à faire : {il sera alors supprimé sans être remis|ils seront alors supprimés sans être remis}.',
    ],
  },
  dropped: {
    subject: 'Du courrier en pause de votre compte a été supprimé',
    paragraphs: [
      '{Messages} de votre compte {login}, en pause depuis le {since}, {a été supprimé|ont été supprimés} : {why}. {Il n’a pas été remis, et ses|Ils n’ont pas été remis, et leurs} destinataires n’ont pas été prévenus.',
      'Le {|premier }message mis en pause : {subject}',
      '{S’il était bien|S’ils étaient bien} de vous, prévenez d’abord la personne qui gère votre messagerie, en citant {group}, puis {renvoyez-le|renvoyez-les}. {S’il ne l’était pas|S’ils ne l’étaient pas} et que vous n’avez pas changé votre mot de passe depuis, changez-le tout de suite.',
    ],
  },
  full: {
    subject: 'Votre compte ne peut plus envoyer : trop de courrier est en pause',
    paragraphs: [
      'Tant de courrier envoyé depuis votre compte {login} est en pause que nous ne pouvons pas en garder davantage : {reason}. Le compte ne peut plus envoyer tant que personne n’a tranché.',
      'Vous pouvez toujours lire et recevoir du courrier. Rien n’est perdu, et rien de ce qui est en pause n’a été remis.',
      '{left}',
      'Le premier message mis en pause : {subject}',
      'Dites à la personne qui gère votre messagerie si c’était vous, en citant {group} : elle libère ou supprime le tout en une fois, et rouvre l’envoi. Si ce n’était pas vous, changez d’abord votre mot de passe.',
    ],
  },
};

const WHY_NOT: Readonly<Record<Language, Readonly<Record<WhyNot, string>>>> = {
  en: {
    unknown: 'the address that it was sent to stands for nothing that is paused in this account',
    late: 'it came too late',
    network: 'it came from a network that this account has not used for long ({days} days)',
    kind: 'something about that mail may be the work of somebody else, and a person has to look at it first',
    many: 'within a day an answer releases mail to {most} recipients at most',
    decided: 'somebody has already decided about that mail',
    stopped: 'the account can no longer send mail',
  },
  fr: {
    unknown: 'l’adresse à laquelle elle a été envoyée ne correspond à rien qui soit en pause dans ce compte',
    late: 'elle est arrivée trop tard',
    network: 'elle vient d’un réseau que ce compte n’utilise pas depuis assez longtemps ({days} jours)',
    kind: 'ce courrier pourrait venir de quelqu’un d’autre, et une personne doit d’abord le vérifier',
    many: 'en une journée, une réponse ne libère du courrier que pour {most} destinataires au plus',
    decided: 'quelqu’un a déjà tranché au sujet de ce courrier',
    stopped: 'le compte ne peut plus envoyer de courrier',
  },
};

const WORDS: Readonly<Record<Language, typeof EN>> = { en: EN, fr: FR };
const NO_SUBJECT: Readonly<Record<Language, string>> = { en: '(no subject)', fr: '(sans objet)' };
const COUNTED: Readonly<Record<Language, readonly [string, string]>> = {
  en: ['one message', '{n} messages'],
  fr: ['un message', '{n} messages'],
};

/** What left before the account was stopped: what is in the queue is taken back, what has left is not. */
const LEFT: Readonly<Record<Language, Readonly<Record<'none' | 'one' | 'many' | 'unknown', string>>>> = {
  en: {
    none: 'In the last 24 hours no other message sent from your account left. What still waited here is paused as well.',
    one: 'In the last 24 hours one message sent from your account left; it cannot be called back. What still waited here is paused as well.',
    many: 'In the last 24 hours {n} messages sent from your account left, those you wrote yourself included; they cannot be called back. What still waited here is paused as well.',
    unknown:
      'Messages sent from your account before we noticed may have left; what has left cannot be called back.',
  },
  fr: {
    none: 'Dans les dernières 24 heures, aucun autre message envoyé depuis votre compte n’est parti. Ce qui attendait encore ici est en pause aussi.',
    one: 'Dans les dernières 24 heures, un message envoyé depuis votre compte est parti ; il ne peut plus être rappelé. Ce qui attendait encore ici est en pause aussi.',
    many: 'Dans les dernières 24 heures, {n} messages envoyés depuis votre compte sont partis, y compris ceux que vous avez écrits vous-même ; ils ne peuvent plus être rappelés. Ce qui attendait encore ici est en pause aussi.',
    unknown:
      'Des messages envoyés depuis votre compte avant que nous le remarquions ont pu partir ; ils ne peuvent alors plus être rappelés.',
  },
};

const WAITED: Readonly<Record<Language, string>> = {
  en: 'What was to {waited} only waited here when your account was stopped. If you wrote it, please send it again.',
  fr: 'Ce qui était pour {waited} attendait seulement ici quand votre compte a été bloqué. Si c’était de vous, renvoyez-le.',
};
/** The reason of mail that was not judged. */
const ONLY_WAITED_HERE: Readonly<Record<Language, string>> = {
  en: '{it|they} waited here when your account was stopped',
  fr: '{il attendait|ils attendaient} ici quand votre compte a été bloqué',
};
const MORE: Readonly<Record<Language, string>> = { en: 'and {n} more', fr: 'et {n} de plus' };

const STILL_STOPPED: Readonly<Record<Language, string>> = {
  en: 'Your account still cannot send. If somebody else may know your password, change it; then ask whoever runs your mail service to let you send again.',
  fr: 'Votre compte ne peut toujours pas envoyer. Si quelqu’un d’autre a pu connaître votre mot de passe, changez-le ; demandez ensuite à la personne qui gère votre messagerie de rouvrir l’envoi.',
};

/** The last paragraph of each. Who cannot send writes from elsewhere. */
const CONTACT: Readonly<Record<Language, Readonly<Record<'any' | 'elsewhere', string>>>> = {
  en: {
    any: 'To reach whoever runs your mail service: {contact}',
    elsewhere: 'To reach whoever runs your mail service, write from another address to {contact}',
  },
  fr: {
    any: 'Pour joindre la personne qui gère votre messagerie : {contact}',
    elsewhere:
      'Pour joindre la personne qui gère votre messagerie, écrivez depuis une autre adresse à {contact}',
  },
};

export interface OwnerNoticeOptions {
  readonly hostname: string;
  /** Whom owners turn to, an address or a URL; postmaster at the domain of their account unless given. */
  readonly contact?: string | undefined;
}

export class OwnerNotices {
  readonly #ports: LetterPorts;
  readonly #contact: string | undefined;

  constructor(ports: { ids: IdSupply; random: Random }, { hostname, contact }: OwnerNoticeOptions) {
    this.#ports = { ...ports, hostname };
    this.#contact = contact;
  }

  /** Throws when the store gives no ids. */
  compose(kind: OwnerNotice, about: OwnerNoticeAbout): Acceptance {
    const { account, at, replyTo } = about;
    const words = WORDS[account.language][kind];
    const contact = this.#contact ?? `postmaster@${domainOf(account.address)}`;
    const values = { ...valuesOf(about), contact };
    const say = (text: string): string => fill(agreeing(text, about.messages), values);
    const { language } = account;
    const paragraphs = [
      ...words.paragraphs.filter((text) => about.reason !== ONLY_WAITED || !text.includes('{subject}')),
      ...((about.waited?.deliveries ?? 0) > 0 ? [WAITED[language]] : []),
      ...(about.isStopped === true ? [STILL_STOPPED[language]] : []),
      contactWords(kind, about, contact),
    ].map(say);
    return composeLetter(this.#ports, { account, at, subject: say(words.subject), paragraphs, replyTo });
  }
}

function contactWords(
  kind: OwnerNotice,
  { account, whyNot, isStopped }: OwnerNoticeAbout,
  contact: string,
): string {
  const stopped = kind === 'stopped' || kind === 'full' || whyNot === 'stopped' || isStopped === true;
  return CONTACT[account.language][stopped && !/^https?:/i.test(contact) ? 'elsewhere' : 'any'];
}

function leftInWords({ account, left }: OwnerNoticeAbout): string {
  const words = LEFT[account.language];
  if (left === undefined) return words.unknown;
  if (left === 0) return words.none;
  return left === 1 ? words.one : fill(words.many, { n: String(left) });
}

function waitedInWords({ account, waited }: OwnerNoticeAbout): string {
  const { deliveries, recipients } = waited ?? { deliveries: 0, recipients: [] };
  const more = deliveries - recipients.length;
  const named = recipients.map(clean).join(', ');
  return more > 0 ? `${named} ${fill(MORE[account.language], { n: String(more) })}` : named;
}

function valuesOf(about: OwnerNoticeAbout): Record<string, string> {
  const { account, groups, messages } = about;
  const { language } = account;
  const words = DSN_WORDS[language];
  const [one, many] = COUNTED[language];
  const counted = messages === 1 ? one : fill(many, { n: String(messages) });
  return {
    login: account.address,
    group: groups.map(groupName).join(', '),
    subject: clean(about.subject) || NO_SUBJECT[language],
    reason:
      about.reason === ONLY_WAITED
        ? agreeing(ONLY_WAITED_HERE[language], messages)
        : reasonInWords(about.reason, language),
    messages: counted,
    Messages: counted.slice(0, 1).toUpperCase() + counted.slice(1),
    left: leftInWords(about),
    waited: waitedInWords(about),
    since: sayDate(words, about.since),
    until: sayDate(words, about.until),
    why:
      about.whyNot === undefined
        ? clean(about.why ?? '')
        : fill(WHY_NOT[language][about.whyNot], {
            days: String(LONG_MS / DAY_MS),
            most: String(MOST_BY_OWNER),
          }),
  };
}

/** Of each `{one|many}` what that many messages ask for; the words only, before anything is put into them. */
function agreeing(text: string, messages: number): string {
  return text.replace(/\{([^{}|]*)\|([^{}|]*)\}/g, (_, one: string, many: string) =>
    messages === 1 ? one : many,
  );
}
