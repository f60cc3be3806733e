/**
 * Who takes a block off, where to ask, and what goes away by itself and when. Order everywhere: find the cause, end it,
 * then ask; a request that comes too early prolongs the block.
 */

export interface Clearing {
  /** A page or a mail address. */
  readonly ask?: string;
  readonly en: string;
  readonly fr: string;
}

/** By the name of the list, as `particulars.ts` has it. */
const LISTS: Readonly<Record<string, Clearing>> = {
  'Spamhaus PBL': {
    ask: 'https://check.spamhaus.org/',
    en: 'The address is listed as one that should not send mail by itself. The form takes it off at once when it may.',
    fr: "L'adresse figure parmi celles qui n'ont pas à émettre du courrier. Le formulaire la retire aussitôt si elle le peut.",
  },
  'Spamhaus XBL': {
    ask: 'https://check.spamhaus.org/',
    en: 'A machine there is infected or open to others. It expires by itself once that traffic stops.',
    fr: "Une machine y est infectée ou ouverte à d'autres. L'inscription expire seule dès que ce trafic cesse.",
  },
  'Spamhaus CSS': {
    ask: 'https://check.spamhaus.org/',
    en: 'It expires by itself about a week after the unwanted mail stops.',
    fr: "L'inscription expire seule environ une semaine après la fin des envois indésirables.",
  },
  'Spamhaus SBL': {
    ask: 'https://check.spamhaus.org/',
    en: 'People decide, in one to three days, after the cause is gone.',
    fr: 'Des personnes décident, en un à trois jours, une fois la cause disparue.',
  },
  'Spamhaus DBL': {
    ask: 'https://check.spamhaus.org/',
    en: 'A domain is listed, not an address: ask with the domain.',
    fr: "C'est un domaine qui est inscrit, pas une adresse : demandez avec le domaine.",
  },
  'Spamhaus ZEN': {
    ask: 'https://check.spamhaus.org/',
    en: 'ZEN is SBL, CSS, XBL and PBL together: the page says which, and how it ends.',
    fr: 'ZEN réunit SBL, CSS, XBL et PBL : la page dit laquelle, et comment cela finit.',
  },
  Spamhaus: {
    ask: 'https://check.spamhaus.org/',
    en: 'The page says which list, and how it ends.',
    fr: 'La page dit quelle liste, et comment cela finit.',
  },
  SpamCop: {
    ask: 'https://www.spamcop.net/bl.shtml',
    en: 'It expires by itself 24 to 48 hours after the last report.',
    fr: "L'inscription expire seule 24 à 48 heures après le dernier signalement.",
  },
  Barracuda: {
    ask: 'https://www.barracudacentral.org/rbl/removal-request',
    en: 'They answer a request within 12 to 24 hours.',
    fr: 'Ils répondent à une demande en 12 à 24 heures.',
  },
  Abusix: {
    ask: 'https://lookup.abusix.com/',
    en: 'The form takes it off within minutes; it is listed again at once when the cause goes on.',
    fr: 'Le formulaire la retire en quelques minutes ; elle revient aussitôt si la cause persiste.',
  },
  'Cloudmark CSI': {
    ask: 'https://csi.cloudmark.com/reset-request/',
    en: 'Ask with the form once the cause is gone.',
    fr: 'Demandez par le formulaire une fois la cause disparue.',
  },
  Proofpoint: {
    ask: 'https://ipcheck.proofpoint.com/',
    en: 'Open a ticket there, once the cause is gone.',
    fr: 'Ouvrez-y un ticket, une fois la cause disparue.',
  },
  UCEPROTECT: {
    en: 'It lists whole ranges and expires by itself; pay nobody for it.',
    fr: 'Cette liste inscrit des plages entières et expire seule ; ne payez personne pour cela.',
  },
};

/** By the name of the provider, as `providers.ts` has it. */
const PROVIDERS: Readonly<Record<string, Clearing>> = {
  google: {
    ask: 'https://support.google.com/mail/answer/81126',
    en: 'Stop for at least 10 minutes, find what is sent, then one connection; more only while it works. The form is for senders whose spam rate was below 0.3 % for seven days.',
    fr: 'Arrêtez au moins 10 minutes, trouvez ce qui part, puis une seule connexion ; davantage seulement si cela passe. Le formulaire est pour ceux dont le taux de spam est resté sous 0,3 % pendant sept jours.',
  },
  yahoo: {
    ask: 'https://senders.yahooinc.com/',
    en: 'A deferral for complaints ends about 4 hours after the last attempt: Relais tries once after 2 hours and then every 4, and each try by hand begins those anew. Ask only after 48 hours of the same reply.',
    fr: "Un report pour plaintes cesse environ 4 heures après la dernière tentative : Relais essaie une fois après 2 heures, puis toutes les 4, et chaque essai à la main les fait recommencer. Ne demandez qu'après 48 heures de la même réponse.",
  },
  'outlook-consumer': {
    ask: 'https://sendersupport.olc.protection.outlook.com/pm/',
    en: 'Ask with the form; when the answer is "not qualified", reply and insist. A new address takes a couple of weeks.',
    fr: 'Demandez par le formulaire ; à la réponse « not qualified », répondez et insistez. Une nouvelle adresse demande quelques semaines.',
  },
  microsoft365: {
    ask: 'https://sender.office.com/',
    en: 'The portal takes a banned address off; for 5.7.511 write to delist@microsoft.com.',
    fr: 'Le portail retire une adresse bannie ; pour 5.7.511, écrivez à delist@microsoft.com.',
  },
  apple: {
    ask: 'icloudadmin@apple.com',
    en: 'Write with the addresses, the replies and since when.',
    fr: 'Écrivez avec les adresses, les réponses et depuis quand.',
  },
  orange: {
    en: 'Follow the link in the reply; otherwise the form of their abuse desk.',
    fr: 'Suivez le lien de la réponse ; sinon le formulaire de leur cellule abuse.',
  },
  laposte: {
    en: 'Follow the link in the reply.',
    fr: 'Suivez le lien de la réponse.',
  },
  sfr: {
    en: 'The block ends by itself after 2 hours; after that, their postmaster.',
    fr: 'Le blocage cesse seul après 2 heures ; ensuite, leur postmaster.',
  },
  free: {
    ask: 'https://postmaster.free.fr/',
    en: 'The block ends by itself within 24 hours once the unwanted mail stops; asking before does nothing.',
    fr: 'Le blocage cesse seul en 24 heures une fois les envois indésirables arrêtés ; demander avant ne sert à rien.',
  },
  'gmx-webde': {
    ask: 'https://postmaster.gmx.net/en/error-messages',
    en: 'The link in the reply says why; the form stands behind it.',
    fr: 'Le lien de la réponse dit pourquoi ; le formulaire est derrière.',
  },
  't-online': {
    ask: 'tosa@rx.t-online.de',
    en: 'Addresses that they do not know are refused until somebody asks. They want a page with your name and address under the host name.',
    fr: "Les adresses qu'ils ne connaissent pas sont refusées jusqu'à ce que l'on demande. Ils veulent une page à vos nom et adresse sous le nom d'hôte.",
  },
  comcast: {
    ask: 'https://postmaster.comcast.net/',
    en: 'The form for blocked providers.',
    fr: 'Le formulaire pour hébergeurs bloqués.',
  },
  mimecast: {
    en: 'A temporary block ends after minutes; otherwise only the administrator of the recipient can help.',
    fr: "Un blocage temporaire cesse en quelques minutes ; sinon seul l'administrateur du destinataire peut aider.",
  },
  proofpoint: LISTS['Proofpoint'] as Clearing,
  barracuda: LISTS['Barracuda'] as Clearing,
  godaddy: {
    ask: 'https://unblock.secureserver.net/',
    en: 'IB110 and IB112 end after an hour, IB111 and IB113 at the end of the day; otherwise the form.',
    fr: 'IB110 et IB112 cessent après une heure, IB111 et IB113 à la fin de la journée ; sinon le formulaire.',
  },
  qq: {
    ask: 'https://service.mail.qq.com/',
    en: 'Register the domain with them.',
    fr: 'Enregistrez le domaine chez eux.',
  },
};

/** The named list comes first: the provider only asks it. */
export function clearingOf(about: {
  list?: string | undefined;
  provider?: string | undefined;
}): Clearing | undefined {
  return LISTS[about.list ?? ''] ?? PROVIDERS[about.provider ?? ''];
}
