/**
 * The words in which the life of a message is told, in each language. A language that lacks a sentence does not compile.
 *
 * Rule of each verdict: the fact, what it means, what to do, who acts; and never more than we know: a 250 proves that the
 * far end took the message, not that anybody saw it. `{rcpt}` is the recipient, `{host}` who answered (or `theFarEnd`),
 * `{at}`, `{since}`, `{next}`, `{end}` and `{until}` moments (French puts an article before each), `{reason}` what an operator wrote,
 * or what the guard saw, `{who}` who that was, `{group}` the held mail that it is in.
 */
import { french } from '../../base/french.ts';
import type { Blame, Language, Stage } from '../envelope.ts';
import type { FreezeBlame } from '../queue/freeze.ts';
import type { Origin } from '../queue/port.ts';
import type { EventKind } from './port.ts';

/** What there is to say of one recipient. */
export type VerdictKind =
  | 'in-mailbox'
  | 'accepted-remote'
  | 'not-tried'
  | 'being-tried'
  | 'frozen'
  | 'held'
  | 'doubted'
  | 'dropped'
  | 'interrupted'
  | `retrying-${Blame}`
  | `failed-${Blame}`
  | 'suppressed'
  | 'expired'
  | 'cancelled';

export interface TraceWords {
  readonly verdicts: Readonly<Record<VerdictKind, string>>;
  /** Told in the order of time, after the moment itself. */
  readonly events: Readonly<
    Record<
      | Exclude<EventKind, 'accepted' | 'delivered'>
      | 'delivered-local'
      | 'delivered-remote'
      | 'doubted'
      | 'turned-away'
      | 'broken-off'
      | 'suppressed',
      string
    >
  >;
  /** The verdict `doubted`, for whoever decides about held mail. */
  readonly doubtedToDecide: string;
  /** Several that met the same: `{count}`, and `{some}` by their addresses. */
  readonly recipients: string;
  /** `{via}` is an address here that has its mail sent on. */
  readonly sentOn: string;
  readonly andMore: string;
  /** In place of a moment that is not the same for all of them. */
  readonly span: string;
  readonly origins: Readonly<Record<Origin['kind'], string>>;
  readonly blames: Readonly<Record<Blame, string>>;
  readonly stages: Readonly<Record<Stage, string>>;
  /** Why its sender was told that it is late. */
  readonly delays: Readonly<Record<Blame, string>>;
  /** After the verdict `frozen`: whose fault, and what that does to the time of the message. */
  readonly frozenBy: Readonly<Record<FreezeBlame, string>>;
  /** The reason of a freeze that is over, where nobody wrote one: only these two are kept. */
  readonly stoodStillBy: Readonly<Record<'local' | 'reputation', string>>;
  /** Who froze it. */
  readonly automatically: string;
  readonly byHand: string;
  readonly oneOfUs: string;
  /** How it goes on: by a canary, at a moment, or when somebody says so. */
  readonly canary: string;
  readonly thawsAt: string;
  readonly thawsLater: string;
  /** Of a path whose backlog drains. */
  readonly draining: string;
  readonly theFarEnd: string;
  readonly nobody: string;
  /** `{host}`, then what it said on the next line. */
  readonly said: string;
  readonly noReply: string;
  readonly unknownReason: string;
  /** After a verdict that is final and bad. */
  readonly senderTold: string;
  readonly senderNotTold: string;
}

const EN: TraceWords = {
  verdicts: {
    'in-mailbox': 'Delivered to {rcpt}: it is in {mailbox} since {at}.',
    'accepted-remote':
      'Delivered to {rcpt}: {host} accepted it at {at}. We cannot see further: if it is not found there, look in Junk.',
    'not-tried': 'Not delivered to {rcpt} yet: it waits for its first try. Nothing to do.',
    'being-tried': 'Not delivered to {rcpt} yet: it is being tried right now.',
    frozen: 'Not delivered to {rcpt} yet: deliveries there are paused since {since}, {who} ({reason}).',
    held: 'Not delivered to {rcpt}: we hold it ({reason}). It stays until we release it; nothing is lost.',
    doubted:
      'Not delivered to {rcpt}: we paused it, because {reason}. Nothing is lost. Confirm that it was you ({group}), and it goes on.',
    dropped: 'Dropped for {rcpt}: we had paused it ({reason}). It was not delivered; the sender was told.',
    interrupted:
      'Not delivered to {rcpt} yet: a try was cut short on our side. We try again at once, by ourselves.',
    'retrying-local':
      'Not delivered to {rcpt} yet: the fault is ours. We are on it; this time does not count. Next try {next}.',
    'retrying-path':
      'Not delivered to {rcpt} yet: {host} cannot be reached or is in trouble. Next try {next}; we keep trying until {until}.',
    'retrying-reputation':
      'Not delivered to {rcpt} yet: {host} refuses mail from our servers. We are on it; nothing to send again. Next try {next}.',
    'retrying-sender':
      'Not delivered to {rcpt} yet: {host} does not take mail from this sender now. Whoever manages the sender’s domain can help. Next try {next}; we keep trying until {until}.',
    'retrying-recipient':
      'Not delivered to {rcpt} yet: {host} asked us to come back later. Next try {next}; we keep trying until {until}.',
    'retrying-message':
      'Not delivered to {rcpt} yet: {host} did not take this message for now. Next try {next}; we keep trying until {until}.',
    'retrying-unknown':
      'Not delivered to {rcpt} yet: {host} refused, and we are not sure what it means, so we try again. Next try {next}; until {until}.',
    'failed-local': 'Not delivered to {rcpt}: we could not send it, and the fault is ours.',
    'failed-path': 'Refused: {rcpt} cannot be reached through {host}.',
    'failed-reputation':
      'Refused: {host} does not take mail for {rcpt} from our servers. It is for us to put right.',
    'failed-sender':
      'Refused: {host} does not take mail for {rcpt} from this sender. Whoever manages the sender’s domain can help.',
    'failed-recipient': 'Refused: {host} does not take mail for {rcpt}: check the address, or ask its owner.',
    'failed-message':
      'Refused: {host} does not take this message for {rcpt}: its content, size or form must change.',
    'failed-unknown': 'Refused: {host} did not take it for {rcpt}. Its words say why.',
    suppressed:
      'Not sent to {rcpt}: we send nothing to that address any more, so nobody was asked. If that is wrong, it is for us to put right.',
    expired: 'Given up for {rcpt}: it could not be delivered in time. It may be sent again.',
    cancelled: 'Cancelled for {rcpt} by us ({reason}). It was not delivered, and the sender was not told.',
  },
  events: {
    'delivered-local': 'Put into {mailbox} for {rcpt}.',
    'delivered-remote': '{host} accepted it for {rcpt}.',
    deferred: '{host} did not take it for {rcpt} yet {stage}. Next try {next}.',
    returned: 'No try was possible for {rcpt} {stage}; it keeps its place.',
    'turned-away': '{host} did not take it for {rcpt} {stage}; it keeps its place and is tried again.',
    'broken-off': 'The try for {rcpt} broke off {stage}; it keeps its place and is tried again.',
    'delay-told': 'The sender was told that it is late for {rcpt}: {reason}.',
    recovered: 'A worker ended in the middle of a try for {rcpt}; it is tried again.',
    failed: '{host} refused it for {rcpt} {stage}.',
    suppressed: 'Not sent to {rcpt}: nothing is sent to that address any more.',
    expired: 'The time for {rcpt} ran out.',
    cancelled: 'Cancelled for {rcpt}: {reason}.',
    held: 'Held for {rcpt}: {reason}.',
    doubted: 'Paused for {rcpt} ({group}): {reason}.',
    released: 'Released for {rcpt}: {reason}.',
    retried: 'Sent to its next try for {rcpt} at once: {reason}.',
    'stood-still': 'Deliveries to {rcpt} were paused until {until}, {who}: {reason}.',
    complained: 'A recipient called it unwanted: {reason}.',
    reported: 'Another host told later what became of it for {rcpt}: {reason}.',
  },
  doubtedToDecide:
    'Not delivered to {rcpt}: the guard paused it, because {reason}. Nothing is lost. Ask whose account it is, then release or drop {group}: relais guard show {group}.',
  recipients: '{count} recipients ({some})',
  sentOn: 'Mail for {via} is sent on to {rcpt}.',
  andMore: 'and {more} more',
  span: '{from}, the last at {to}',
  origins: {
    mx: 'Received from {client}, for {count}.',
    submission: 'Submitted by {login} from {client}, for {count}.',
    local: 'Submitted on this machine by {login}, for {count}.',
    notice: 'A notice of our own about another message, for {count}.',
    append: 'Put into a mailbox by its owner; nobody sent it.',
  },
  blames: {
    local: 'The fault is on our side: our network, our resolver, our own limits.',
    path: 'The fault is on the way: that destination cannot be reached or is in trouble.',
    reputation: 'The far end refuses our servers or our pace; that is for us to put right.',
    sender: 'The far end objects to the sender: its domain or its reputation.',
    recipient: 'The fault is at the recipient: unknown, full, or not now.',
    message: 'The far end objects to the message itself: its content, size or form.',
    unknown: 'It is not clear whose fault this is.',
  },
  stages: {
    route: 'while looking up where to go',
    connect: 'when connecting',
    tls: 'when starting TLS',
    banner: 'in its greeting',
    ehlo: 'after EHLO',
    auth: 'after AUTH',
    mail: 'after MAIL FROM',
    rcpt: 'after RCPT TO',
    data: 'after DATA',
    'end-of-data': 'after the message',
  },
  delays: {
    local: 'it cannot leave, and the cause is on our side',
    path: 'that destination cannot be reached or is in trouble',
    reputation: 'they refuse our servers',
    sender: 'they do not take mail of the sender’s domain now',
    recipient: 'we were asked to come back later',
    message: 'this message is not taken for now',
    unknown: 'it could not be delivered yet',
  },
  frozenBy: {
    local: 'The cause is on our side: nothing is lost; its time does not run.',
    reputation:
      'They refuse our servers, which is for us to put right: nothing to send again; its time stands still meanwhile.',
    path: 'The fault is on the way: that destination cannot be reached or is in trouble; we keep trying until {until}.',
    sender:
      'They refuse mail of the sender’s domain, whose administrator can put this right; we keep trying until {until}.',
  },
  stoodStillBy: {
    local: 'the cause was on our side',
    reputation: 'they refused our servers',
  },
  automatically: 'automatically',
  byHand: 'by {by}',
  oneOfUs: 'one of us',
  canary: 'One message tries again {next}; when it gets through, the others follow.',
  thawsAt: 'It goes on by itself {end}.',
  thawsLater: 'It goes on when we end the pause; nothing to do.',
  draining: 'That destination is catching up: {left} to go, until about {end}.',
  theFarEnd: 'the far end',
  nobody: 'nobody (<>)',
  said: '{host} said:',
  noReply: 'What happened:',
  unknownReason: 'no reason given',
  senderTold: 'The sender was told.',
  senderNotTold: 'Nobody was told: the sender did not want it, or there is none.',
};

const FR: TraceWords = french({
  verdicts: {
    'in-mailbox': 'Remis à {rcpt} : il est dans {mailbox} depuis le {at}.',
    'accepted-remote':
      'Remis à {rcpt} : {host} l’a accepté le {at}. Nous ne voyons pas au-delà ; s’il n’y est pas, regardez dans les indésirables.',
    'not-tried': 'Pas encore remis à {rcpt} : il attend son premier essai. Rien à faire.',
    'being-tried': 'Pas encore remis à {rcpt} : un essai est en cours.',
    frozen:
      'Pas encore remis à {rcpt} : les envois vers cette destination sont en pause depuis le {since}, {who} ({reason}).',
    held: 'Pas remis à {rcpt} : nous le retenons ({reason}). Il attend notre décision ; rien n’est perdu.',
    doubted:
      'Pas remis à {rcpt} : nous l’avons mis en pause, car {reason}. Rien n’est perdu. Confirmez que c’est vous ({group}), et il repart.',
    dropped:
      'Supprimé pour {rcpt} : nous l’avions mis en pause ({reason}). Il n’a pas été remis ; l’expéditeur a été prévenu.',
    interrupted:
      'Pas encore remis à {rcpt} : un essai a été interrompu chez nous. Nous recommençons aussitôt.',
    'retrying-local':
      'Pas encore remis à {rcpt} : la panne est chez nous. Nous nous en occupons, et ce temps ne compte pas. Prochain essai le {next}.',
    'retrying-path':
      'Pas encore remis à {rcpt} : {host} est injoignable ou en difficulté. Prochain essai le {next} ; nous essayons jusqu’au {until}.',
    'retrying-reputation':
      'Pas encore remis à {rcpt} : {host} refuse le courrier de nos serveurs. Nous nous en occupons ; inutile de renvoyer. Prochain essai le {next}.',
    'retrying-sender':
      'Pas encore remis à {rcpt} : {host} ne prend pas le courrier de cet expéditeur en ce moment. La personne qui gère son domaine peut aider. Prochain essai le {next} ; nous essayons jusqu’au {until}.',
    'retrying-recipient':
      'Pas encore remis à {rcpt} : {host} nous demande de revenir plus tard. Prochain essai le {next} ; nous essayons jusqu’au {until}.',
    'retrying-message':
      'Pas encore remis à {rcpt} : {host} n’a pas pris ce message pour l’instant. Prochain essai le {next} ; nous essayons jusqu’au {until}.',
    'retrying-unknown':
      'Pas encore remis à {rcpt} : {host} a refusé sans que le sens soit sûr, alors nous réessayons. Prochain essai le {next} ; jusqu’au {until}.',
    'failed-local': 'Pas remis à {rcpt} : nous n’avons pas pu l’envoyer, et la panne est chez nous.',
    'failed-path': 'Refusé : {rcpt} est injoignable par {host}.',
    'failed-reputation':
      'Refusé : {host} ne prend pas de courrier pour {rcpt} depuis nos serveurs. C’est à nous d’y remédier.',
    'failed-sender':
      'Refusé : {host} ne prend pas de courrier de cet expéditeur pour {rcpt}. La personne qui gère son domaine peut aider.',
    'failed-recipient':
      'Refusé : {host} ne prend pas de courrier pour {rcpt} : vérifiez l’adresse, ou demandez à son titulaire.',
    'failed-message':
      'Refusé : {host} ne prend pas ce message pour {rcpt} : son contenu, sa taille ou sa forme doit changer.',
    'failed-unknown': 'Refusé : {host} ne l’a pas pris pour {rcpt}. Ses mots disent pourquoi.',
    suppressed:
      'Pas envoyé à {rcpt} : nous n’envoyons plus rien à cette adresse, et personne n’a été contacté. Si c’est une erreur, c’est à nous de la corriger.',
    expired: 'Abandonné pour {rcpt} : il n’a pas pu être remis à temps. On peut le renvoyer.',
    cancelled:
      'Annulé pour {rcpt} par nous ({reason}). Il n’a pas été remis, et l’expéditeur n’a pas été prévenu.',
  },
  events: {
    'delivered-local': 'Déposé dans {mailbox} pour {rcpt}.',
    'delivered-remote': '{host} l’a accepté pour {rcpt}.',
    deferred: '{host} ne l’a pas encore pris pour {rcpt} {stage}. Prochain essai le {next}.',
    returned: 'Aucun essai possible pour {rcpt} {stage} ; il garde sa place.',
    'turned-away': '{host} ne l’a pas pris pour {rcpt} {stage} ; il garde sa place et sera réessayé.',
    'broken-off': 'L’essai pour {rcpt} s’est interrompu {stage} ; il garde sa place et sera réessayé.',
    'delay-told': 'L’expéditeur a été prévenu du retard pour {rcpt} : {reason}.',
    recovered: 'Un processus s’est arrêté pendant un essai pour {rcpt} ; on recommence.',
    failed: '{host} l’a refusé pour {rcpt} {stage}.',
    suppressed: 'Pas envoyé à {rcpt} : rien n’est plus envoyé à cette adresse.',
    expired: 'Le délai pour {rcpt} est écoulé.',
    cancelled: 'Annulé pour {rcpt} : {reason}.',
    held: 'Retenu pour {rcpt} : {reason}.',
    doubted: 'Mis en pause pour {rcpt} ({group}) : {reason}.',
    released: 'Libéré pour {rcpt} : {reason}.',
    retried: 'Envoyé aussitôt à son prochain essai pour {rcpt} : {reason}.',
    'stood-still': 'Les envois à {rcpt} sont restés en pause jusqu’au {until}, {who} : {reason}.',
    complained: 'Un destinataire l’a signalé comme indésirable : {reason}.',
    reported: 'Un autre serveur a dit plus tard ce qu’il est devenu pour {rcpt} : {reason}.',
  },
  doubtedToDecide:
    'Pas remis à {rcpt} : nous l’avons mis en pause, car {reason}. Rien n’est perdu. Demandez au titulaire du compte, puis libérez ou supprimez {group} : relais guard show {group}.',
  recipients: '{count} destinataires ({some})',
  sentOn: 'Le courrier pour {via} est renvoyé vers {rcpt}.',
  andMore: 'et {more} de plus',
  span: '{from}, le dernier le {to}',
  origins: {
    mx: 'Reçu de {client}, pour {count}.',
    submission: 'Déposé par {login} depuis {client}, pour {count}.',
    local: 'Déposé sur cette machine par {login}, pour {count}.',
    notice: 'Un avis de notre part au sujet d’un autre message, pour {count}.',
    append: 'Déposé dans une boîte par son titulaire ; personne ne l’a envoyé.',
  },
  blames: {
    local: 'La panne est chez nous : notre réseau, notre résolveur, nos propres limites.',
    path: 'La panne est en chemin : cette destination est injoignable ou en difficulté.',
    reputation: 'L’autre côté refuse nos serveurs ou notre rythme ; c’est à nous d’y remédier.',
    sender: 'L’autre côté met en cause l’expéditeur : son domaine ou sa réputation.',
    recipient: 'La cause est chez le destinataire : inconnu, plein, ou pas maintenant.',
    message: 'L’autre côté met en cause le message : son contenu, sa taille ou sa forme.',
    unknown: 'On ne sait pas à qui la faute.',
  },
  stages: {
    route: 'en cherchant où l’envoyer',
    connect: 'à la connexion',
    tls: 'au début de TLS',
    banner: 'dans son accueil',
    ehlo: 'après EHLO',
    auth: 'après AUTH',
    mail: 'après MAIL FROM',
    rcpt: 'après RCPT TO',
    data: 'après DATA',
    'end-of-data': 'après le message',
  },
  delays: {
    local: 'il ne peut pas partir, et la cause est chez nous',
    path: 'cette destination est injoignable ou en difficulté',
    reputation: 'on y refuse nos serveurs',
    sender: 'on n’y prend pas le courrier du domaine de l’expéditeur en ce moment',
    recipient: 'on nous a demandé de revenir plus tard',
    message: 'on n’y prend pas ce message pour l’instant',
    unknown: 'il n’a pas encore pu être remis',
  },
  frozenBy: {
    local: 'La cause est chez nous : rien n’est perdu ; son délai ne court pas.',
    reputation:
      'On refuse nos serveurs, et c’est à nous d’y remédier : inutile de renvoyer ; son délai est suspendu.',
    path: 'La panne est en chemin : cette destination est injoignable ou en difficulté ; nous essayons jusqu’au {until}.',
    sender:
      'On y refuse le courrier du domaine de l’expéditeur, dont l’administrateur peut y remédier ; nous essayons jusqu’au {until}.',
  },
  stoodStillBy: {
    local: 'la cause était chez nous',
    reputation: 'on y refusait nos serveurs',
  },
  automatically: 'automatiquement',
  byHand: 'par {by}',
  oneOfUs: 'l’un de nous',
  canary: 'Un message réessaie le {next} ; s’il passe, les autres suivent.',
  thawsAt: 'Il repartira de lui-même le {end}.',
  thawsLater: 'Il repartira quand nous lèverons la pause ; rien à faire.',
  draining: 'Cette destination rattrape son retard : encore {left}, jusque vers le {end}.',
  theFarEnd: 'le serveur destinataire',
  nobody: 'personne (<>)',
  said: '{host} a dit :',
  noReply: 'Ce qui s’est passé :',
  unknownReason: 'sans raison donnée',
  senderTold: 'L’expéditeur a été prévenu.',
  senderNotTold: 'Personne n’a été prévenu : l’expéditeur ne le voulait pas, ou il n’y en a pas.',
});

export const TRACE_WORDS: Readonly<Record<Language, TraceWords>> = { en: EN, fr: FR };
