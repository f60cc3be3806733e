/** About what the message says or carries. */
import { EVERY_TOPIC, SOURCES, type RuleTable } from '../rule.ts';

export const CONTENT: RuleTable = [
  {
    id: 'content/virus',
    class: 'content-virus',
    says: `
      virus*
      malware
      infected
      trojan
      phishing … malware
      malicious … attachment|content|file|code
      eicar
      clamav
      forbidden|prohibited|blocked|banned|illegal|disallowed|dangerous|unacceptable|unwanted|restricted|unsafe|bad … attachment|attachments|extension|file|filename
      attachment|extension … forbidden|prohibited|blocked|banned|not|illegal|disallowed|rejected|refused|denied|allowed
      file type … not|block*|forbidden
      attachment|attachments|archive|archives … not|rejected|blocked
      high risk file
      forbidden file
      bad|forbidden|blocked|banned file extension|type
      unsafe content
      banned … content|file|name
      executable
      potential security issue
      piece jointe … interdite|refusee
      fichier … dangereux|interdit
      archivo|fichero … peligroso|prohibido
      gefahrlich* … datei|anhang
      macros|vba
      macro virus|viruses|enabled|document|documents
      password protected
    `,
    unless: `
      spam or virus
      infected server|computer|host|machine|system
      anti virus
      virus scanner
      scanner … not|unavailable|error|failed
      # … block*|list*
      your ip
      client host
      rate|too many
    `,
    unlessOf: ['us', 'trouble'],
    confidence: 'high',
    source: SOURCES.gateways,
  },
  {
    id: 'content/url',
    class: 'content-url',
    says: `
      url|urls|link|links|uri … block*|black*|malicious|suspicious|phish*|spam|bad|listed|not
      blocking|blocked|spam|phishing url|urls|link|links
      bad|malicious|suspicious|phishing|forbidden url|urls|link|links|uri
      contains … url|link … spam|phish*|malicious
    `,
    unless: `
      visit|see … link|url
      this|following link
      #
    `,
    unlessOf: ['us'],
    source: SOURCES.gateways,
  },
  // Before the rule that looks for the word spam alone: it stands in the polite ends of refusals of every kind.
  {
    id: 'content/unsolicited',
    class: 'content-spam',
    says: `
      likely|considered|as|is unsolicited
      nature of the content
      unsolicited bulk|commercial email|mail
      denied|rejected|blocked|refused by an? spam filter
      bulk|mass advertising|mailer|mailers
    `,
    unless: `
      ip
      #
      rate
    `,
    unlessOf: ['us'],
    source: SOURCES.gateways,
  },
  {
    id: 'content/spam',
    class: 'content-spam',
    says: `
      spam|junk message|content|mail|email|detected|found|score|filter|rejected|refused|pattern|classification|contents|policy|not|suspect*|like*|blocked|probability|scale|level|hits
      spam … detected|rejected|refused|identified
      message|mail|email|content|it … is|as|appears|considered|classified|identified|detected|flagged|marked|scored|looks|seems|contains|like|to … spam|junk|ube|uce|unsolicited|bulk|phishing|phish
      is spam|junk
      as|like|considered|possible|probable|suspected|likely|to|be|identified|classified spam|junk|phishing|unsolicited|uce|ube
      rejected|refused|blocked|reject as|for|due|because … spam
      looks like spam
      spam like|score
      spamassassin
      spamtrap
      spam trap
      dspam
      antispam … content|rejected|refused|filter|engine|policy
      anti spam … content|message|filter|engine|policy|reject*
      high spam|score
      score … too|exceeds|high|above|threshold
      scored too high
      unsolicited … message|mail|email|bulk|commercial|content
      content … reject*|denied|refused|block*|filter*|not|policy|unacceptable
      reject*|blocked|denied|refused|bad|objectionable|inappropriate|unacceptable|offensive content
      content filter*
      mail data refused
      message filtered
      message|mail|email … filtered
      mail iscnap*
      pattern match|spam
      profile the internet community
      bayes*
      razor|pyzor|dcc
      spam message
      phish*
      scam
      mail rejete
      mail rejected
      gtube
      courrier indesirable
      pourriel
      correo no deseado
      als spam
      как|похоже спам
      похоже на спам
      письмо|сообщение … спам
      垃 圾 邮|郵 件
      message … spam
      spam
      junk
      antispam checks|check|failed|system|gateway
      anti spam checks|check|failed|system|gateway
      antyspam*
      content restriction|restrictions
      spamprofiler
      recurrent pattern
      message|mail|email is unwanted
      unwanted here
      message scored
    `,
    unless: `
      сервер*|домен*|хост*|отправител*|адрес*
      服 务|務 器
      连|連 接
      主 机|機
      #
      your ip|server|host|network|system|mailserver|domain
      ip
      client host
      sending ip
      sender ip
      spamhaus|spamcop|spamrats
      rate|too many|volume|frequen*|quickly
      connection*
      to protect|prevent … spam … temporarily
      your? mail server # 
      sent in patterns
      reverse dns
      reduce the amount of spam
      protect our users from spam
      greylist*|graylist*
      license|licence
    `,
    unlessOf: EVERY_TOPIC,
    source: SOURCES.gateways,
  },
];
