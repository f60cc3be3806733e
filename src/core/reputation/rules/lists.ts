/** A list named in the reply, by its name or by the link to its page. */
import type { RuleTable } from '../rule.ts';

const OWN_PAGES = 'the lists’ own pages';

export const LISTS: RuleTable = [
  // The receiver asks the list in a way that the list refuses: it is no listing (Spamhaus answers 127.255.255.25x).
  {
    id: 'list/asked-wrongly',
    class: 'remote-misconfig',
    says: `
      error open resolver
      returnc pub
      query refused
      public|open resolver
      exceed* … query|queries limit
      query|queries … quota
      excessive … queries
      127 255 255
    `,
    confidence: 'high',
    source: 'spamhaus.com/resource-hub/email-security, query return codes',
  },
  {
    id: 'list/of-domains-in-the-message',
    class: 'content-url',
    says: `
      surbl
      uribl
      url|uri|link|links … listed|blacklisted|blocklisted
      listed|blacklisted|blocklisted url|uri|link
      contains … url … block*|black*|list*
      spam|phishing|malware url|urls|link|links
      contains an? url
      url domain|domains
      url|email|message … spamrl com
      message|body|content contains … surbl|uribl|dbl
    `,
    unless: `
      sender domain
      sending ip
      # … listed
      client host
      helo
    `,
    unlessOf: ['us'],
    confidence: 'high',
    source: OWN_PAGES,
  },
  {
    id: 'list/of-domains',
    class: 'domain-reputation',
    says: `
      dbl spamhaus
      spamhaus dbl
      mailfrom|sender|from|your domain … spamhaus|dbl|surbl|uribl|invaluement|dnswl|rhsbl
      domain|domains … listed|blacklisted|blocklisted
      domain … on|in … blacklist|blocklist
      rhsbl
      dbl
      domain present in
    `,
    unless: `
      may not exist
      ip … listed
      client host
      helo
      client # blocked
    `,
    confidence: 'high',
    source: OWN_PAGES,
  },
  {
    id: 'list/named',
    class: 'ip-dnsbl',
    says: `
      spamhaus
      spamcop
      sorbs
      barracudacentral
      barracudanetworks … reputation
      barracuda reputation
      abuseat
      abusix
      senderscore
      csi cloudmark
      cloudmark sender intelligence
      uceprotect
      psbl
      surriel
      invaluement
      ivmsip
      mailspike
      njabl
      dsbl
      spamrats
      backscatterer
      nixspam
      manitu
      truncate gbudb
      gbudb
      lashback
      hostkarma
      junkemailfilter
      wpbl
      blocklist de
      s5h net
      dronebl
      spfbl
      0spam
      spameatingmonkey
      rfc ignorant
      rfc clueless
      ordb
      maps … rbl
      mail abuse org
      fabel
      inps de
      anonmails
      zapbl
      spamrl
      swinog
      megarbl
      imp ch
      kundenserver
      mcafee … ip
      returnpath|validity … ip|sender
      senderbase
      tqmcube
      virbl
      five ten
      zen … listed by
      multirbl
      mxtoolbox
    `,
    unless: `
      helo domain
    `,
    confidence: 'high',
    source: OWN_PAGES,
  },
  {
    id: 'list/some-list',
    class: 'ip-dnsbl',
    says: `
      # … block list|lists|listed
      # … blocklist|blacklist|blocklisted|blacklisted|denylist|denylisted
      # … black listed|list|lists
      # … dnsbl|rbl|rbls|dnsbls
      # … listed on|in|at|by
      listed … dnsbl|rbl|dnsbls|rbls
      rbl|dnsbl reject*|block*|listed|restriction|list|lookup|match|hit|check
      reject*|block*|refused by|via|from|through|using|per|to an? rbl|dnsbl|rbls|dnsbls
      in|on a|an|our|the|some rbl|dnsbl|blacklist|blocklist|denylist
      found|appears|present|is in|on an? rbl|dnsbl|rbls
      ip … block list|lists
      ip|host|server|client|network|relay|mta … blacklist*|blocklist*|denylist*
      blacklist*|blocklist* ip|host|client|server|relay
      sender ip … listed
      blocked using … dnsbl|rbl|bl|list|zen|dul|pbl|xbl|sbl|dyna
      client host # blocked using
      client # blocked using
      blocked using
      listed at|in|on http
      sender … internal ip list
      policy block list
      exploits block list
      dynablock
      dul … listed|block*|list
      rbldns
      mailbox unavailable rbl|dnsbl
      blackhole list
    `,
    unless: `
      spam pattern
      sender address … blacklist*
      sender @ … black*|block*
      sender|from domain … black*|block*
      email address … black*|block*
      your email|mail address … black*|block*
      user|recipient in|on black*
    `,
    source: 'texts that mail servers ship with, and replies seen in public logs',
  },
];
