/**
 * What each class means to a person, and what is to be done about it, in each language. A language that lacks a sentence
 * does not compile. The rule of each: the fact, what it means, what to do, who acts.
 */
import type { Blame, Language } from '../envelope.ts';
import type { Confidence, ReplyClass } from './meaning.ts';

export interface ClassWords {
  readonly means: string;
  readonly advice: string;
}

/** What Relais does with a delivery that is answered so. */
export type Course =
  | 'accepted'
  | 'failed'
  | 'deferred'
  | 'doubted'
  | 'held'
  | 'path-local'
  | 'path-path'
  | 'path-reputation';

export interface ReputationWords {
  /** Of a reply that is no refusal. */
  readonly yes: ClassWords;
  readonly classes: Readonly<Record<ReplyClass, ClassWords>>;
  readonly blames: Readonly<Record<Blame, string>>;
  readonly confidences: Readonly<Record<Confidence, string>>;
  readonly courses: Readonly<Record<Course, string>>;
  readonly labels: Readonly<
    Record<'means' | 'fault' | 'now' | 'advice' | 'clears' | 'ask' | 'names' | 'read' | 'waits', string>
  >;
}

const EN: ReputationWords = {
  yes: {
    means: 'No refusal: they accept what was said. A message is theirs once they say so after its end.',
    advice: 'Nothing. When a message that they took is not found there, look in Junk, or ask them.',
  },
  classes: {
    'recipient-unknown': {
      means: 'That address does not exist there.',
      advice: 'The sender corrects the address; nothing for you to do.',
    },
    'recipient-inactive': {
      means: 'The mailbox there is closed, blocked or no longer used.',
      advice: 'The sender reaches the recipient another way.',
    },
    'recipient-rate': {
      means: 'The recipient gets more mail than its provider allows for now. The address is good.',
      advice: 'Nothing: it is tried again. When one account causes it, slow that account.',
    },
    'recipient-restricted': {
      means: 'The recipient, or its administrator, does not take this mail.',
      advice: 'The sender asks the recipient to allow it.',
    },
    'mailbox-full': {
      means: 'The mailbox is full.',
      advice: 'Nothing: it is tried again until it ends; the recipient makes room.',
    },
    'domain-unknown': {
      means: "The recipient's domain takes no mail there.",
      advice: 'The sender checks the domain for a slip.',
    },
    'relay-denied': {
      means:
        'That host does not take mail for this domain: it does not host it, or its MX points to the wrong place.',
      advice: 'Check the MX of the domain; the owner of the domain mends it.',
    },
    'mail-loop': {
      means: 'The message goes in circles there.',
      advice: 'The administrator of the recipient mends a forward.',
    },
    'ip-blocked': {
      means: 'They refuse our address.',
      advice: 'Find who sent what they dislike, end it, then ask them to unblock.',
    },
    'ip-dnsbl': {
      means: 'A block list names our address, and they believe it.',
      advice: 'Find who sent what got us listed, end it, then ask the list; not before.',
    },
    'ip-throttled': {
      means: 'They slow us down, because of our address or of complaints about it.',
      advice: 'Send nothing there for a while; look who sends what people complain about.',
    },
    'ptr-helo': {
      means: 'The reverse name of our address, or the name we greet with, does not satisfy them.',
      advice:
        'Give the address a name (PTR) that resolves back to it, and greet with it: relais doctor shows both.',
    },
    'conn-limit': {
      means: 'We open too many connections to them, or send too much over one.',
      advice: 'Nothing: Relais opens fewer. When it stays so, lower delivery.maxConnectionsPerPath.',
    },
    'rate-limit': {
      means: 'We send them too much in too short a time.',
      advice: 'Nothing: Relais slows down. When one account causes it, slow that account.',
    },
    'domain-throttled': {
      means: "They slow one customer's domain down.",
      advice: 'Look what that customer sends.',
    },
    'domain-reputation': {
      means: "A customer's domain has a bad name with them, or is on a list.",
      advice: 'The customer cleans up and asks; our address is not at stake.',
    },
    'auth-failure': {
      means: "SPF, DKIM or DMARC of the sender's domain does not hold.",
      advice: 'Check the domain: relais domain check DOMAIN. Its owner mends the record.',
    },
    'sender-rejected': {
      means: "They do not accept the sender's address or domain.",
      advice: 'Check that the domain exists, has an MX and takes mail.',
    },
    'submission-limit': {
      means: 'An account has used up what it may send.',
      advice: 'Wait, or raise the limit where it is set.',
    },
    'content-spam': {
      means: 'They take the message for spam.',
      advice:
        'The sender changes the text or the links. Two in an hour from one account: look at that account.',
    },
    'content-virus': {
      means: 'They found a virus, or do not take such an attachment.',
      advice: 'The sender removes it. Look whether the machine of the sender is infected.',
    },
    'content-url': {
      means: 'A link in the message is on a list.',
      advice: 'The sender removes the link, or has it taken off the list.',
    },
    greylist: { means: 'They want to see whether we try again.', advice: 'Nothing: the next try passes.' },
    'policy-unspecified': {
      means: 'Their policy refuses it, and they do not say why.',
      advice: 'Look whether others are refused as well; ask their postmaster.',
    },
    'message-malformed': {
      means: 'The message breaks a rule of form.',
      advice: 'The program that wrote it is to be mended; the reply says what.',
    },
    'message-too-big': {
      means: 'The message is larger than they take.',
      advice: 'The sender sends less, or a link.',
    },
    'too-many-recipients': {
      means: 'They take fewer recipients at a time.',
      advice: 'Nothing: the others go later. When it stays so, lower delivery.maxRecipientsPerTransaction.',
    },
    expired: {
      means: 'A server on the way tried for too long and gave up.',
      advice: 'The sender sends it again, or another way.',
    },
    'protocol-error': {
      means: 'They did not understand, or did not like, how we speak SMTP.',
      advice: 'Look at the trace; when it is not one message only, report it as a fault of Relais.',
    },
    'tls-required': {
      means: 'Encryption is wanted and was not had as wanted.',
      advice: 'Look at delivery.tls, and at the certificate of the far end.',
    },
    'auth-required': {
      means: 'They want a login: that host is not open to mail from others.',
      advice: 'Check the [[route]] or the MX that led there.',
    },
    'local-trouble': { means: 'Our own network, resolver or machine has a fault.', advice: 'relais doctor.' },
    'remote-trouble': {
      means: 'They have a fault of their own, or no room for more now.',
      advice: 'Nothing: it is tried again.',
    },
    'remote-misconfig': {
      means:
        'Their system is set up wrongly. When a block list is named, it is one that they ask in a way it refuses: our address is not listed.',
      advice: 'Tell their postmaster. No list has to be asked for anything.',
    },
    'connect-failed': {
      means: 'Nobody answers there.',
      advice:
        'Nothing if it is one host. When many fail alike, look at our own network: port 25, routes, IPv6.',
    },
    'dns-failure': {
      means: 'The name could not be looked up.',
      advice: 'Nothing if it is one domain. When many fail alike, look at our resolver.',
    },
    unknown: {
      means: 'We could not tell what it means.',
      advice: 'Read it, and write a rule for it: [[reply]] in relais.toml.',
    },
  },
  blames: {
    local: 'ours',
    path: 'theirs: the host that answered',
    reputation: 'ours: what they think of our address or pace',
    sender: "the sender's domain or account",
    recipient: "the recipient's side",
    message: 'the message',
    unknown: 'not known',
  },
  confidences: { high: 'sure', medium: 'likely', low: 'a guess' },
  courses: {
    accepted: 'The delivery goes on; after the end of the message it is done.',
    failed: 'The message goes back to its sender at once, with their words.',
    deferred: 'The delivery waits and is tried again in its next lane, until its lifetime ends.',
    doubted: 'The delivery is kept for one more try; refused again, it goes back to its sender.',
    held: 'The delivery waits and is tried again until its lifetime ends; nothing goes back before.',
    'path-local':
      'The delivery stays as it is and does not age; the path rests, and one message tries from time to time.',
    'path-path': 'The delivery stays as it is; the path rests, and one message tries from time to time.',
    'path-reputation':
      'The delivery stays as it is and nothing bounces; the path rests, and one message tries from time to time, less and less often.',
  },
  labels: {
    means: 'Means',
    fault: 'Fault',
    now: 'Relais',
    advice: 'You',
    clears: 'Clears',
    ask: 'Ask',
    names: 'Names',
    read: 'Read as',
    waits: 'They ask to wait',
  },
};

const FR: ReputationWords = {
  yes: {
    means:
      "Ce n'est pas un refus : ils acceptent ce qui a été dit. Un message est à eux dès qu'ils le disent après sa fin.",
    advice: "Rien. Si un message qu'ils ont pris est introuvable, voyez les indésirables, ou demandez-leur.",
  },
  classes: {
    'recipient-unknown': {
      means: "Cette adresse n'existe pas chez eux.",
      advice: "L'expéditeur corrige l'adresse ; rien à faire pour vous.",
    },
    'recipient-inactive': {
      means: 'La boîte est fermée, bloquée ou abandonnée.',
      advice: "L'expéditeur joint le destinataire autrement.",
    },
    'recipient-rate': {
      means:
        "Le destinataire reçoit plus de courrier que son fournisseur n'en accepte pour l'instant. L'adresse est bonne.",
      advice: 'Rien : un nouvel essai suivra. Si un seul compte en est la cause, ralentissez-le.',
    },
    'recipient-restricted': {
      means: "Le destinataire, ou son administrateur, n'accepte pas ce courrier.",
      advice: "L'expéditeur demande au destinataire de l'autoriser.",
    },
    'mailbox-full': {
      means: 'La boîte est pleine.',
      advice: "Rien : d'autres essais suivront jusqu'au terme ; le destinataire fait de la place.",
    },
    'domain-unknown': {
      means: 'Le domaine du destinataire ne reçoit pas de courrier à cet endroit.',
      advice: "L'expéditeur vérifie le nom du domaine.",
    },
    'relay-denied': {
      means: "Ce serveur ne reçoit pas pour ce domaine : il ne l'héberge pas, ou son MX est faux.",
      advice: 'Vérifiez le MX du domaine ; son propriétaire le corrige.',
    },
    'mail-loop': {
      means: 'Le message tourne en rond chez eux.',
      advice: "L'administrateur du destinataire corrige un renvoi.",
    },
    'ip-blocked': {
      means: 'Ils refusent notre adresse.',
      advice: 'Trouvez qui a envoyé ce qui leur déplaît, mettez-y fin, puis demandez le déblocage.',
    },
    'ip-dnsbl': {
      means: 'Une liste noire nomme notre adresse, et ils la croient.',
      advice:
        "Trouvez qui a envoyé ce qui nous vaut l'inscription, mettez-y fin, puis demandez à la liste ; pas avant.",
    },
    'ip-throttled': {
      means: 'Ils nous ralentissent, à cause de notre adresse ou de plaintes.',
      advice: "N'envoyez rien là-bas un moment ; cherchez qui envoie ce dont on se plaint.",
    },
    'ptr-helo': {
      means: 'Le nom inverse de notre adresse, ou celui que nous annonçons, ne leur convient pas.',
      advice:
        "Donnez à l'adresse un nom (PTR) qui mène à elle, et annoncez-le : relais doctor montre les deux.",
    },
    'conn-limit': {
      means: 'Nous ouvrons trop de connexions chez eux, ou envoyons trop par une seule.',
      advice: 'Rien : Relais en ouvre moins. Si cela dure, baissez delivery.maxConnectionsPerPath.',
    },
    'rate-limit': {
      means: 'Nous leur envoyons trop en trop peu de temps.',
      advice: 'Rien : Relais ralentit. Si un seul compte en est la cause, ralentissez-le.',
    },
    'domain-throttled': {
      means: "Ils ralentissent le domaine d'un client.",
      advice: 'Regardez ce que ce client envoie.',
    },
    'domain-reputation': {
      means: "Le domaine d'un client a mauvaise réputation chez eux, ou figure sur une liste.",
      advice: "Le client met de l'ordre et demande ; notre adresse n'est pas en cause.",
    },
    'auth-failure': {
      means: "SPF, DKIM ou DMARC du domaine de l'expéditeur ne tient pas.",
      advice: "Vérifiez le domaine : relais domain check DOMAINE. Son propriétaire corrige l'enregistrement.",
    },
    'sender-rejected': {
      means: "Ils n'acceptent pas l'adresse ou le domaine de l'expéditeur.",
      advice: 'Vérifiez que le domaine existe, a un MX et reçoit du courrier.',
    },
    'submission-limit': {
      means: "Un compte a épuisé ce qu'il peut envoyer.",
      advice: 'Attendez, ou relevez la limite là où elle est fixée.',
    },
    'content-spam': {
      means: 'Ils prennent le message pour du spam.',
      advice:
        "L'expéditeur change le texte ou les liens. Deux en une heure pour un compte : regardez ce compte.",
    },
    'content-virus': {
      means: "Ils ont trouvé un virus, ou n'acceptent pas une telle pièce jointe.",
      advice: "L'expéditeur la retire. Voyez si sa machine est infectée.",
    },
    'content-url': {
      means: 'Un lien du message figure sur une liste.',
      advice: "L'expéditeur retire le lien, ou le fait radier.",
    },
    greylist: { means: 'Ils veulent voir si nous réessayons.', advice: "Rien : l'essai suivant passera." },
    'policy-unspecified': {
      means: 'Leur règlement le refuse, et ils ne disent pas pourquoi.',
      advice: "Voyez si d'autres sont refusés ; demandez à leur postmaster.",
    },
    'message-malformed': {
      means: 'Le message enfreint une règle de forme.',
      advice: "Le programme qui l'a écrit est à corriger ; la réponse dit quoi.",
    },
    'message-too-big': {
      means: "Le message dépasse ce qu'ils acceptent.",
      advice: "L'expéditeur envoie moins, ou un lien.",
    },
    'too-many-recipients': {
      means: 'Ils prennent moins de destinataires à la fois.',
      advice:
        'Rien : les autres partent ensuite. Si cela dure, baissez delivery.maxRecipientsPerTransaction.',
    },
    expired: {
      means: 'Un serveur en chemin a trop attendu et a renoncé.',
      advice: "L'expéditeur envoie de nouveau, ou autrement.",
    },
    'protocol-error': {
      means: "Ils n'ont pas compris, ou pas aimé, notre façon de parler SMTP.",
      advice: "Voyez la trace ; s'il ne s'agit pas d'un seul message, signalez un défaut de Relais.",
    },
    'tls-required': {
      means: "Le chiffrement est exigé et n'a pas eu lieu comme voulu.",
      advice: 'Voyez delivery.tls, et le certificat de leur serveur.',
    },
    'auth-required': {
      means: "Ils veulent une identification : ce serveur n'est pas ouvert au courrier d'autrui.",
      advice: 'Vérifiez le [[route]] ou le MX qui y a mené.',
    },
    'local-trouble': {
      means: 'Notre réseau, notre résolveur ou notre machine est en défaut.',
      advice: 'relais doctor.',
    },
    'remote-trouble': {
      means: 'Ils ont une panne, ou plus de place pour le moment.',
      advice: "Rien : d'autres essais suivront.",
    },
    'remote-misconfig': {
      means:
        "Leur système est mal réglé. Si une liste noire est nommée, ils l'interrogent d'une façon qu'elle refuse : notre adresse n'y figure pas.",
      advice: "Dites-le à leur postmaster. Il n'y a rien à demander à une liste.",
    },
    'connect-failed': {
      means: 'Personne ne répond là-bas.',
      advice:
        "Rien s'il s'agit d'un seul serveur. Si beaucoup échouent ainsi, voyez notre réseau : port 25, routes, IPv6.",
    },
    'dns-failure': {
      means: "Le nom n'a pu être résolu.",
      advice: "Rien s'il s'agit d'un seul domaine. Si beaucoup échouent ainsi, voyez notre résolveur.",
    },
    unknown: {
      means: "Nous n'avons pu dire ce que cela signifie.",
      advice: 'Lisez, et écrivez une règle : [[reply]] dans relais.toml.',
    },
  },
  blames: {
    local: 'nous',
    path: 'eux : le serveur qui a répondu',
    reputation: "nous : ce qu'ils pensent de notre adresse ou de notre débit",
    sender: "le domaine ou le compte de l'expéditeur",
    recipient: 'le côté du destinataire',
    message: 'le message',
    unknown: 'inconnue',
  },
  confidences: { high: 'sûr', medium: 'probable', low: 'une supposition' },
  courses: {
    accepted: "L'envoi continue ; après la fin du message il est terminé.",
    failed: "Le message revient aussitôt à l'expéditeur, avec leurs mots.",
    deferred: "L'envoi attend et sera retenté dans sa file suivante, jusqu'au terme.",
    doubted: "L'envoi est gardé pour un essai de plus ; refusé encore, il revient à l'expéditeur.",
    held: "L'envoi attend et sera retenté jusqu'au terme ; rien ne revient avant.",
    'path-local':
      "L'envoi reste tel quel et ne vieillit pas ; le chemin se repose, et un message essaie de temps en temps.",
    'path-path': "L'envoi reste tel quel ; le chemin se repose, et un message essaie de temps en temps.",
    'path-reputation':
      "L'envoi reste tel quel et rien ne revient ; le chemin se repose, et un message essaie de temps en temps, de plus en plus rarement.",
  },
  labels: {
    means: 'Sens',
    fault: 'Faute',
    now: 'Relais',
    advice: 'Vous',
    clears: 'Fin',
    ask: 'Demander',
    names: 'Nomme',
    read: 'Lu comme',
    waits: "Ils demandent d'attendre",
  },
};

const WORDS: Readonly<Record<Language, ReputationWords>> = { en: EN, fr: FR };

export function reputationWords(language: Language): ReputationWords {
  return WORDS[language];
}
