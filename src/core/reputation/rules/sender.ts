/** About the customer who sends: what its domain proves, what it is known for, how much it may send. */
import { SOURCES, type RuleTable } from '../rule.ts';

export const SENDER: RuleTable = [
  {
    id: 'sender/authentication',
    class: 'auth-failure',
    says: `
      spf
      dkim
      dmarc
      sender policy framework
      domainkeys
      senderid|pra
      sender id validation|check|fail*|not
      purported responsible address
      unauthenticated email|mail|message|messages|sender|senders
      sender is unauthenticated
      sender|email|message|domain authentication … fail*|required|check*|policy|level
      authentication level|requirements
      required authentication level
      domain … not … authenticated|aligned
      fail* … authentication check|checks
      anti? spoof*
      spoof* … domain|sender|address|message|from|reject*|detect*
      forged|forgery|forging sender|from|address|mail|return
      possible forgery
      mail from … mismatch*
      envelope … from … mismatch*
      mismatch* … mail|envelope|header from
      mismatches client ip
      invalid ip for sending
      not … permitted|designated|authorized|allowed … sender … domain|ip
      ip … not … authorized|allowed|permitted … to? send … for|domain
      is not allowed to send mail
      not authorized to send … domain|from|behalf
      from … not … aligned
      isnt aligned
      no valid … dns record
      openspf
    `,
    unless: `
      neutral
      duplicate header|headers
      relay*
      group|mailbox
      unsafe content
    `,
    source: SOURCES.servers,
  },
  {
    id: 'sender/limit',
    class: 'submission-limit',
    says: `
      sending|outbound|outgoing|send … limit|quota … exceed*|reached
      exceed* … sending|outbound|outgoing|send … limit|quota
      daily … limit|quota
      hourly … limit|quota
      sending limit
      daily send|sending
      sending for this account
      not allowed to send more than
      number of allowed outgoing
      outgoing messages … exceeded
      limit … outgoing
      ratelimit … mailbox|account
      rate limit … mailbox|account
      your account|mailbox … exceed*|limit*|suspend*|block*|disabled|restrict*
      account|user|sender … suspended|blocked|disabled … sending|spam|abuse|outbound|outgoing
      sender|user|account|domain … exceed* … messages|recipients|emails|limit|quota|rate|hour*|dai*
      outgoing … suspended|disabled|blocked
      max* … defers … failures
      tenant … exceed*
      you … exceeded … daily|hourly|sending
      reached … daily|sending|hourly … limit
      too many|much … messages|mails|emails|letters … by|from|for this? sender|user|account|@
      from @ … exceed*|too
      exceeded your … limit|limits|quota
      originating|sent|coming from your account
      received|receives|has too many bounces
      sender hourly|daily quota|limit
      outboundspam*
    `,
    unless: `
      #
      ip
      connection|connections
      hops
      size
      recipient|recipients … receiv*
    `,
    source: SOURCES.seen,
  },
  {
    id: 'sender/domain-rate',
    class: 'domain-throttled',
    says: `
      domain … throttl*
      domain … rate limit*
      domain … temporarily … deferred|limited|blocked
      throttl* … domain|sender
      domain|sender frequency limited
      rate limit* … domain|sender
      sender … throttl*
      sender … rate limit*
    `,
    unless: `
      #
      ip
      connection|connections
      requires
    `,
    source: SOURCES.seen,
  },
  {
    id: 'sender/reputation',
    class: 'domain-reputation',
    says: `
      reputation … domain
      domain … reputation
      sender|sending|from domain … block*|black*|listed|ban*|reputation
      domain … block*|black*|ban*
      blocked|blacklisted|banned domain
    `,
    unless: `
      ip
      #
      client host
      recipient
      reverse
    `,
    source: SOURCES.gateways,
  },
  // Whatever else they tell us of: they asked for the sender's domain, or its host, which does not take a notice of failure.
  {
    id: 'sender/not-there',
    class: 'sender-rejected',
    says: `
      domain may not exist or dns
      callback|callout setup failed
      servers|server refuse|refuses bounces
    `,
    source: SOURCES.servers,
  },
  {
    id: 'sender/refused',
    class: 'sender-rejected',
    says: `
      sender address rejected
      fake|forged sender
      denies|deny|refuses the? sender
      sender is? unvalidated
      badmailfrom
      sending|sender|senders domain has no
      has no mx
      email|mail address is? not verified
      mail from @ … rejected|refused|denied
      from domains
      header from … not authorised|authorized|allowed
      callback|callout setup|verif*
      send as this sender
      unknown sender
      sender @ … black|block list|listed
      sender … rejected|denied|refused|blocked|banned|invalid|blacklisted|blocklisted|unknown|nonexistent|unverified|undeliverable
      sender … not … valid|exist|found|allowed|accepted|permitted|known|verified|accept*|in|local|ok
      sender … does not exist
      sender … doesnt|couldnt|cannot|unable
      sender … no … mx|dns|records|such
      sender email … not
      reject*|refus*|block*|den*|invalid|unknown|banned|bad|unverif* sender|from|originator|return
      sender domain … resolve|exist|not|invalid|unknown|must|valid|reject*|dns
      requires valid sender
      verif* … sender|mailfrom|mail … fail*
      sender|return|callback|callout|callback verif* … fail*
      verify mailfrom failed
      postmaster verification|verify failed
      while checking|verifying @
      sender verify failed
      callout verification
      couldnt|cannot|unable|could check|verify|resolve sender|return|domain|from|your
      domain of sender … not|does|resolve
      mail from|address … domain … not|invalid|unknown|must|doesnt|exist
      mail from … rejected|denied|refused|invalid|blocked|not
      from address|domain|header … not|invalid|reject*|must|block*|denied
      invalid|bad|illegal|unknown|nonexistent return path|address
      envelope|return sender|path … must|invalid|not|reject*
      return address
      bad sender address syntax
      from domain is invalid
      unresolvable … domain
      access denied banned|bad sender
      spam abuse detected
      emetteur … invalide|refuse*|inconnu
      expediteur … invalide|refuse*|inconnu
      remitente … rechazado|invalido|no
      mittente … rifiutato|non|sconosciuto
      remetente … rejeitado|invalido|nao
      absender … abgelehnt|ungultig|existiert|gesperrt
      nadawca|nadawcy … odrzucony|nieprawidlowy
      specified domain is not allowed
      mail from not owned
      originator|originating … invalid|rejected|denied
      domain … without … mx
      sender has no
      your email|mail address … black*|block*|listed|banned|rejected|refused|denied
      your e mail address … black*|block*|listed|banned|rejected|refused|denied
      originating from your address
      sender is an? spammer
      badsendermx
      mail from must equal|match|be
      must equal|match … authorized|authenticated user
      not authorised|authorized|allowed|permitted to send from|as
      sendasdenied*
      unconfigured … domain
      sending domain … not configured
      return email|mail domain
      invalid|bad|illegal mail from
      no access for this domain|user
    `,
    unless: `
      ip
      reputation
      sender host
      sender #
      sending ip
      # … reject*|block*|den*
      client host
      recipient address
      to|by this|the recipient
      content
      spam … content
      header … size
      from header
      header … from
      connection*
    `,
    source: SOURCES.servers,
  },
];
