/** Their trouble: overload, faults, a setup that is wrong, hosts and names that do not answer. */
import { SOURCES, type RuleTable } from '../rule.ts';

/** Said so plainly that nothing else in the reply matters: a fault of theirs, whoever it names. */
export const FAULTS: RuleTable = [
  {
    id: 'fault/setup',
    class: 'remote-misconfig',
    says: `
      server configuration error|problem
      configuration is? error|problem|invalid
      incorrectly configured
      hosted tenant
      server misconfigur*
      license|licence expired
      loops back
      mx problem
    `,
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'fault/lookup',
    class: 'remote-trouble',
    code: ['4'],
    says: `
      temporary lookup failure|error
      temporary failure … lookup|resolution
      internal server? error
      queue file write error
      server local error|data
      internal storage failure
      local data error
    `,
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'fault/connection',
    class: 'connect-failed',
    says: `
      connection reset by peer
      esmtp not accepting
      connection timed out
      connection refused by
      no route to host
      no answer from any
    `,
    unless: `
      message expired
      helo|ehlo command rejected
    `,
    confidence: 'high',
    source: SOURCES.servers,
  },
];

export const TROUBLE: RuleTable = [
  {
    id: 'trouble/their-setup',
    class: 'remote-misconfig',
    says: `
      server|system|incorrectly configuration|configured error|problem
      configuration error|problem|invalid
      misconfigur*
      incorrectly configured
      not configured
      tenant … not found
      no mail enabled subscriptions
      requires an upgrade
      mailbox address ambiguous
      ambiguous
      mdb properties
      cannot achieve exchange
      no … license
      account … not … paid
      domain … expired|suspended|disabled
      suspended domain
      mail … disabled … domain
      domain … inactive
      missing or bad
    `,
    unless: `
      spf|dkim|dmarc
      sender|senders
      your domain|account|ip|server
      not configured to relay
    `,
    source: SOURCES.servers,
  },
  {
    id: 'trouble/no-connection',
    class: 'connect-failed',
    says: `
      connection|connect|socket … timed|refused|reset|timeout|closed|dropped|lost|failed|broken|abruptly|disconnected
      timed out
      timeout exceeded
      econnrefused|etimedout|ehostunreach|econnreset|epipe|econnaborted
      no route to host
      host unreachable|is
      no answer from
      wasnt|unable|couldnt|not able? to establish
      establish an? smtp? connection
      lost connection
      connection with … broken
      read|write error
      socket disconnected
      network … disconnected
      accept our requests to connect
      could not|couldnt connect
      unable|failed|cannot to? connect
      connection could not
      no response
      remote protocol error
      conversation … timed
    `,
    unless: `
      refused … ip|policy|reputation
      #  … poor
      upstream
      try again later closing
    `,
    source: SOURCES.servers,
  },
  {
    id: 'trouble/names',
    class: 'dns-failure',
    says: `
      name server|service
      nameserver
      host name lookup failure
      dns query|lookup|resolution|error|failure|timeout fail*
      dns … fail*|timeout|error|temporary
      eservfail|servfail
      host not found try
      domain name lookup
      temporary … resolve|dns|lookup
      name lookup
    `,
    unless: `
      your ip|hostname
      sender
      spf|dkim|dmarc
      client
      temporary lookup
    `,
    source: SOURCES.servers,
  },
  {
    id: 'trouble/busy',
    class: 'remote-trouble',
    says: `
      service|server|system|servers|mailserver|resource|resources|daemon|backend|database|ldap|host|storage|process|processing … unavailable|busy|overload*|error|failure|problem|trouble|down|maintenance|shutting|fault|closing|offline
      unavailable|busy|overloaded|error … service|server|system
      temporarily|temporary unavailable|failure|error|problem|local|server|system|lookup|rejected|not|deferred|internal|authentication
      internal error|server|system|software|failure|processing
      insufficient … system|disk|storage|resources|memory|space|resource
      no system resources
      system resources
      out of memory|resources|disk
      disk full|space
      queue file write
      queue full
      write error
      i o error
      space shortage
      unable to read
      temporary problem
      input output error
      lookup failure|error|failed
      local error|problem|data
      error in processing
      load … high|too|average
      high load
      overload*
      busy
      cannot|unable|could accept|process … message|mail|email|command|connection|time
      cannot accept
      command failed
      closing transmission|connection|channel
      closing connection
      shutting down
      maintenance
      upstream error
      unable to contact
      unable to process
      failed to be replicated
      server local
      all|no … ports are busy
      lock failure
      couldnt create
      unable to switch
      could not load
      transaction failed … error
      verification … temporar*
      reessayer|reessayez
      indisponible
      spater
      mas tarde
      piu tardi
      mais tarde
      sprobuj
      позже
      system problem
      software error
      timeout
      out of service
      unknown mailer error
      operating system error
      not respond*
      scanner not available
      throttling itself
      mailbox is? busy
      downstream
      unreachable
      connection expired
      try reconnecting
      unknown error
    `,
    unless: `
      message … denied
      policy
      permanent
    `,
    source: SOURCES.servers,
  },
];
