/** The words that say a recipient is unknown or gone, said of something else: nothing goes back for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../delivery/classify.ts';
import type { Stage } from '../../envelope.ts';

const STAGES: readonly Stage[] = ['mail', 'rcpt', 'end-of-data'];
const SAID = ['someone@far.example', 'me@here.example'];

function verdictOf(text: string, stage: Stage) {
  return classify({ accepted: false, reply: replyOf(text, stage), said: SAID });
}

function replyOf(text: string, stage: Stage) {
  return { stage, code: Number(text.slice(0, 3)), text, remote: 'mx.far.example [192.0.2.9]:25', afterMs: 1 };
}

function nothingGoesBack(lines: string): void {
  for (const text of linesOf(lines))
    for (const stage of STAGES) {
      const { kind, reading, about } = verdictOf(text, stage);
      assert.notEqual(kind, 'failed', `${text} (${stage}): ${about?.scope} by ${reading?.rule}`);
    }
}

function stillGoesBack(lines: string, stage: Stage = 'rcpt'): void {
  for (const text of linesOf(lines)) {
    const { kind, reading, about } = verdictOf(text, stage);
    assert.equal(kind, 'failed', `${text}: ${about?.scope} by ${reading?.rule}`);
  }
}

function linesOf(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

test('an elided article hides neither the sender nor the recipient', () => {
  nothingGoesBack(`
    550 5.7.1 L'adresse de l'expéditeur n'existe pas
    550 5.7.1 L’adresse de l’expéditeur n’existe pas
    550 Utilisateur inconnu: l'expéditeur n'est pas autorisé
    550 5.1.0 Adresse d'expéditeur inconnue
    550 5.7.1 L'adresse d'origine n'existe pas
    550 L'utente mittente sconosciuto
    550 5.7.1 L'indirizzo del mittente non esiste
  `);
  stillGoesBack(`
    550 L'adresse du destinataire n'existe pas
    550 L’utilisateur n’existe pas
    550 Cette adresse n'existe pas chez nous
    550 L'utente non esiste
    550 5.1.1 The user doesn't exist
    550 recipient isn't known here
  `);
});

test('what is said of our address or our host', () => {
  nothingGoesBack(`
    550 5.7.1 Ваш IP-адрес не найден в обратной зоне DNS
    550 5.7.1 Адрес вашего сервера не зарегистрирован
    550 5.7.1 адрес 192.0.2.25 не зарегистрирован
    550 5.7.1 Ihre IP-Adresse existiert in unserer Sperrliste
    550 Adresse des Mailservers existiert nicht
    550 Adresse 192.0.2.25 unbekannt
    550 IP-Adresse ungültig
    550 5.7.1 O endereço IP do servidor não existe no DNS reverso
    550 5.7.1 Su dirección IP no existe en nuestra lista
    550 Adresse du serveur inconnue
    550 Adres serwera: adresat nieznany
    550 5.7.1 No such host 192.0.2.25
    550 5.1.1 Unknown host 192.0.2.25: no PTR for your address
    550 5.1.1 Recipient rejected: reverse DNS lookup of 192.0.2.25 failed
    550 5.1.1 user unknown; rejecting because of your IP reputation
    550 5.2.1 The mailbox has been blocked due to mail from your network
    550 High probability of spam: the sending server is listed
    550 URL blacklist: your PTR domain is listed
    550 5.4.6 too many hops? no: your IP is throttled
  `);
  stillGoesBack(`
    550 Пользователь не найден на сервере
    550 Адрес получателя не существует
    550 Benutzer unbekannt auf diesem Server
    550 El usuario no existe en este servidor
    550 Usuário desconhecido neste servidor
    550 Destinataire inconnu sur ce serveur
    550 服务器上该用户不存在
    550 Mailbox not found on this server
    550 5.1.1 <someone@far.example>... User unknown, relay=[192.0.2.25]
  `);
  stillGoesBack('550 Your message was identified as spam', 'end-of-data');
});

test('what is said of our sender', () => {
  nothingGoesBack(`
    550 5.7.1 Konto nadawcy nie istnieje
    550 5.7.1 Konto nadawcy jest zablokowane
    550 5.7.1 Uživatel odesílatele neexistuje
    550 Gebruiker van de afzender onbekend
    550 5.7.1 La dirección del emisor no existe
    550 O endereço do emissor não existe
    550 Benutzer des Absenders existiert nicht
    550 Absenderadresse unbekannt
    550 Ihre Adresse ist ungueltig
    550 Kein solcher Benutzer: Absender abgelehnt
    550 Konto des Absenders nicht vorhanden
    550 Пользователь отправителя не найден
    550 发件人邮箱不存在
    550 5.1.0 Address rejected. me@here.example
    550 5.7.1 Domain here.example does not exist
    550 5.7.1 Unknown domain here.example
    550 address rejected: here.example has no A/MX
    550 Requested action not taken: mailbox unavailable. Reject due to SPF policy
  `);
  stillGoesBack(`
    550 Konto odbiorcy nie istnieje
    550 Uživatel neexistuje
    550 Onbekende gebruiker
    550 La dirección del destinatario no existe
    550 O endereço do destinatário não existe
    550 Empfänger unbekannt
    550 Unbekannter Empfaenger
    550 Kein solcher Benutzer hier
    550 Mailbox existiert nicht
    550 Adresse unbekannt
    550 Empfängeradresse ungültig
    550 Der Benutzer ist nicht vorhanden
    550 We do not host this domain
    550 收件人邮箱不存在
    550 5.1.1 Address rejected someone@far.example
    550 Recipient address rejected: Domain not found
    550 5.1.2 Host unknown
  `);
});

test('said to us, "your account" is the sender’s', () => {
  nothingGoesBack(`
    550 5.2.1 Votre compte est suspendu
    550 5.2.1 Ihr Konto ist gesperrt
    550 5.2.1 Su cuenta está suspendida
    550 5.2.1 Sua conta está suspensa por envio de spam
    550 5.2.1 Il vostro account è sospeso, conta disattivata
    550 Twoje konto nie istnieje
    550 Uw account: gebruiker onbekend
    550 5.7.1 Ваш почтовый ящик не найден
    550 5.7.1 您的邮箱不存在
    550 5.7.1 您的账号不存在
    552 message size limit for your account exceeded today
    550 5.3.4 message too big for your daily volume
  `);
  stillGoesBack(`
    550 5.2.1 Le compte du destinataire est suspendu
    550 5.2.1 Das Konto des Empfängers ist gesperrt
    550 5.2.1 La cuenta está suspendida
    550 5.2.1 Konto zablokowane
    550 Votre message n'a pas pu être remis : destinataire inconnu
    550 Ihre Nachricht konnte nicht zugestellt werden: Empfänger unbekannt
    550 Su mensaje no pudo ser entregado: usuario desconocido
    550 Ваше письмо не доставлено: пользователь не найден
    550 您的邮件被退回，收件人不存在
    550 No such user: please update your address book
    552 5.3.4 Message size exceeds fixed limit
  `);
});

test('what is said while something of theirs is out of order', () => {
  nothingGoesBack(`
    550 user lookup failed: LDAP server timeout
    550 mailbox unavailable, service shutting down
    550 Mailbox not available due to maintenance
    550 5.1.1 backend unavailable, recipient not found
    550 5.1.1 User unknown (directory server unavailable, please retry)
    550 5.1.1 Recipient address rejected: User unknown in relay recipient table because the LDAP map is unavailable
    550 5.2.1 mailbox disabled while migration is in progress
    550 5.2.1 account store offline
    550 no such user (LDAP: can't contact server)
    550 Пользователь не найден: база данных недоступна
    550 Empfänger unbekannt (Datenbank nicht erreichbar)
    550 Utilisateur inconnu, base de données indisponible
    550 Usuario no existe: servidor en mantenimiento
    550 Utente inesistente: servizio non disponibile
    550 Usuário inexistente: erro interno do servidor
    550 Gebruiker onbekend: database niet beschikbaar
    550 Użytkownik nie istnieje: błąd bazy danych
    550 Uživatel neexistuje, chyba serveru
    550 用户不存在: 系统繁忙
    550 数据库错误 用户不存在
    554 antispam engine timeout
    554 virus scan timed out
    554 5.6.0 invalid header check: internal server error
    552 message too big: storage offline
  `);
  stillGoesBack(`
    550 user lookup failed
    550 5.1.1 User not found in LDAP directory
    550 5.1.1 No such user in database
    550 mailbox unavailable
    550 Benutzer unbekannt in der Datenbank
    550 Utilisateur inconnu dans la base de données
    550 数据库中用户不存在
    550 5.2.1 mailbox disabled
    550 Пользователь не найден
    550 Użytkownik nie istnieje
  `);
});

test('where the code names the recipient and the words name us, nothing stands still either', () => {
  const { kind, about } = verdictOf(
    '550 5.1.1 user unknown; rejecting because of your IP reputation',
    'rcpt',
  );
  assert.deepEqual([kind, about?.confidence], ['deferred', 'low']);
});

test('what is plainly said of us, of our sender or of a trouble is held when it is said again as well', () => {
  for (const text of linesOf(`
    550 5.7.1 Ваш IP-адрес не найден в обратной зоне DNS
    550 5.2.1 The mailbox has been blocked due to mail from your network
    550 5.7.1 Konto nadawcy nie istnieje
    550 5.2.1 Votre compte est suspendu
    550 5.1.1 backend unavailable, recipient not found
    550 Пользователь не найден: база данных недоступна
    550 5.2.1 mailbox disabled while migration is in progress
  `)) {
    const reply = replyOf(text, 'rcpt');
    const last = { ...reply, blame: 'unknown', at: 0 } as const;
    assert.notEqual(classify({ accepted: false, reply, said: SAID, last }).kind, 'failed', text);
  }
});
