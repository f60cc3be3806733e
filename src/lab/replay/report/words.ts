/** What the report says, in both languages. */
import type { Target, WHAT } from '../scenario.ts';

export type Language = 'en' | 'fr';
export interface Words {
  readonly en: string;
  readonly fr: string;
}

export const LANGUAGES: readonly Language[] = ['en', 'fr'];

/** French gets its non-breaking spaces. */
function w(en: string, fr: string): Words {
  return { en, fr: fr.replace(/ (?=[:;?!»])|(?<=«) /g, '\u00a0') };
}

export const WORDS = {
  language: w('English', 'Français'),
  languages: w('Language', 'Langue'),
  classic: w('The way of 2018', 'Comme en 2018'),
  classicWhat: w(
    'every failure ages the message, nobody has a budget, nobody watches who sends what',
    'chaque échec fait vieillir le message, personne n’a de budget, personne ne surveille les envois',
  ),
  relais: w('Relais', 'Relais'),
  relaisWhat: w(
    'our own outage ages nothing, mail keeps to its budget, a guard watches who sends what',
    'nos pannes ne font rien vieillir, le courrier respecte son budget, un gardien surveille les envois',
  ),
  backlogOf: w('Messages that wait: {way}', 'Messages en attente : {way}'),
  backlogHelp: w(
    'How many deliveries are waiting. Grey: one of the events above is going on; at the dashed line, {back}, everything works again.{gathers}',
    'Nombre de remises en attente. En gris : l’un des événements ci-dessus est en cours ; au trait pointillé, à {back}, tout fonctionne de nouveau.{gathers}',
  ),
  oldest: w('Age of the oldest that waits', 'Âge du plus ancien message en attente'),
  oldestHelp: w(
    'In hours. What waits for a reason of its own (full mailbox, greylist) is left out.{refusing}',
    'En heures. Ce qui attend pour une raison qui lui est propre (boîte pleine, liste grise) n’est pas compté.{refusing}',
  ),
  live: w(
    'How long a message sent at this moment waits',
    'Temps d’attente d’un message envoyé à cet instant',
  ),
  liveHelp: w(
    '99 of 100 wait no longer than this.{refusing}',
    '99 messages sur 100 n’attendent pas plus longtemps.{refusing}',
  ),
  gathers: w(
    ' What gathers later is for {names}: the host is refused there for its spam.',
    ' Ce qui s’accumule ensuite est pour {names} : l’hébergeur y est refusé à cause de son spam.',
  ),
  refusing: w(
    ' Mail for those that refuse the host for its spam ({names}) is left out: see “by provider”.',
    ' Le courrier pour ceux qui refusent l’hébergeur à cause de son spam ({names}) n’est pas compté : voir « par fournisseur ».',
  ),
  neighbour: w('What the neighbour service gets', 'Ce que reçoit le service voisin'),
  neighbourHelp: w(
    'Part of what it wants to send over the same line, in the worst minute of each interval.',
    'Part de ce qu’il veut envoyer sur la même ligne, dans la pire minute de chaque tranche.',
  ),
  providers: w('Messages that wait, by provider', 'Messages en attente, par fournisseur'),
  providersHelp: w(
    'In each picture both curves have the same scale.',
    'Dans chaque image, les deux courbes sont à la même échelle.',
  ),
  others: w('small hosts', 'petits hébergeurs'),
  table: w('The figures', 'Les chiffres'),
  figure: w('Figure', 'Mesure'),
  wanted: w('Target', 'Objectif'),
  reached: w('reached', 'atteint'),
  missed: w('missed', 'manqué'),
  atMost: w('at most {value}', 'au plus {value}'),
  atLeast: w('at least {value}', 'au moins {value}'),
  accepted: w('Deliveries accepted', 'Remises acceptées'),
  delivered: w('Delivered (without spam)', 'Remises effectuées (hors spam)'),
  refused: w(
    'Refused for a reason of their own (no such person, content)',
    'Refusées pour une raison qui leur est propre (destinataire inconnu, contenu)',
  ),
  returned: w('Sent back although nothing was wrong with them', 'Renvoyées alors qu’elles étaient en règle'),
  duplicates: w('Delivered more than once', 'Effectuées plus d’une fois'),
  spamHeld: w('Spams that the guard holds', 'Spams retenus par le gardien'),
  honestHeld: w(
    'Of customers’ own mail, what the guard holds',
    'Courrier des clients eux-mêmes retenu par le gardien',
  ),
  victimsHeld: w(
    'The same, of accounts that the botnet has',
    'De même, pour les comptes dont le réseau de robots dispose',
  ),
  attempts: w('Attempts for each delivery', 'Tentatives par remise'),
  waiting: w('Waiting when everything works again', 'En attente quand tout fonctionne de nouveau'),
  drain: w('The last of what waited leaves after', 'Le dernier message en attente part après'),
  extraMedian: w('Extra wait, half of them', 'Attente supplémentaire, la moitié'),
  extra99: w('Extra wait, 99 of 100', 'Attente supplémentaire, 99 sur 100'),
  ideal99: w(
    'The same, if the line alone decided, oldest first',
    'La même, si seule la ligne décidait, le plus ancien d’abord',
  ),
  beside99: w('The same, with new mail going at once', 'La même, si le nouveau courrier passait aussitôt'),
  liveMedian: w('New mail in the meantime, half of it', 'Nouveau courrier entre-temps, la moitié'),
  neighbourDay: w('The neighbour, over the whole day', 'Le voisin, sur toute la journée'),
  leftNoon: w(
    'From before {back} and still waiting the next day at noon',
    'D’avant {back} et toujours en attente le lendemain à midi',
  ),
  standings: w('What stood still, and when', 'Ce qui s’est arrêté, et quand'),
  standingsHelp: w(
    'In the way of Relais. While something stands still, nothing in it ages.',
    'Avec Relais. Ce qui est arrêté ne vieillit pas.',
  ),
  freeze: w('stands still', 's’arrête'),
  thaw: w('goes on', 'repart'),
  everything: w('everything', 'tout'),
  more: w('… and {count} more in the JSON.', '… et {count} autres dans le JSON.'),
  about: w('How it was made', 'Méthode'),
  noTarget: w('–', '–'),
} satisfies Record<string, Words>;

export const TARGET_WORDS: Readonly<Record<Target, Words>> = {
  lost: w('Lost, or sent back by our own fault', 'Perdus, ou renvoyés par notre faute'),
  expired: w('Expired in the queue', 'Expirés dans la file d’attente'),
  'extra-wait': w(
    'Extra wait (99 of 100) over the ideal',
    'Attente supplémentaire (99 sur 100), rapportée à l’idéal',
  ),
  inversions: w(
    'Overtaken by a younger one of the same account and provider',
    'Dépassés par un message plus récent du même compte, vers le même fournisseur',
  ),
  'live-delay': w(
    'New mail while the old leaves, 99 of 100 wait',
    'Nouveau courrier pendant la reprise, 99 sur 100 attendent',
  ),
  neighbour: w('The neighbour, in its worst minute', 'Le voisin, dans sa pire minute'),
  spam: w('Spams taken by far ends', 'Spams acceptés par les serveurs distants'),
  blocks: w(
    'Providers that refused the host for its spam',
    'Fournisseurs qui ont refusé l’hébergeur pour son spam',
  ),
};

/** What happens on the day. */
export const EVENT_WORDS: Readonly<Record<(typeof WHAT)[number], Words>> = {
  capacity: w('the line carries {rate}', 'la ligne offre {rate}'),
  budget: w('mail may use {rate} of it', 'le courrier peut en utiliser {rate}'),
  returning: w(
    'returning mail programs want {rate} more',
    'les logiciels de messagerie, de retour, demandent {rate} de plus',
  ),
  'line-down': w('nothing passes the line', 'rien ne passe par la ligne'),
  'provider-down': w('{provider} is down', '{provider} est en panne'),
  'provider-blocks': w('{provider} refuses the host', '{provider} refuse l’hébergeur'),
  'resolver-dead': w('no name server answers', 'aucun serveur de noms ne répond'),
  'disk-full': w('the disk is full', 'le disque est plein'),
  'one-customer': w('one customer sends {messages} messages', 'un client envoie {messages} messages'),
  botnet: w(
    'a botnet sends {messages} spams through {accounts} accounts',
    'un réseau de robots envoie {messages} spams au moyen de {accounts} comptes',
  ),
  move: w(
    'the platform moves; its new line carries {rate}',
    'la plateforme déménage ; sa nouvelle ligne offre {rate}',
  ),
};

/** How the figures came about, and what they leave out: each a paragraph. */
export function notes(about: { scale: string; mailboxes: string; seed: string; digest: string }): Words[] {
  const { scale, mailboxes, seed, digest } = about;
  return [
    w(
      `Both days are replayed by Relais’s own queue, delivery and store code under a virtual clock; the Internet around it is simulated. The host has ${mailboxes} mailboxes; the replay is ${scale} times smaller: mailboxes, messages and capacities alike, so that a message is ${scale} times longer on the line than it was.`,
      `Les deux journées sont rejouées par le vrai code de file, de remise et de stockage de Relais, sous une horloge virtuelle ; l’Internet autour est simulé. L’hébergeur a ${mailboxes} boîtes ; la reconstitution est ${scale} fois plus petite, boîtes, messages et débits compris, si bien qu’un message occupe la ligne ${scale} fois plus longtemps.`,
    ),
    w(
      'The way of 2018 is the same code but for three things: every failure is put down to the message and moves it to a slower queue, nothing is ever frozen, and mail has no budget.',
      '« Comme en 2018 » est le même code à trois choses près : chaque échec est imputé au message et le déplace vers une file plus lente, rien n’est jamais gelé, et le courrier n’a pas de budget.',
    ),
    w(
      'The ideal is reckoned from arrivals and capacity alone: every octet leaves oldest first, as fast as deliveries may use the line. Nothing of the queue’s code is in it.',
      'L’idéal est calculé à partir des arrivées et du débit, et de rien d’autre : les octets partent du plus ancien au plus récent, aussi vite que les remises peuvent utiliser la ligne. Le code de la file n’y a aucune part.',
    ),
    w(
      'In the way of Relais, [budget] out is enforced by the core. That customers’ mail programs, which come first, keep to the rest of mail’s budget is the lab’s doing: Relais does not serve them yet.',
      'Avec Relais, [budget] out est appliqué par le cœur du serveur. Si les logiciels de messagerie des clients, servis en premier, s’en tiennent au reste du budget du courrier, c’est le fait du laboratoire : Relais ne les sert pas encore.',
    ),
    w(
      'In the way of 2018 nobody watches how accounts send: that was relaxed on the day. A botnet has all of its accounts in the replay, so its spams are the only messages that are fewer and not also smaller in their sources; what the guard lets out it lets out at the beginning of each, whatever the scale. Customers have a month of habits before the day: whom they write to, and from where.',
      '« Comme en 2018 », personne ne surveille la façon dont les comptes envoient : cette surveillance avait été relâchée ce jour-là. Tous les comptes du réseau de robots sont dans la reconstitution, chacun avec moins de spams ; ce que le gardien laisse partir, il le laisse au début de chacun, quelle que soit l’échelle. Les clients ont un mois d’habitudes derrière eux : à qui ils écrivent, et d’où.',
    ),
    w(
      `Seed ${seed}. The same seed gives this page again, to the byte. Digest of the history: ${digest}.`,
      `Graine ${seed}. La même graine redonne cette page à l’octet près. Empreinte de l’historique : ${digest}.`,
    ),
  ];
}
