/** About the recipient: full, unknown, gone, closed to us, or of a domain that takes no mail there. */
import { EVERY_TOPIC, SOURCES, type RuleTable } from '../rule.ts';
import { RECIPIENT_CLOSED } from './recipient-closed.ts';
import { RECIPIENT_DOMAIN } from './recipient-domain.ts';

export const RECIPIENT: RuleTable = [
  {
    id: 'recipient/full',
    class: 'mailbox-full',
    says: `
      over quota
      overquota
      quota … exceed*|full|reached|violation
      exceed* … quota
      quota exceed*
      out of quota
      disk quota
      mailbox|inbox|mailfolder|maildir|folder|account|mbox|box is? full
      mailbox|inbox|maildrop for … is? full
      mailbox|inbox … is full
      full mailbox|inbox
      mailbox|inbox|box|account … over … quota|limit|size
      mailbox|inbox|account|user … exceed* … storage|size|quota|space|allowed|maximum
      mailbox size limit
      out of storage
      storage … full|exceed*|exceeded|limit
      recipient storage full
      not enough … space|storage … mailbox|recipient|user|account|folder
      mailbox|inbox|recipient|user|account … not enough|insufficient space|storage|room
      mailbox space
      storage space
      speichervolumen … uberschritten|ueberschritten|erschopft
      no space|room … mailbox|user|recipient|account|inbox
      mailbox|user|recipient|account … no more? space|room
      insufficient storage in mailbox|inbox
      insufficient … mailbox|recipient|user|account space|storage
      blocks limit exceeded
      boite … pleine
      quota … depasse
      depasse … quota
      buzon … lleno
      cuota … excedida|superada
      caixa … cheia
      casella … piena
      postfach … voll
      speicherplatz … voll|uberschritten|erschopft
      kontingent
      mailbox … vol
      skrzynka … pelna|przepelniona|zapelniona
      schranka … plna
      ящик … переполнен
      箱 … 满|滿
      箱|户|戶|号|號 … 空 间|間 不 足
      casilla|buzon|bandeja … llena|lleno
      caixa … lotada
      quota is over
      mailbox limit
      @ is full
      cant create output
    `,
    unless: `
      服 务|務 器
      系 统|統
      磁 盘|盤
      发|發|寄 件|信
      sending|send quota
      message quota|rate
      per hour|minute|day|second
      your … quota
      hourly
      daily
      sender … quota
      rate
      messages per
      query
    `,
    confidence: 'high',
    source: SOURCES.seen,
  },
  {
    id: 'recipient/inactive',
    class: 'recipient-inactive',
    says: `
      inactive … user|mailbox|account|recipient|address|email|member
      user|mailbox|account|recipient|address|alias|email|member … is? inactive|deactivated|disabled|suspended|closed|expired|terminated|locked|frozen|unavailable|discontinued|cancelled|canceled|archived|retired|moved|deleted|removed|obsolete|dormant
      disabled|deactivated|suspended|closed|expired|deleted|inactive|archived|locked|terminated recipient|mailbox|account|user|address
      is inactive|deactivated|disabled|suspended
      is now|a|currently|temporarily disabled|deactivated|suspended|inactive|locked
      no longer … mail|active|valid|available|in|on|with|exists|used|accept*|works|employed|here
      not|never activated
      user|account|mailbox|recipient|address … not active
      mailbox … not|never … activ*
      account … not … activ*
      temporary|temporarily locked|disabled|suspended
      status is locked
      user|account|mailbox … locked
      has left … company|organization|us
      has been disabled|discontinued|suspended|closed|deactivated|deleted
      mailbox … deleted|removed|closed
      user has moved
      please remove
      boite|compte … archivee|desactive|suspendu|ferme|inactif
      cuenta … desactivad*|suspendid*|inactiv*
      conta … desativad*|suspens*|inativ*
      casella … disabilitata|sospesa|disattivata
      konto … deaktiviert|gesperrt
      konto … zablokowane|nieaktywne
      no longer an? employee
      no longer employed
      casilla|buzon|usuario|cuenta … expirad*|caducad*|inactiv*|suspendid*|bloquead*|deshabilitad*|cancelad*
      casilla|buzon|cuenta|usuario … ha expirado|caducado
      caixa|conta|usuario|endereco … inativ*|expirad*|bloquead*|suspens*|cancelad*|desativad*
      indirizzo|casella|account|utente … bloccat*|disattiv*|disabilitat*|inattiv*|sospes*|scadut*
      adressat|empfanger|empfaenger|benutzer|postfach|mailbox|konto … deaktiviert|gesperrt|geschlossen|stillgelegt|geloscht|geloescht
      compte|boite|utilisateur|destinataire … desactiv*|suspend*|ferme|fermee|resili*|expire*|inacti*|supprime*
      skrzynka|konto|uzytkownik … zablokowan*|nieaktywn*|zawieszon*|usuniet*
      mailbox|account|gebruiker|postvak … geblokkeerd|inactief|opgeheven|gedeactiveerd|verwijderd
      ящик|пользователь|аккаунт … заблокирован*|отключен*|удален*|неактив*
      箱|户|戶|号|號 … 停 用
      箱|户|戶|号|號 … 冻|凍 结|結
      箱|户|戶|号|號 … 禁 用
      no recipient|user|account|mailbox activity
      log in to enable … receiving
      receiving disabled
    `,
    unless: `
      reputation
      rbl|dnsbl|rbls|dnsbls
      sender|sending
      your account|mailbox|ip
      from … disabled
      #
      service … disabled
      internal|storage
      url|link|attachment|file
      message … blocked
      domain … blocked
      outbound*
      blocked by
      spam
      relay*
      outgoing
      mail from
      this account has been … sending
      authentication
      server|host|connection|client
      sending|send
    `,
    unlessOf: EVERY_TOPIC,
    confidence: 'high',
    source: SOURCES.seen,
  },
  {
    id: 'recipient/unknown',
    class: 'recipient-unknown',
    says: `
      user|username|recipient|mailbox|account|alias|address|addressee|local|person|destination|email|login unknown
      user|recipient|mailbox|account|alias|address|addressee|localpart|destination is? unknown
      unknown user|recipient|mailbox|account|address|alias|local|addressee|or|destination
      unknown … user|recipient|mailbox|account|address|alias|email
      user|recipient @ … unknown
      no such user|recipient|mailbox|person|account|address|alias|local|email|uid|member|customer|mail|id|destination|name
      no … such … user|recipient|mailbox|account|address|person
      no mailbox|user|account|recipient here|by|found|with|named|for|at|like|matches|such|exists
      no valid|known|acceptable|deliverable recipient|recipients|user|mailbox|cert
      not … valid|known|local|existing|registered|existent recipient|user|mailbox|account|address|gateway|customer
      nonexistent|inexistent|nonexisting|undefined user|mailbox|recipient|account|address|email
      non existent|existing … user|mailbox|recipient|account|address
      user|recipient|mailbox|account|alias|address|email|addressee|destination … does|do|did not exist|exists
      user|recipient|mailbox|account|alias|address|email|addressee|destination … doesnt|dont|didnt|isnt exist|exists|found|valid|known
      user|recipient|mailbox|account|alias|address|email … not exist|existing|exists
      user|recipient|recipients|mailbox|account|address|alias|email|addressee|name is? not found|valid|known|recognized|recognised|registered|here|listed|available|existing|local|a
      user|recipient|mailbox|account|address|email … not found|known|recognized|registered|valid|listed|present
      @ … not found|exist|known
      @ … does not exist
      @ … doesnt exist
      @ … unknown|invalid
      user path no exist
      doesnt|dont have an? … account|mailbox
      does|do not have an? … account|mailbox
      does|do not have an? … account|mailbox here
      invalid|illegal|bad|wrong|incorrect|nonexistent|undeliverable|undefined|unrecognized|unroutable|unrouteable recipient|recipients|user|mailbox|account|alias|destination|addressee|users|username
      invalid|bad destination|recipient|to|email|e mail? mailbox|address
      invalid|illegal|bad address
      invalid email|mail|e address|mail
      invalid mailbox
      invalid @
      characters in address|recipient
      bad|invalid address syntax
      not in recipient list
      unallocated
      mailbox|address not? managed
      address not managed
      recipient|recipients|address|mailbox|user|addressee|account is|are invalid|illegal|unroutable|wrong|nonexistent|undeliverable
      recipient|mailbox|user|address @ is? invalid
      recipient|address|user|mailbox invalid
      all recipients are? invalid|rejected
      recipient address rejected … unknown|undeliverable|invalid|exist|found|such|nonexistent|unverified
      recipient … unverified|unverifiable
      undeliverable address|recipient
      unverified address|recipient
      recipient|rcpt|destination|user|mailbox address rejected
      recipient … can not|cannot be? verified|found
      recipient … cannot|couldnt|could be? not? be? verified|found
      recipient verify|verification failed|problem|error
      verify|verification … recipient … failed
      user lookup|verification failed
      address lookup … failed
      lookup … failed
      mailbox unavailable
      mailbox is? not available
      mailbox not available
      recipient not available
      mailbox … unavailable
      not|isnt our|a|my customer|user
      not a|our member|customer|user
      not listed in … name|address
      recipient not|no
      recipnotfound|recipientnotfound|exrecipnotfound
      unable to find|locate … user|recipient|mailbox|account|address
      cannot|couldnt|could find|locate … user|recipient|mailbox|account
      could not find|locate … user|recipient|mailbox|account
      can not find … user|mailbox
      dont know anyone|who
      anyone by that name
      e mail adress unknown
      resolve to a mailbox
      account or domain may not exist
      there is|are no such|user|one|mailbox|account
      nobody here|by
      no one … by that name
      no local user|mailbox
      not a local|known|valid
      address … not … in|on … directory|list|system|table|service
      user … not … directory
      unknown or illegal alias
      does not like recipient
      user not|un
      rcpt to … user
      not ok
      account that you tried to reach does not exist
      wrong recipients
      unroutable|unrouteable|unknown address
      destinataire … inconnu|invalide
      utilisateur … inconnu|inexistant
      adresse … inconnue|invalide|inexistante
      boite … inconnue|inexistante
      destinatario … desconocido|inexistente|inesistente|sconosciuto|existe|no
      adresse … existe pas
      n existe pas
      usuario … desconocido|inexistente|existe|desconhecido
      utente … sconosciuto|inesistente|esiste
      casella … inesistente
      indirizzo … inesistente|sconosciuto|esiste
      indirizzo|destinatario non valido
      direccion … inexistente|existe
      direccion no valida
      usuario|conta|endereco … inexistente|existe|invalido
      empfanger|empfaenger|empfangeradresse|empfaengeradresse … unbekannt|existiert|ungultig|ungueltig|vorhanden
      benutzer|nutzer … unbekannt|existiert|vorhanden
      adresse|mailadresse … unbekannt|existiert|ungultig|ungueltig|vorhanden
      postfach|mailbox|konto … unbekannt|existiert|vorhanden
      kein|keinen|keine solcher|solchen|solches|solche benutzer|nutzer|empfanger|empfaenger|postfach|mailbox|konto|adresse
      unbekannter|unbekannte|unbekanntes benutzer|nutzer|empfanger|empfaenger|postfach|mailbox|konto|adresse|empfangeradresse|empfaengeradresse
      gebruiker … onbekend
      onbekende gebruiker
      uzytkownik … nieznany|istnieje
      adresat … nieznany|istnieje
      nie ma takiego
      konto … istnieje
      uzivatel … neexistuje|neznamy
      пользователь|получатель|адрес|абонент … не найден|существует|зарегистрирован
      нет такого
      ящик … не найден|существует
      用 户|戶 … 不 存 在
      收 件 人|者 … 不 存 在
      箱 … 不 存 在
      帐|账|帳|賬 户|戶|号|號 … 不 存 在
      unavailable mail? user|mailbox|recipient
      dont|doesnt exist|exists that|this|the|such user|mailbox|account|address|recipient
      no one with|at that|this email|e|mail|name|address
      doesnt handle mail|email|messages for
      does not handle mail|email|messages for
      address is? not handled
      unable to validate|verify recipient|recipients|user|mailbox
      cant|cannot validate|verify recipient|recipients|user|mailbox
      invalid or expired email? address
      destin* … sconosciuto|errato|inesistente|desconocido|desconhecido|invalido
      no existe … usuario|persona|casilla|cuenta|buzon|destinatario
      nao existe … usuario|conta|caixa|endereco|destinatario
      adressat … unbekannt|existiert|ungultig|ungueltig|vorhanden
      bestaat niet
      not an active address|mailbox|user|account
      no mailbox
      user|recipient have|has no mail|mailbox|account
      bogus … email|mail address
      @ not used
      invalid|bad|illegal rcpt
      user|recipient|mailbox|address|@ unknow
      @ dosnt exist
      unresolvable address
      nosuchuser
    `,
    unless: `
      reputation
      rbl|dnsbl|rbls|dnsbls
      ip|ips|ipaddress … block*|ban*|blacklist*|refus*|throttl*
      sender|senders
      helo|ehlo
      client host
      host name lookup
      # failed
      mail from
      from address
      from header
      return path
      postmaster verification
      while checking|verifying
      envelope from
      reverse dns
      rdns
      ptr
      mx record|records
      dns record|records
      domain not found
      domain … not … found|exist|valid
      host … not found
      cannot find your
      access denied … list
      greylist*|graylist*
      spf|dkim|dmarc
      sender
      authentication
      header|headers
      content
      message id
      spam
      login|password
      couldnt create
      not authorized|authorised|permitted
      multi recipient
      policy rejection
      delayed
      go away
      previous errors
      too fast
      penalty
      temporarily blocked|rejected|deferred|refused
      return email|mail|domain
      openspf
    `,
    unlessOf: EVERY_TOPIC,
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'recipient/loop',
    class: 'mail-loop',
    says: `
      mail|routing|message|email|forwarding|delivery loop
      looping message|mail|email
      loop detected
      is looping
      mail loop*
      too many hops
      passed too many
      hop count exceeded
      hop count
      exceeded … hops
      too many received
      delivered to line
      loop back to
      loop detection
    `,
    unlessOf: ['us'],
    confidence: 'high',
    source: SOURCES.servers,
  },
  ...RECIPIENT_DOMAIN,
  ...RECIPIENT_CLOSED,
];
