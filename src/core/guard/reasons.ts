/** Why mail was held, as its sender and whoever asks about it reads it: clauses, without figures and weights. */
import type { Language } from '../envelope.ts';
import { SIGNALS, type Signal, type Term } from './signals.ts';

/** Terms named at most. */
const MOST_NAMED = 3;

const EN: Readonly<Record<Signal, string>> = {
  'new-recipients': 'it goes to people this account never wrote to',
  'many-recipients': 'it goes to very many people at once',
  'many-strangers': 'it goes to far more people this account never wrote to than on any day before',
  rate: 'there is far more of it than this account ever sent',
  'new-network': 'it comes from a network that is new for this account',
  'new-operator': 'it comes from an Internet provider that is new for this account',
  'new-country': 'it comes from a country that is new for this account',
  'known-network': 'it comes from a network that this account has used only lately',
  'many-networks': 'it comes from many networks at once',
  'new-mailer': 'it was sent with a mail program that is new for this account',
  'same-body': 'the same text is sent again and again',
  'campaign-body': 'other accounts send the same text',
  'campaign-link': 'other accounts send the same links',
  'spread-text': 'the same new text suddenly comes from very many places',
  'unknown-users': 'many of its recipients do not exist',
  refused: 'other mail services refuse it',
  'login-trouble': 'many passwords were tried before somebody came in',
  'dropped-text': 'paused mail with the same text was dropped before',
  past: 'mail sent shortly before looked unusual too',
};

const FR: Readonly<Record<Signal, string>> = {
  'new-recipients': 'il s’adresse à des personnes à qui ce compte n’a jamais écrit',
  'many-recipients': 'il s’adresse à un très grand nombre de personnes à la fois',
  'many-strangers': 'il s’adresse à bien plus d’inconnus que ce compte n’en a jamais joint en un jour',
  rate: 'il y en a bien plus que ce compte n’en a jamais envoyé',
  'new-network': 'il vient d’un réseau nouveau pour ce compte',
  'new-operator': 'il vient d’un fournisseur d’accès nouveau pour ce compte',
  'new-country': 'il vient d’un pays nouveau pour ce compte',
  'known-network': 'il vient d’un réseau que ce compte n’utilise que depuis peu',
  'many-networks': 'il vient de nombreux réseaux à la fois',
  'new-mailer': 'il a été envoyé avec un logiciel nouveau pour ce compte',
  'same-body': 'le même texte est envoyé encore et encore',
  'campaign-body': 'd’autres comptes envoient le même texte',
  'campaign-link': 'd’autres comptes envoient les mêmes liens',
  'spread-text': 'le même texte nouveau arrive soudain de très nombreux endroits',
  'unknown-users': 'beaucoup de ses destinataires n’existent pas',
  refused: 'd’autres services de messagerie le refusent',
  'login-trouble': 'de nombreux mots de passe ont été essayés avant une connexion',
  'dropped-text': 'du courrier en pause avec le même texte a déjà été supprimé',
  past: 'le courrier envoyé peu avant sortait déjà de l’ordinaire',
};

const WORDS: Readonly<Record<Language, Readonly<Record<Signal, string>>>> = { en: EN, fr: FR };
const PREFIX = 'guard: ';
const AND: Readonly<Record<Language, string>> = { en: 'and', fr: 'et' };
const UNUSUAL: Readonly<Record<Language, string>> = {
  en: 'it is not what this account usually sends',
  fr: 'ce n’est pas ce que ce compte envoie d’habitude',
};

/** The strongest that spoke against it, as the queue keeps them: `guard: new-country, new-recipients`. */
export function holdReason(terms: readonly Term[]): string {
  const against = terms.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  const all = [...new Set(against.map(({ signal }) => signal))];
  // What was seen before says least, unless there is nothing else.
  const own = all.filter((signal) => signal !== 'past');
  const signals = (own.length > 0 ? own : all).slice(0, MOST_NAMED);
  return PREFIX + signals.join(', ');
}

/** The guard keeps no reason with what only waited in the queue. */
export const ONLY_WAITED = '';
/** Of that the guard had let this go by a little only. */
export const DOUBTED_WAITED = 'doubted';
const WAITED: Readonly<Record<Language, string>> = {
  en: 'it waited when its account was stopped',
  fr: 'il attendait quand ce compte a été bloqué',
};

const DOUBTED: Readonly<Record<Language, string>> = {
  en: 'it looked unusual, and waited when its account was stopped',
  fr: 'il sortait de l’ordinaire, et attendait quand ce compte a été bloqué',
};

/** What `holdReason` made, in words. */
export function reasonInWords(reason: string, language: Language): string {
  if (reason === ONLY_WAITED) return WAITED[language];
  if (reason === DOUBTED_WAITED) return DOUBTED[language];
  const names = reason.startsWith(PREFIX) ? reason.slice(PREFIX.length).split(', ') : [];
  const known = SIGNALS.filter((signal) => names.includes(signal));
  const clauses = names.flatMap((name) => known.filter((signal) => signal === name));
  if (clauses.length === 0) return UNUSUAL[language];
  const said = clauses.map((signal) => WORDS[language][signal]);
  const last = said.pop() as string;
  return said.length === 0 ? last : `${said.join(', ')} ${AND[language]} ${last}`;
}

/** Why a held delivery is held, for an operator. */
export function heldInWords({ holdGroup, holdReason }: { holdGroup?: number; holdReason?: string }): string {
  if (holdGroup === undefined) return holdReason ?? 'no reason given';
  return `${groupName(holdGroup)}: ${reasonInWords(holdReason ?? ONLY_WAITED, 'en')}`;
}

/** As people name a group: `H123`. */
export function groupName(group: number): string {
  return `H${group}`;
}

/** The number of a group, with its letter or without; undefined when that is no name of one. It may be too long to be exact. */
export function groupNamed(text: string): number | undefined {
  const [, digits] = /^[Hh]?(\d+)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
