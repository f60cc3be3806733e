/** About the message apart from its content: its size, its form, its recipients, and greylisting. */
import { SOURCES, type RuleTable } from '../rule.ts';

export const MESSAGE: RuleTable = [
  {
    id: 'message/greylist',
    class: 'greylist',
    says: `
      greylist*|graylist*
      grey|gray list*
      postgrey
      milter greylist
      greylisted|greylisting|graylisted
      come back later|in
      come back … minutes
      try|retry again? in|after|later … minutes|seconds|minute
      please? try again … first time
      first … seen|contact
      not yet authorized to deliver
      sender … triplet
      delayed … triplet
      temporarily … unknown … sender
      not … seen … before
      early retry
    `,
    unless: `
      too many|much
      rate
      exceed*
      blocked|blocklist*|blacklist*
      reputation
      limit*
      # … temporarily … deferred
      connections
      throttl*
    `,
    source: SOURCES.servers,
  },
  // What Rspamd says of a soft reject, which is greylisting most often.
  {
    id: 'message/soft-reject',
    class: 'greylist',
    code: ['4'],
    enhanced: ['4.7.1'],
    says: `
      please? try again later
      temporarily rejected
    `,
    unless: `
      #
      ip|ips|host|server
      service|system|mailbox|unavailable
      too many|much
      block*|reputation|policy|complaint*|deferred|rate|limit*
      sender|domain
      closing
    `,
    confidence: 'low',
    source: SOURCES.gateways,
  },
  {
    id: 'message/too-big',
    class: 'message-too-big',
    says: `
      message|mail|email|file|size|attachment|content|data|body|letter|header too big|large|long
      message|mail|email … is|was too big|large|long
      too big|large|long
      too big|large … message|mail|email|recipient|attachment
      size … exceed*|limit|too|larger|greater
      exceed* … size|maximum|length
      message|maximum|max|mail|fixed|email message|mail|email|size size|limit exceed*|reached|of
      maximum … size
      message size
      length exceeds
      larger than|the … limit|maximum|allowed|current
      number of attachments
      taille … limite|maximale|message
      mailsize|msgsize|recipsizelimit
      nachricht … gross
      mensaje … grande
      messaggio … grande
      oversize*
    `,
    unless: `
      mailbox|quota|inbox|today
      header|headers
      rate
      message size syntax
      storage
      per hour|minute
      daily|hourly|volume
      per day
      transaction
      policy size
      parameter|argument|command
    `,
    unlessOf: ['trouble'],
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'message/recipients',
    class: 'too-many-recipients',
    says: `
      too many recipients|rcpt|rcpts|addresses|addressees|receivers|envelope
      maximum|max|limit … recipients|rcpts … exceed*|reached|per
      recipients limit|per|exceed*
      number of recipients
      try this recipient in a separate
      only one recipient
      one recipient at a time
      policy size per transaction
      recipient|recipients limit
      trop de destinataires
      demasiados destinatarios
      zu viele empfanger
      troppi destinatari
      more than one recipient
      multi recipient
      rcpt|rcpts|recipient numbers
    `,
    unless: `
      invalid recipients|recipient
      hour|hours|day|minute|minutes
      from #
      unknown
      nonexistent
      # … recipients
      daily|hourly
      receive
      bad
    `,
    source: SOURCES.servers,
  },
  {
    id: 'message/form',
    class: 'message-malformed',
    says: `
      malformed … message|header|mail|email|mime|address|from|date
      rfc 5322|822|2822|5321 … complian*|violat*|non|not|conform*
      not rfc|rfc5322|rfc2822|rfc822|compliant … complian*
      rfc5322|rfc2822|rfc822
      too many headers
      line limit
      not rfc compliant
      non compliant|conform*
      header|headers … missing|invalid|malformed|duplicate*|multiple|syntax|error|too|exceed*|bad|illegal|rejected|reject
      header|headers … not compliant|valid|allowed
      missing|invalid|malformed|duplicate*|multiple|bad|illegal|blank|empty|without|required … header|headers|subject|date|messageid
      missing|invalid|malformed|duplicate*|multiple|bad|illegal|blank|empty|without|required from
      no from|subject|date|to header
      message id … missing|invalid|required|header
      missing|invalid|bad|no|without|lacks message id
      missing|without|no|blank|empty from|subject|date|to|sender
      from header … missing|multiple|invalid
      header … size limit*
      mime … error|invalid|structure|malformed|reject|bad|decod*|parse|defect*|boundary
      invalid|bad|malformed|broken mime|structure|data|characters|content|charset|encoding|8bit
      invalid … data in message
      invalid message content
      encoded word
      unicode character
      smtputf8
      non ascii
      nul|null character|characters|byte|bytes|octet*
      8 bit … header
      bare … in … message
      line … too long
      lines too long
      message … not … well? formed
      unparseable|unparsable|undecodable
      empty message|body|mail
      no content|body
      conversion … not|failed|required
      lone … cr|lf
      date … future|past|invalid
      must declare
      blank from
      resent from|to|date|sender
      message does not conform
    `,
    unless: `
      sender address
      helo
      reverse|ptr
      bad sender
      recipient
      domain not
      command|commands
      invalid|unknown|bad|nonexistent recipients|users|userids
      mail from
    `,
    unlessOf: ['trouble'],
    source: SOURCES.servers,
  },
  {
    id: 'message/expired',
    class: 'expired',
    says: `
      message|mail|delivery expired
      queue expired
      delivery time expired
      in the queue too long
      past the expiration
      retry timeout|time exceeded|out
      unable to deliver in
      unable to deliver … after … day|days|hour|hours
      retry time not reached
      giving up
      too long in queue
    `,
    unless: `
      dns query
      connection refused
    `,
    source: SOURCES.servers,
  },
];
