/** Mail that is not taken there, whoever it is for: that host relays nothing, or the recipient, or a list, is closed to us. */
import { SOURCES, type RuleTable } from '../rule.ts';

export const RECIPIENT_CLOSED: RuleTable = [
  {
    id: 'recipient/no-relay',
    class: 'relay-denied',
    says: `
      relay* … denied|prohibited|forbidden|refused|rejected|disallowed|disabled|not|restricted|failed
      relay access
      unable|cannot|cant|wont|not|refus*|never to? relay*
      not … permitted|allowed|authorized|configured to relay*
      not permitted to relay*
      dont|wont relay*
      relay check
      denies|deny|refuses|rejects relay*
      as an? relay
      not relay*
      no relay*
      relay not|no
      open relay
      unauthorized|illegal|invalid relay*
      we|i|i do|dont|will not relay
      not a gateway
      rcpthosts
      local user|users|recipients|delivery only
      authentication required to relay
      prohibited by administrator
      must be? authenticated? … relay
      relais … interdit|refuse
      no longer relays
    `,
    unless: `
      insecure mail relay
      # … open relay
      your ip
      client host … relaying
      open relay … blocked|listed
      invalid credentials
      sending limit|quota|rate
      daily|peak
      temporarily
      suspended
      relay server not|is|busy|unavailable
    `,
    confidence: 'high',
    source: SOURCES.servers,
  },
  {
    id: 'recipient/closed',
    class: 'recipient-restricted',
    says: `
      recipient|user|mailbox|addressee|customer|subscriber … refuse*|reject*|declin*|block* … mail|message|email|sender|you|your
      refused|rejected|blocked|declined|denied by|per the? recipient|user|recipients|addressee|customer|subscriber|owner|mailbox
      rejected by … recipient|user|destination
      user|recipient refused|refuses|has … refused|blocked|rejected
      recipient|user … has … blocked|rejected|refused
      user|recipient … does|do not accept|want … mail|messages|email from
      due to recipient preferences
      not|isnt … authorized|allowed|permitted to send … recipient|group|list|user|mailbox|address
      delivery not authorized
      sender not|isnt in allowed|authorized
      allowed senders
      only accept* … from|mail
      accept|accepts mail only from
      restricted mailbox|recipient|address|group|list
      mailbox|recipient|group|list|address|user … is? restricted
      group|list … restricted|moderated|members
      not a member of|on this|the list
      insufficient permission
      recipient address rejected access denied
      administrative prohibition … envelope|blocked
      user|recipient|rcpt in|on black*|block*
      rcpt is? rejected
      block rcpt
      block send er
      policy rejection on the target
      sendernotauth*
      yourself
      does not want
      doesnt want … mail|email
      recipient is? rejected
      definitively does not want
      moderated
      whitelist|allowlist only
      address … not … allowed … receive
      this account is not allowed
      rejected by destination|recipient domain
      not accepting … mail|messages|email from|you
      recipient … does|do|not … accept* … mail|messages|email|from
      partner connector
      internal|private use only
      external|outside mail|email|senders … not
      on the users|recipients
      private list
      restricted to
      not … accept … external|outside|internet
      does not accept email over ipv6
      by users|user|recipients|recipient reject|rejection|block|black|spam list
      users|recipients reject|block list
      recipient @? black|block listed
      badrcptto
      user|recipient|mailbox rule|rules
      unsubscribed
      mailing list … closed|members|member|post
      closed mailing list
      members only
      non member|members|subscriber|subscribers
      nonmember|nonsubscriber
      not subscribed to
      not … allowed|permitted to post
      pre approved
      preapproved
      @ is? not accepting
      rejected recipients
      destination server rejected recipient|recipients
      receiver … denied|refused|rejected|blocked your mail|message|email
      reject your mail
      closed system
    `,
    unless: `
      ip|ips
      your mail? host|server|mailserver|network|mta
      tls|ssl
      reverse
      reputation
      # … block*
      spf|dkim|dmarc
      spamhaus
      smtp auth*
    `,
    source: SOURCES.seen,
  },
];
