/** About our address, our name or our pace: refused, throttled, unknown. Nothing is ever sent back for it. */
import { SOURCES, type RuleTable } from '../rule.ts';

/** Words that could be about the message as well, but name an address or a host: looked at before those about content. */
export const PACE: RuleTable = [
  {
    id: 'pace/connections',
    class: 'conn-limit',
    says: `
      too many … connections|sessions|connects|simultaneous|concurrent|parallel
      too many connections|sessions|connect
      too many messages … session|connection
      connection|connections|session|sessions … limit|exceed*|frequency|rate|quota|maximum|reached
      too many parallel|concurrent|simultaneous
      maximum … connections|sessions
      max* … connections|sessions|messages per connection|session
      max message|messages per connection|session
      messages per connection|session
      exceed* … connections|sessions|connection|session
      concurrent|simultaneous|concurrency connection|connections|session|sessions|limit
      concurrency
      number of … connections|sessions
      limit … connections|sessions
      slow down … connection*
      trop de connexions
      demasiadas conexiones
      zu viele verbindungen
      troppe connessioni
      muitas conexoes
      te veel verbindingen
      message threshold exceeded
    `,
    unless: `
      tls sessions
    `,
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'pace/rate',
    class: 'rate-limit',
    says: `
      too many|much … messages|mails|mail|emails|recipients|email|requests|deliveries|transactions|letters|auth|tls … hour|hours|minute|minutes|day|second|from|period|time|recently|quickly
      too many|much … from #
      too many|much … from|by your|this|the ip|host|server|address|client
      too many new tls sessions
      too many auth commands
      too much mail
      too many messages
      sending … too fast|quickly|much|many
      too fast
      slow down
      rate limit*
      ratelimit*
      rate … exceed*
      rate … too high
      exceed* … rate
      message|mail|sending|email|connection|transmission rate
      throttl*
      unusual rate
      frequency limited|limit
      limit exceeded
      limit|limits … exceeded … hour|minute|day|period
      exceeded … messages|limit|limits … hour|minute|day|per|period|allowed
      exceeded permitted limits
      messages|mails|emails per hour|minute|day|second
      sending limit
      letter sending limit
      excessive … volume|mail|messages|rate|traffic|connections
      high volume
      volume … too|high|exceed*|unexpected|limit*
      quota … exceed* … ip|host|hour|messages
      reached … limit
      flood*
      rate exceeded
      send rate
      sent too many
      limite … depasse*|atteinte
      trop de messages
      recipients|messages|mails|emails … per … minute|minutes|hour|hours
      slower
      too many requests
      too many recipient? attempts
    `,
    unless: `
      mailbox … full|quota|received
      size … limit|exceed*
      recipient has exceeded
      spam from
      unwanted|unsolicited
      sender score
      limit exceeded for this message
      line limit
      allowed outgoing
      daily
      relay limit
      user sending limit
      limit exceeded for this? customer|user|account
      domain|sender frequency
      for mailbox
      throttling itself
      user|account is not allowed
      bad behaviour|behavior
      hops
      domain
      low reputation
      spf|dkim
      reputation
      message id
      recipient|user … receiv*
      errors
      invalid|unknown|nonexistent|bad … recipients|users|commands
      temporarily blocked
      been blocked
      size limit
    `,
    source: SOURCES.servers,
  },
];

/** Said of the host that calls, whatever else stands beside it. */
export const CALLER: RuleTable = [
  {
    id: 'caller/refused',
    class: 'ip-blocked',
    says: `
      client host rejected|refused|denied|blocked
      client host # rejected|refused|denied|blocked
      mail|message|messages|email|connection|connections from # refused|rejected|denied|blocked|not
      server # … open relay
      too many|excessive … invalid|unknown|nonexistent|bad recipients|users|addresses
      your access to … system
      your access to … rejected|denied|refused
      excessive userid|user|recipient unknowns|unknown
    `,
    unless: `
      recipient address
      greylist*|graylist*
      reputation … domain
      slower
    `,
    source: SOURCES.servers,
  },
];

export const NAME: RuleTable = [
  {
    id: 'name/reverse',
    class: 'ptr-helo',
    says: `
      reverse dns|lookup|hostname|name|host|record|mapping|entry|resolution|address
      rdns
      revdns
      reversedns
      ptr
      ptrrecord
      cannot|cant|couldnt|unable|not|failed to? find|resolve|resolving|verify|lookup your hostname|host|reverse
      cannot|unable to? find|resolve your
      find your hostname
      find your reverse
      ip name lookup failed
      ip … does|not … resolve
      address … not … resolve
      no … hostname for … #
      host name lookup … client
      client|host name|host|#  … not … resolve|match
      static addressing
      dynamic ranges|addresses|ips|ip
      dynamic|dialup|residential|dsl … ip|address|host|space|addresses|range|client|pool
      ip|address|host … dynamic|dialup|residential|generic
      generic … hostname|rdns|name|reverse
      dns check failure
      failure in dns
      forward confirmed
      fcrdns
      forward … dns … not|mismatch|match
      no dns … your ip|#
      resolution inverse
      dns inverso
      reverse lookup|lookups
      invers*
      mismatches client ip
      iprev
      paranoid
      unresolvable … hostname|host|relay
    `,
    unless: `
      recipient
      sender address
      resolve to a mailbox
      domain of sender
      spf record
      mail from … mismatch*
    `,
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'name/helo',
    class: 'ptr-helo',
    says: `
      helo|ehlo command rejected
      helo|ehlo … fully|invalid|rejected|bad|wrong|refused|argument|parameter|name|not|must|mismatch|forged|hostname|fqdn|denied|require*|resolve|valid|match
      invalid|bad|wrong|fake|forged|bogus|unacceptable|improper|unqualified … helo|ehlo
      in helo|ehlo
      helo|ehlo
      greeting … hostname|fqdn
      invalid domain name
      # is not an? fully qualified
    `,
    unless: `
      send|say helo|ehlo|hello
      need|require* helo|ehlo|hello
      before|first
      sequence|order
      helo domain … spamhaus
      recipient
      mail from
      credentials
      polite
      login
      return email|mail|path|address
    `,
    source: SOURCES.servers,
  },
];

export const ADDRESS: RuleTable = [
  {
    id: 'address/slowed',
    class: 'ip-throttled',
    code: ['4'],
    says: `
      reputation
      # … deferred|delayed|limited|temporarily|throttl*|blocked|refused|rejected
      ip|client|network … temporarily|deferred|throttl*|delayed|limited|suspicious
      your|sending host|server … temporarily|deferred|throttl*|delayed|limited|suspicious
      temporarily|temporary block*|deferred|rejected|blacklist*|banned|refused … ip|host|#|client|network|you
      mail|messages|connection|connections from # … deferred|delayed
      deferred … complaint*|policy|volume|reputation
      complaint*
      suspicious activity
      your ip
      client host
      blocked
      denylist*|blacklist*|blocklist*
      abuse
      access denied
      you are … spamm*
      suspected
      spam … source|from|host|ip
      too many errors|invalid|unknown
      deferred … policy
      poor|bad|low … score|rating|behaviour|behavior
      too much|many … spam|unwanted
      unwanted|unsolicited mail|email
      intrusion
      unverif* … ip|ips
    `,
    unless: `
      recipient address
      greylist*|graylist*
      sender address
      mailbox … block*
      user … block*
      domain
    `,
    source: SOURCES.seen,
  },
  {
    id: 'address/refused-strong',
    class: 'ip-blocked',
    says: `
      your ip|ips|server|mailserver|host|network|system|mta|ipaddress|isp|address
      client host rejected|blocked|refused|denied
      client host … rejected|blocked|refused|denied
      ip|ips|ipaddress … block*|reject*|ban*|den*|refus*|reputation|blacklist*|blocklist*|not|suspicious|bad|poor|abus*|spam*|disallowed|forbidden|prison|filter*
      block*|reject*|ban*|den*|refus*|bad|poor|suspicious … ip|ipaddress
      # … block*|reject*|ban*|den*|refus*|not … allowed|accepted|permitted
      # … block*|reject*|banned|denied|refused|reputation|spam*|abus*|untrusted|blackhole*|prohibited|forbidden
      block*|reject*|banned|denied|refused|untrusted … #
      messages|mail|email from # werent|not sent
      connection|connections|access|mail|email|messages|traffic from # … block*|reject*|refus*|den*|not
      connection|connections|session … refused|rejected|denied|blocked|dropped|not … policy|reputation|abuse|spam|ip|from|your
      reputation
      sending mta
      mail server|servers|host|hosts … block*|reject*|ban*|den*|refus*|blacklist*|not … accept*|allow*
      your|this|sending|sender|connecting|originating|remote|client|source mail? server|host|ip|network|relay|mta|machine … block*|reject*|ban*|den*|refus*|blacklist*|spam*|poor|bad
      your|sending|sender|connecting|originating|client|source mail? server|host|ip|network|relay|mta|machine … not allowed|accepted|permitted|authorized|welcome|trusted
      host|hosts … not allowed
      host … block*|banned
      network … block*|not allowed|banned
      spam source|sources|host|ip|server|network
      spamming|spammer|spammers
      sent in patterns
      blocked for abuse|spam|spamming
      blocked due to abuse|spam
      spam|abuse … from … ip|network|host|server|system|you
      open proxy|relay|relays
      infected server|computer|host|machine|system
      invalid|black|bad|banned ip
      sender # … banned|blocked|rejected
      your access to … rejected|denied|refused
      client|connection|connections|host not authorized|allowed|permitted|accepted|trusted
      no smtp service
      sending ip
      in prison
      country … not|blocked|denied|rejected
      geographic* location
      low trust
      mail|email|messages from your host|server|network|ip
      openrelay
      sent too much spam
      insecure mail relay
      denyip
      too many … invalid|unknown|nonexistent|bad … recipients|users|commands
      directory harvest*
      dictionary attack*
      harvest*
      access denied … ip
      adresse ip
      ip adresse
      direccion ip
      indirizzo ip
      endereco ip
      adres ip
      adresu ip
      ip адрес*
      from your location|country|region
      too many|much … complaints
    `,
    unless: `
      recipient address
      sender address
      relay* … denied|not
      attachment
      message … too
      mailbox … block*
      mail from address
      user … does not accept
      spam content
      remote server returned
      relay* mail
      gray|graylist*|greylist*
      your address … list
      your email address
    `,
    source: SOURCES.seen,
  },
];

/** Vague words about a block, after everything that says what is blocked. */
export const BLOCKED: RuleTable = [
  {
    id: 'address/list-word',
    class: 'ip-dnsbl',
    says: `
      rbl
      dnsbl
      blacklist*
      blocklist*
      black listed
      block listed|list
      denylist*
      blackhole*
    `,
    unless: `
      sender|from address
      sender is on
      file|extension|attachment
      @
    `,
    source: SOURCES.seen,
  },
  {
    id: 'address/blocked-word',
    class: 'ip-blocked',
    says: `
      blocked see
      blocked for
      error blocked
      connection|connect refused|rejected|denied
      connections not accepted
      access … block*
      you are|have been blocked|banned
      access denied
    `,
    unless: `
      recipient
      sender
      mailbox|user
      message
      content
      authentication
    `,
    source: SOURCES.seen,
  },
];
