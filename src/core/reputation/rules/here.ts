/** Ours to mend: our network and machine, how we speak SMTP, logging in, encryption. */
import { SOURCES, type RuleTable } from '../rule.ts';

export const HERE: RuleTable = [
  {
    id: 'here/machine',
    class: 'local-trouble',
    code: ['none'],
    says: `
      enetunreach
      eaddrnotavail
      emfile|enfile|enospc|enomem|enobufs
      network is unreachable
      no space left
      too many open files
      econnrefused … querymx
      querymx|querya|queryaaaa|resolve econnrefused|etimeout|etimedout
      eai again
    `,
    confidence: 'high',
    source: 'Node.js, errors of net and dns',
  },
  // Ours in words, but theirs in fact: what our own network said about a far end that did not answer.
  {
    id: 'here/no-connection',
    class: 'connect-failed',
    code: ['none'],
    says: `
      connect|connection|conversation|read … refused|reset|timed|broken|closed|lost
      lost connection
      econnrefused|etimedout|ehostunreach|econnreset|epipe|econnaborted
      socket … disconnected
      no route to host
      establish an? smtp? connection
      did not accept our requests to connect
    `,
    confidence: 'high',
    source: 'Node.js, errors of net; Postfix and Sendmail, notices about hosts that do not answer',
  },
  {
    id: 'here/encryption',
    class: 'tls-required',
    says: `
      must issue a? starttls
      starttls … required|first|command first
      tls … required|mandatory|needed
      encryption … required|needed|mandatory
      require* … encryption|tls|starttls
      tls connection
      route requires
      dane validation
      dane … fail*|invalid|mismatch
      mta sts … fail*|invalid|policy|validation
      tlsa invalid
      dnssec invalid
      certificate expired
      certificate host mismatch
      starttls not supported
      starttls is required
      tls not available
      tls … unavailable
      only … over tls|ssl
      tls|ssl … version|cipher|ciphers … required|supported
      unencrypted|cleartext|plaintext … not|refused|prohibited
      must use tls
    `,
    unless: `
      new tls sessions
      too many
      temporary
    `,
    source: SOURCES.servers,
  },
  {
    id: 'here/tls-trouble-of-theirs',
    class: 'tls-required',
    says: `
      tls not available due to
    `,
    source: SOURCES.servers,
    decodes: true,
  },
  {
    id: 'here/log-in-code',
    class: 'auth-required',
    code: ['530', '534', '535', '538'],
    unless: `
      starttls|tls
      encryption
      relay*
      domain
      spf|dkim|dmarc
    `,
    source: SOURCES.rfc,
  },
  {
    id: 'here/log-in',
    class: 'auth-required',
    says: `
      smtp? authentication is? required
      authentication … required|needed|mandatory
      auth required|needed
      require* … authentication
      auth … first
      auth|authentication failed|failure|unsuccessful|invalid|rejected|error|incorrect|disabled
      bad username or password
      username|user and|or|name password
      invalid login|credentials|password
      incorrect authentication data
      too many login attempts
      please log|login in
      log in first
      not|never logged in
      not authenticated
      was not authenticated to send anonymous
      fail|failed authentication
      must? authenticate first|before
      must authenticate
      please authenticate
      only registered users
      turn on|enable smtp? authentication
      authenticate first|yourself|before
      application specific password
      unrecognized|unsupported|unknown authentication type|mechanism|method
      encryption required for requested authentication mechanism
      xoauth
      access denied for @
      pop before smtp
      pop first
      sender … not logged in
      authentification requise
      code d authentification
      autenticacion requerida
      autenticacao requerida
      anmeldung erforderlich
      not authorized|authorised to perform
    `,
    unless: `
      spf|dkim|dmarc
      domain authentication
      sender authentication
      sender|email authentication
      authentication check*|results
      recipient|group
      relay*
      domain|domains
      temporary system problem
      5322
      rcpt
      ptr
      sending guidelines
    `,
    source: SOURCES.servers,
  },
  {
    id: 'here/log-in-to-send',
    class: 'auth-required',
    says: `
      require* authentication when|before attempting|sending|relaying
    `,
    source: SOURCES.servers,
  },
  {
    id: 'here/protocol',
    class: 'protocol-error',
    says: `
      protocol error|violation
      bad|improper|wrong|invalid|out|incorrect of? sequence|order
      command out of sequence
      sequence of commands
      smtp synchronization error
      stray newline
      unrecognized|unknown|unimplemented|unsupported command
      command not|unrecognized implemented|recognized|recognised|understood|supported|known|allowed
      command not
      command unrecognized
      command parameter not implemented
      parameter not implemented
      syntax error
      bad syntax|command
      bad message size syntax
      bad recipient address syntax
      need rcpt|mail|helo|ehlo|data
      need mail before
      rcpt first
      mail first
      send? helo|ehlo|hello first
      send helo|ehlo|hello
      polite people say
      no data before greeting
      before greeting|banner
      improper|unauthorized|illegal pipelining
      pipelin* … not allowed|permitted
      no commands allowed
      too many unauthenticated|unrecognized|bad|syntax|unknown command|commands
      too many syntax|protocol or? protocol? errors
      too many errors
      nested mail
      sender already specified
      bare lf|cr|newline|linefeed|line
      no identity changes
      multiple destination domains
      unexpected command
      not a valid command
      garbage
      data ended
      bdat
      chunking … error
      8bit* … not|unsupported
      smtputf8 … not|unsupported
      esmtp no data
      parameter|parameters not recognized|recognised|implemented|supported|understood
      no helo|ehlo|hello given
      syntax helo|ehlo hostname|domain
      synchronization|synchronisation error
      sent too soon
      wrong state
      before smtp greeting
      improper use … pipelining
      protocol deviation
    `,
    unless: `
      sender address
      message contains
      in the? message
      mime
      header
      body
      from your ip
    `,
    source: SOURCES.servers,
  },
];
