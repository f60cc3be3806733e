/**
 * The sentences of a delivery status notification, in each language. Each says what happened, whether the message is lost or
 * only late, who can put it right, and what to do. A language that lacks one does not compile.
 *
 * `{rcpt}` is the recipient's address; `{host}` the far end's name, or `theFarEnd` when it has none, and `{Host}` the same
 * at the start of a sentence; `{us}` our host name; `{until}` when we stop trying; `{since}` when what stops mail began;
 * `{where}` what it keeps mail from; `{lacks}` what a domain does not prove by, such as SPF. French
 * gets its non-breaking spaces when the table is made.
 */
import { french } from '../../base/french.ts';
import type { Mishap } from '../smtp/mishap.ts';

export type DsnLanguage = 'en' | 'fr';

export type DsnSituation =
  | 'no-such-address'
  | 'no-such-domain'
  | 'suppressed'
  | 'suppressed-by-us'
  | 'out-of-time'
  | 'put-off'
  | 'mailbox-full'
  | 'too-big'
  | 'recipient-refuses'
  | 'message-refused'
  | 'sender-refused'
  | 'provider-refuses-us'
  | 'unreachable'
  | 'our-fault'
  | 'failed'
  | 'delayed-recipient'
  | 'delayed-unreachable'
  | 'delayed-provider-refuses-us'
  | 'delayed-sender'
  | 'delayed-sender-proof'
  | 'delayed-our-fault'
  | 'delayed-all-by-us'
  | 'delayed-some-by-us'
  | 'delayed-there-by-us'
  | 'delayed'
  | 'delivered'
  | 'relayed'
  | 'expanded';

export interface DsnWords {
  readonly situations: Readonly<Record<DsnSituation, string>>;
  readonly subjects: Readonly<Record<'failed' | 'delayed' | 'succeeded', string>>;
  /** ` and {count} more`, after the first recipient in a subject. */
  readonly andMore: string;
  /** `{sent}`: the date the message came to us. */
  readonly opening: string;
  /** `{subject}` */
  readonly about: string;
  readonly theFarEnd: string;
  readonly hostSaid: string;
  readonly hostSaidToDomain: string;
  /** `{what}`: one of the mishaps. */
  readonly happened: string;
  readonly mishaps: Readonly<Record<Mishap, string>>;
  /** `{contact}`: an address or a URL. */
  readonly contact: string;
  readonly technical: string;
  readonly returned: Readonly<Record<'full' | 'headers', string>>;
  readonly months: readonly string[];
  readonly weekdays: readonly string[];
  /** `{weekday} {day} {month} {year} {time}` */
  readonly date: string;
  /** For `{until}` when it is not known. */
  readonly soon: string;
}

const EN: DsnWords = {
  situations: {
    'no-such-address':
      'The address {rcpt} does not exist, according to {host}. Your message was not delivered and will not be tried again. Only you can put this right: check the spelling, or ask the person for the current address, and send it again.',
    suppressed:
      'Your message to {rcpt} was not sent and will not be tried again: the host of that address said more than once that nobody is there, so nothing has been sent to it since {since}. Check the spelling, or ask the person for the current address. If the address works again, tell us, and we take it off our list.',
    'suppressed-by-us':
      'Your message to {rcpt} was not sent and will not be tried again: we have sent nothing to that address since {since}. If it is right and should get mail, tell us, and we take it off our list.',
    'out-of-time':
      'Your message to {rcpt} could not be delivered in the time for which we keep trying, and will not be tried again. You can send it again; if that does not help, tell us.',
    'put-off':
      '{Host} put off your message to {rcpt} each time, for as long as we keep trying. It was not delivered and will not be tried again. You can send it again; if that does not help, only the recipient or their provider can: show them the words below.',
    'no-such-domain':
      'The part of {rcpt} after the @ is not a place that receives mail. Your message was not delivered and will not be tried again. Only you can put this right: check the spelling and send it again.',
    'mailbox-full':
      'The mailbox of {rcpt} is full. Your message was not delivered and will not be tried again. Only the recipient can make room: tell them by another way, and send it again later.',
    'too-big':
      'Your message is bigger than {host} accepts for {rcpt}. It was not delivered and will not be tried again. You can put this right: make the attachments smaller, or send a link to them.',
    'recipient-refuses':
      '{Host} does not take this message for {rcpt}. It was not delivered and will not be tried again. Only the recipient or their provider can change this: show them the words below.',
    'message-refused':
      '{Host} refused what your message to {rcpt} contains. It was not delivered and will not be tried again. You can put this right: the words below say what it objects to; change that and send it again.',
    'sender-refused':
      '{Host} does not accept mail from your address or domain, so your message to {rcpt} was not delivered and will not be tried again. Whoever manages your domain can put this right: show them the words below.',
    'provider-refuses-us':
      '{Host} kept refusing mail from our servers, so your message to {rcpt} was not delivered and will not be tried again. This is ours to put right, not yours. If it is urgent, reach the recipient by another way.',
    unreachable:
      'We could not reach {host} for days, so your message to {rcpt} was not delivered and will not be tried again. Only the recipient’s provider can put this right. Check the address, reach the recipient by another way, or send it again later.',
    'our-fault':
      'We could not send your message to {rcpt} because of a fault of ours. It was not delivered and will not be tried again. This is ours to put right: please tell us, and send it again.',
    failed:
      'Your message to {rcpt} was not delivered and will not be tried again. The words below say why. If they do not help you, show them to us.',
    'delayed-recipient':
      'Your message to {rcpt} has not been delivered yet: {host} asked us to come back later. It is late, not lost. We keep trying until {until}. You need do nothing; do not send it again.',
    'delayed-unreachable':
      'Your message to {rcpt} has not been delivered yet: we cannot reach {host}. It is late, not lost. The recipient’s provider has to put this right, and we keep trying until {until}. You need do nothing; do not send it again.',
    'delayed-provider-refuses-us':
      'Your message to {rcpt} has not been delivered yet: {host} is refusing mail from our servers. It is late, not lost. We are working on it and keep your message at least until {until}. You need do nothing; do not send it again.',
    'delayed-sender':
      'Your message to {rcpt} has not been delivered yet: {host} does not accept mail from your domain at the moment. It is late, not lost. Whoever manages your domain can put this right; show them the words below. We keep trying until {until}.',
    'delayed-sender-proof':
      'Your message to {rcpt} has not been delivered yet: {host} wants proof that mail of your domain comes from you, and does not find it ({lacks}). It is late, not lost. Whoever manages your domain can put this right by publishing the right DNS records; show them the words below. We keep trying until {until}.',
    'delayed-our-fault':
      'Your message to {rcpt} has not been delivered yet because of a fault of ours. It is late, not lost. We are putting it right, and the time that takes does not count against your message. You need do nothing; do not send it again.',
    'delayed-all-by-us':
      'Since {since} mail has not been able to leave here; the cause is on our side. Your message to {rcpt} waits for that reason, and so does all other mail that you send meanwhile: this one notice is about all of it, and you get no other about this. It is late, not lost. We are seeing to it, and the time that takes does not count against your messages. You need do nothing; do not send them again.',
    'delayed-some-by-us':
      'Since {since} part of the mail has not been able to leave here; the cause is on our side. Your message to {rcpt} waits for that reason, and so may other mail that you send meanwhile: this one notice is about all of it, and you get no other about this. It is late, not lost. We are seeing to it, and the time that takes does not count against your messages. You need do nothing; do not send them again.',
    'delayed-there-by-us':
      'Since {since} mail to {where} has not been able to leave here; the cause is on our side. Your message to {rcpt} waits for that reason, and so does all other mail that you send there meanwhile: this one notice is about all of it, and you get no other about this. It is late, not lost. We are seeing to it, and the time that takes does not count against your messages. You need do nothing; do not send them again.',
    delayed:
      'Your message to {rcpt} has not been delivered yet. It is late, not lost. We keep trying until {until}. You need do nothing; do not send it again.',
    delivered: 'Your message was put into the mailbox of {rcpt}. You need do nothing.',
    relayed:
      '{Host} accepted your message to {rcpt}. It sends no confirmations, so we cannot see further; if the recipient misses it, ask them to look in their junk folder.',
    expanded:
      'The address {rcpt} is a list, and your message was passed on to its members. You will get no confirmation from each of them.',
  },
  subjects: {
    failed: 'Not delivered: your message to {rcpt}',
    delayed: 'Late, not lost: your message to {rcpt}',
    succeeded: 'Confirmation: your message to {rcpt}',
  },
  andMore: ' and {count} more',
  opening: 'This is an automatic reply from {us} about the message that you sent on {sent}.',
  about: 'Subject: {subject}',
  theFarEnd: 'the receiving server',
  hostSaid: '{Host} answered exactly this:',
  hostSaidToDomain: 'To other mail of your domain, {host} answered exactly this:',
  happened: 'What happened: {what}',
  mishaps: {
    'no-lookup': 'the name servers did not say where mail for that domain goes.',
    'no-domain': 'that domain does not exist.',
    'no-mail': 'that domain says that it takes no mail.',
    'no-address': 'no mail host of that domain has an address.',
    'leads-back': 'mail for that domain leads back to our own server.',
    refused: '{host} refused the connection: no mail server answers there.',
    'no-route': 'there is no way through the network to {host}.',
    'no-answer': '{host} did not answer in time.',
    closed: '{host} closed the connection.',
    'not-smtp': '{host} did not speak as a mail server does.',
    'no-tls': '{host} does not offer TLS, which this mail requires.',
    'bad-tls': 'TLS with {host} could not be set up.',
    'no-requiretls': '{host} does not offer REQUIRETLS, which the sender asked for.',
    'no-smtputf8': '{host} does not take addresses or headers beyond ASCII (SMTPUTF8).',
    'no-binary': '{host} does not take binary content (BINARYMIME).',
  },
  contact: 'To reach us: {contact}',
  technical: 'The rest is for technicians.',
  returned: { full: 'Your message is attached.', headers: 'The header of your message is attached.' },
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  date: '{weekday} {day} {month} {year} at {time} UTC',
  soon: 'its time is up',
};

const FR: DsnWords = french({
  situations: {
    'no-such-address':
      'L’adresse {rcpt} n’existe pas, d’après {host}. Votre message n’a pas été remis et nous n’essaierons plus. Vous seul pouvez y remédier : vérifiez l’orthographe, ou demandez à la personne son adresse actuelle, puis renvoyez-le.',
    suppressed:
      'Votre message à {rcpt} n’a pas été envoyé et nous n’essaierons plus : le serveur de cette adresse a dit plusieurs fois que personne n’y est, et plus rien ne lui est envoyé depuis le {since}. Vérifiez l’orthographe, ou demandez à la personne son adresse actuelle. Si l’adresse fonctionne de nouveau, dites-le-nous, et nous la retirons de notre liste.',
    'suppressed-by-us':
      'Votre message à {rcpt} n’a pas été envoyé et nous n’essaierons plus : nous n’envoyons plus rien à cette adresse depuis le {since}. Si elle est juste et doit recevoir du courrier, dites-le-nous, et nous la retirons de notre liste.',
    'out-of-time':
      'Votre message à {rcpt} n’a pas pu être remis dans le délai pendant lequel nous essayons, et nous n’essaierons plus. Vous pouvez le renvoyer ; si cela ne suffit pas, signalez-le-nous.',
    'put-off':
      '{Host} a remis votre message à {rcpt} à plus tard chaque fois, aussi longtemps que nous essayons. Il n’a pas été remis et nous n’essaierons plus. Vous pouvez le renvoyer ; si cela ne suffit pas, seul le destinataire ou son fournisseur peut y remédier : montrez-leur les mots ci-dessous.',
    'no-such-domain':
      'La partie de {rcpt} qui suit le @ ne désigne aucun lieu qui reçoive du courrier. Votre message n’a pas été remis et nous n’essaierons plus. Vous seul pouvez y remédier : vérifiez l’orthographe, puis renvoyez-le.',
    'mailbox-full':
      'La boîte de {rcpt} est pleine. Votre message n’a pas été remis et nous n’essaierons plus. Seul le destinataire peut faire de la place : prévenez-le par un autre moyen, puis renvoyez votre message plus tard.',
    'too-big':
      'Votre message dépasse la taille que {host} accepte pour {rcpt}. Il n’a pas été remis et nous n’essaierons plus. Vous pouvez y remédier : réduisez les pièces jointes, ou envoyez un lien.',
    'recipient-refuses':
      '{Host} ne prend pas ce message pour {rcpt}. Il n’a pas été remis et nous n’essaierons plus. Seul le destinataire ou son fournisseur peut y changer quelque chose : montrez-leur les mots ci-dessous.',
    'message-refused':
      '{Host} a refusé le contenu de votre message à {rcpt}. Il n’a pas été remis et nous n’essaierons plus. Vous pouvez y remédier : les mots ci-dessous disent ce qui déplaît ; changez-le, puis renvoyez votre message.',
    'sender-refused':
      '{Host} n’accepte pas de courrier de votre adresse ou de votre domaine : votre message à {rcpt} n’a pas été remis et nous n’essaierons plus. La personne qui gère votre domaine peut y remédier : montrez-lui les mots ci-dessous.',
    'provider-refuses-us':
      '{Host} a continué de refuser le courrier de nos serveurs : votre message à {rcpt} n’a pas été remis et nous n’essaierons plus. C’est à nous d’y remédier, pas à vous. Si c’est urgent, joignez le destinataire par un autre moyen.',
    unreachable:
      'Nous n’avons pas pu joindre {host} pendant des jours : votre message à {rcpt} n’a pas été remis et nous n’essaierons plus. Seul le fournisseur du destinataire peut y remédier. Vérifiez l’adresse, joignez le destinataire par un autre moyen, ou renvoyez votre message plus tard.',
    'our-fault':
      'Nous n’avons pas pu envoyer votre message à {rcpt} à cause d’une panne chez nous. Il n’a pas été remis et nous n’essaierons plus. C’est à nous d’y remédier : signalez-le-nous, puis renvoyez votre message.',
    failed:
      'Votre message à {rcpt} n’a pas été remis et nous n’essaierons plus. Les mots ci-dessous disent pourquoi. S’ils ne vous aident pas, montrez-les-nous.',
    'delayed-recipient':
      'Votre message à {rcpt} n’est pas encore remis : {host} nous a demandé de revenir plus tard. Il est en retard, pas perdu. Nous essayons jusqu’au {until}. Vous n’avez rien à faire ; ne le renvoyez pas.',
    'delayed-unreachable':
      'Votre message à {rcpt} n’est pas encore remis : nous n’arrivons pas à joindre {host}. Il est en retard, pas perdu. C’est au fournisseur du destinataire d’y remédier, et nous essayons jusqu’au {until}. Vous n’avez rien à faire ; ne le renvoyez pas.',
    'delayed-provider-refuses-us':
      'Votre message à {rcpt} n’est pas encore remis : {host} refuse le courrier de nos serveurs. Il est en retard, pas perdu. Nous nous en occupons et gardons votre message au moins jusqu’au {until}. Vous n’avez rien à faire ; ne le renvoyez pas.',
    'delayed-sender':
      'Votre message à {rcpt} n’est pas encore remis : {host} n’accepte pas le courrier de votre domaine en ce moment. Il est en retard, pas perdu. La personne qui gère votre domaine peut y remédier ; montrez-lui les mots ci-dessous. Nous essayons jusqu’au {until}.',
    'delayed-sender-proof':
      'Votre message à {rcpt} n’est pas encore remis : {host} veut la preuve que le courrier de votre domaine vient bien de vous, et ne la trouve pas ({lacks}). Il est en retard, pas perdu. La personne qui gère votre domaine peut y remédier en publiant les bons enregistrements DNS ; montrez-lui les mots ci-dessous. Nous essayons jusqu’au {until}.',
    'delayed-our-fault':
      'Votre message à {rcpt} n’est pas encore remis à cause d’une panne chez nous. Il est en retard, pas perdu. Nous réparons, et le temps que cela prend n’est pas décompté à votre message. Vous n’avez rien à faire ; ne le renvoyez pas.',
    'delayed-all-by-us':
      'Depuis le {since}, le courrier ne peut pas partir d’ici ; la cause est chez nous. Votre message à {rcpt} attend pour cette raison, comme tout autre courrier que vous envoyez entre-temps : cet avis vaut pour tout ce courrier, et vous n’en recevrez pas d’autre à ce sujet. Votre message est en retard, pas perdu, et les autres de même. Nous nous en occupons, et le temps que cela prend n’est pas décompté à vos messages. Vous n’avez rien à faire ; ne les renvoyez pas.',
    'delayed-some-by-us':
      'Depuis le {since}, une partie du courrier ne peut pas partir d’ici ; la cause est chez nous. Votre message à {rcpt} attend pour cette raison, comme peut-être d’autre courrier que vous envoyez entre-temps : cet avis vaut pour tout ce courrier, et vous n’en recevrez pas d’autre à ce sujet. Votre message est en retard, pas perdu, et les autres de même. Nous nous en occupons, et le temps que cela prend n’est pas décompté à vos messages. Vous n’avez rien à faire ; ne les renvoyez pas.',
    'delayed-there-by-us':
      'Depuis le {since}, le courrier vers {where} ne peut pas partir d’ici ; la cause est chez nous. Votre message à {rcpt} attend pour cette raison, comme tout autre courrier que vous y envoyez entre-temps : cet avis vaut pour tout ce courrier, et vous n’en recevrez pas d’autre à ce sujet. Votre message est en retard, pas perdu, et les autres de même. Nous nous en occupons, et le temps que cela prend n’est pas décompté à vos messages. Vous n’avez rien à faire ; ne les renvoyez pas.',
    delayed:
      'Votre message à {rcpt} n’est pas encore remis. Il est en retard, pas perdu. Nous essayons jusqu’au {until}. Vous n’avez rien à faire ; ne le renvoyez pas.',
    delivered: 'Votre message a été déposé dans la boîte de {rcpt}. Vous n’avez rien à faire.',
    relayed:
      '{Host} a accepté votre message à {rcpt}. Il n’envoie pas de confirmation, et nous ne voyons pas au-delà ; si le destinataire ne le trouve pas, demandez-lui de regarder ses indésirables.',
    expanded:
      'L’adresse {rcpt} est une liste, et votre message a été transmis à ses membres. Vous n’aurez pas de confirmation de chacun d’eux.',
  },
  subjects: {
    failed: 'Non remis : votre message à {rcpt}',
    delayed: 'En retard, pas perdu : votre message à {rcpt}',
    succeeded: 'Confirmation : votre message à {rcpt}',
  },
  andMore: ' et {count} de plus',
  opening: 'Ceci est une réponse automatique de {us} au sujet du message que vous avez envoyé le {sent}.',
  about: 'Objet : {subject}',
  theFarEnd: 'le serveur destinataire',
  hostSaid: '{Host} a répondu exactement ceci :',
  hostSaidToDomain: 'À un autre message de votre domaine, {host} a répondu exactement ceci :',
  happened: 'Ce qui s’est passé : {what}',
  mishaps: {
    'no-lookup': 'les serveurs de noms n’ont pas dit où va le courrier de ce domaine.',
    'no-domain': 'ce domaine n’existe pas.',
    'no-mail': 'ce domaine dit qu’il ne reçoit pas de courrier.',
    'no-address': 'aucun serveur de courrier de ce domaine n’a d’adresse.',
    'leads-back': 'le courrier de ce domaine revient à notre propre serveur.',
    refused: '{host} a refusé la connexion : aucun serveur de courrier n’y répond.',
    'no-route': 'aucun chemin du réseau ne mène à {host}.',
    'no-answer': '{host} n’a pas répondu à temps.',
    closed: '{host} a fermé la connexion.',
    'not-smtp': '{host} n’a pas parlé comme un serveur de courrier.',
    'no-tls': '{host} ne propose pas TLS, que ce message exige.',
    'bad-tls': 'TLS n’a pas pu être établi avec {host}.',
    'no-requiretls': '{host} ne propose pas REQUIRETLS, que l’expéditeur demande.',
    'no-smtputf8': '{host} ne prend pas d’adresses ni d’en-têtes au-delà de l’ASCII (SMTPUTF8).',
    'no-binary': '{host} ne prend pas de contenu binaire (BINARYMIME).',
  },
  contact: 'Pour nous joindre : {contact}',
  technical: 'La suite est pour les techniciens.',
  returned: { full: 'Votre message est joint.', headers: 'L’en-tête de votre message est joint.' },
  months: [
    'janvier',
    'février',
    'mars',
    'avril',
    'mai',
    'juin',
    'juillet',
    'août',
    'septembre',
    'octobre',
    'novembre',
    'décembre',
  ],
  weekdays: ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'],
  date: '{weekday} {day} {month} {year} à {time} UTC',
  soon: 'terme de son délai',
});

export const DSN_WORDS: Readonly<Record<DsnLanguage, DsnWords>> = { en: EN, fr: FR };

/** Puts values into a sentence. One pass: what is put in is not looked at again. */
export function fill(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}

/** A moment in words, in UTC, for people. `ms` since 1970. */
export function sayDate(words: DsnWords, ms: number): string {
  const date = new Date(ms);
  return fill(words.date, {
    weekday: words.weekdays[date.getUTCDay()] ?? '',
    day: String(date.getUTCDate()),
    month: words.months[date.getUTCMonth()] ?? '',
    year: String(date.getUTCFullYear()),
    time: date.toISOString().slice(11, 16),
  });
}
