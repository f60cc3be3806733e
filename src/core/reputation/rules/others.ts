/**
 * What a reply may speak of besides a recipient: us, our sender, or a trouble of theirs, in each language that the rules
 * about recipients know. The same words that say a mailbox is unknown say it of a sender, of a host, or of a database
 * that is down: a rule that may end a delivery does not hold beside them (`unlessOf` in rule.ts).
 */
import type { Topic } from '../rule.ts';

/** Our address, our host, its name, and where it is listed. */
const US = `
  your ip|ips|ipaddress|server|servers|mailserver|smtp|host|hosts|hostname|network|mta|relay|helo|ehlo|ptr|rdns
  your mail server|servers|host|system
  your email server|system
  isp|isps mail? server
  sending|sender|client|connecting|originating|source ip|host|server|network|mta
  host|hosts|address|client #
  unknown client
  client unknown
  ip reputation
  reverse dns|lookup|name|hostname
  rdns
  ptr
  asn
  directory harvest*
  too many|excessive … unknown|invalid|bad|nonexistent users|recipients|addresses
  votre|vos ip|serveur|serveurs|hote|reseau|machine
  adresse ip
  adresse|nom du|de|d|des serveur|hote|machine
  liste noire
  dns|nom|resolution inverse
  ihr|ihre|ihrem|ihrer|ihren|ihres|dein|deine ip|server|servers|mailserver|mailservers|host|netz|netzwerk|rechner
  ip adresse|adressen
  ipadresse
  adresse #
  adresse des|ihres servers|mailservers|hosts|rechners
  sperrliste*
  schwarze|schwarzen liste
  su|sus|tu servidor|ip|host|red
  direccion ip
  direccion del|de servidor|host
  lista negra
  dns inverso
  suo|vostro|tuo server|ip|host|mailserver
  indirizzo ip
  indirizzo del|dell server|host
  lista nera
  seu|vosso|teu servidor|ip|host
  sua|vossa rede
  endereco ip
  endereco do|de servidor|host
  dns reverso
  uw|jouw|je server|mailserver|ip|host|netwerk
  ip adres
  adres van de? server|mailserver|host
  zwarte lijst
  twoj|twojego|panstwa|wasz|waszego serwer|serwera|ip|host
  adres|adresu ip
  adres|adresu serwera|hosta
  czarna|czarnej lista|liscie
  vas|vaseho|vasi server|serveru|ip|host
  ip adresa|adresy
  adresa|adresy serveru
  ваш|вашего|вашему|вашей|ваша сервер|сервера|серверу|ip|хост|хоста|сеть|сети
  ваш|вашего почтовый|почтового сервер|сервера
  ip адрес|адреса
  адрес|адреса ip|сервера|хоста|вашего|#
  черный|черном|черного список|списке|списка
  обратной|обратная|обратную зоне|зона|зону|dns
  您|你 的 ip|服|主
  ip 地 址
  黑 名 单|單
  反 向
`;

/** Whoever sends, and what is theirs: said to us, "your" is the sender's. */
const SENDER = `
  sender|senders address|domain|account|mailbox|user|rejected|unknown|invalid|not|does|is|verify
  unknown|invalid|bad sender
  your account|accounts|mailbox|inbox|domain|domains
  your address is|was|does|has|isnt|doesnt|not|in|on
  your daily|hourly
  your email|mail account|address|domain|mailbox
  your e mail account|address|domain|mailbox
  spf|dkim|dmarc
  has no a|mx
  return path
  envelope from|sender
  expediteur*
  emetteur*
  envoyeur*
  adresse d? envoi
  adresse d? origine
  votre|vos compte|comptes|adresse|boite|domaine|messagerie
  absender*
  versender*
  ihr|ihre|ihrem|ihrer|ihres|dein|deine konto|kontos|mailkonto|benutzerkonto|account|postfach|postfachs|adresse|mailadresse|emailadresse|domain|domane|mailbox
  ihr|ihre e mail adresse|konto
  remitente*
  emisor|emisora
  su|sus|tu cuenta|cuentas|direccion|buzon|dominio
  mittente|mittenti
  suo|sua|tuo|tua|vostro|vostra account|casella|indirizzo|dominio
  remetente*
  emissor
  seu|sua|teu|tua|vossa|vosso conta|endereco|caixa|dominio
  afzender*
  verzender*
  uw|jouw|je account|adres|mailadres|emailadres|mailbox|postbus|postvak|domein
  uw|jouw e mail adres
  nadawc*
  wysylajac*
  twoj|twoje|twoja|twojego|panstwa|wasz|wasze konto|konta|adres|adresu|skrzynka|skrzynki|domena|domeny
  odesilatel*
  vas|vase|vasi ucet|adresa|schranka|schranku|domena
  отправител*
  ваш|ваша|ваше|вашего|вашей|вашу|твой ящик|ящика|почтовый|почтового|аккаунт|аккаунта|адрес|адреса|домен|домена|учетная|учетную|учетной
  发|發|寄 件|信
  您|你 的 邮|郵|信 箱
  您|你 的 电|電 子 邮|郵 箱
  您|你 的 账|帐|賬|帳 号|户|號|戶
  您|你 的 域|地 名|址
`;

/** A fault, or work, on their side: while it lasts they find nobody. */
const TROUBLE = `
  ldap|database|backend … unavailable|down|offline|timeout|error|errors|failure|failed|busy|unreachable|overloaded|refused
  ldap|database|backend|directory|server|service|system|store|storage unavailable|down|offline|failure|busy|unreachable|overloaded|closing
  ldap|database|backend|directory|server|system|store|storage error|errors
  server|service|system|directory|store|storage is|are|was|currently|temporarily|not unavailable|down|offline|busy|unreachable|overloaded|closing|available|responding|reachable
  timeout
  timed out
  maintenance
  migration
  shutting down
  being moved|migrated
  in progress
  internal error|failure
  internal server|system|software error|failure
  temporary error|failure|problem
  temporarily unavailable|unreachable|deferred
  please retry
  try|retry later
  try again later
  cant|cannot|couldnt|unable to? connect|contact
  could|can not connect|contact
  node|cluster is? down|offline|unavailable
  connection refused|reset|lost|failed
  connection to … refused|reset|lost|failed
  annuaire|serveur|service|base|systeme … indisponible|injoignable|inaccessible|panne
  erreur interne|systeme|serveur
  erreur du|de|sur serveur|systeme|base
  delai|temps depasse|expire
  momentanement|temporairement indisponible|inaccessible|injoignable
  surcharge|surchargee
  reessayer|reessayez
  plus tard
  datenbank|server|dienst|system|verzeichnis|verzeichnisdienst … nicht erreichbar|verfugbar|verfuegbar
  datenbank|server|dienst|system|verzeichnis|verzeichnisdienst … ausgefallen|gestort|uberlastet|ueberlastet|offline
  interner|interne|internen fehler|serverfehler|systemfehler|datenbankfehler
  serverfehler|systemfehler|datenbankfehler
  wartung|wartungsarbeiten
  zeituberschreitung|zeitueberschreitung
  storung|stoerung
  spater|spaeter
  error interno
  error del|de|en servidor|sistema|base
  base|servidor|servicio|sistema|directorio … no disponible|responde|accesible
  fuera de servicio
  mantenimiento
  tiempo de espera
  intente|intentelo|reintente
  mas tarde
  errore interno
  errore del|di|nel server|sistema|database
  server|servizio|sistema|database|directory … non disponibile|raggiungibile|risponde
  manutenzione
  riprova|riprovare
  piu tardi
  erro interno
  erro do|de|no servidor|sistema|banco|base
  servidor|servico|sistema|banco|base … indisponivel|fora
  servidor|servico|sistema|banco|base … nao disponivel|responde
  manutencao
  tente novamente
  mais tarde
  interne fout|serverfout|systeemfout
  serverfout|systeemfout|databasefout
  database|server|dienst|systeem … niet beschikbaar|bereikbaar
  onderhoud
  storing
  probeer
  blad wewnetrzny|serwera|systemu|bazy
  wewnetrzny blad
  baza|bazy|serwer|usluga|system|katalog … niedostepn*
  konserwacja|konserwacji
  sprobuj|sprobowac
  przerwa techniczna
  chyba serveru|systemu|databaze
  interni|vnitrni chyba
  databaze|server|sluzba|system|adresar … nedostupn*
  udrzba|udrzby
  zkuste
  pozdeji
  внутренняя|внутренней ошибка|ошибки
  ошибка|ошибки сервера|системы|базы
  база|базы|сервер|сервис|служба|система|каталог … недоступ*
  временно недоступ*
  технические|технических работы|работ
  обслуживани*
  попробуйте|повторите
  позже
  таймаут
  сбой
  系 统|統 繁|错|錯|故|维|維|忙|异|異
  繁 忙
  服 务|務 器 繁|错|錯|故|维|維|忙|异|異|内|內|超
  服 务|務 器 不 可|能
  数|數|資 据|據|料 库|庫 错|錯|故|连|連|异|異|超
  数|數|資 据|據|料 库|庫 不 可|能
  内|內 部 错|錯
  维|維 护|護
  超 时|時
  故 障
  稍 后|後
  暂|暫 时|時 无|無|不
`;

export const TOPICS: Readonly<Record<Topic, string>> = { us: US, sender: SENDER, trouble: TROUBLE };
