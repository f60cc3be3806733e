/** Yahoo, AOL and those they host; Yahoo Japan, which kept their words. */
import type { RuleTable } from '../rule.ts';

const YAHOO = 'senders.yahooinc.com/smtp-error-codes, help.yahoo.com SLN3436 and SLN23996';
const AOL = 'postmaster.aol.com error codes, as collected in ZoneMTA and elsewhere';

export const YAHOO_AOL: RuleTable = [
  // 553: "Retrying will NOT succeed". Asked before the words about deferring, which these have as well.
  {
    id: 'yahoo/blocked-address',
    class: 'ip-blocked',
    says: `
      tss09|tss11
    `,
    confidence: 'high',
    source: YAHOO,
  },
  {
    id: 'yahoo/slowed-address',
    class: 'ip-throttled',
    says: `
      tss04|tss05|ts01|ts02|ts03|ts04
      ipts04|ipts05
      temporarily deferred due to … complaint*
      temporarily deferred due to unexpected volume
      permanently deferred
      message temporarily deferred
    `,
    unless: `
      unresolvable
      from domain
    `,
    confidence: 'high',
    source: YAHOO,
  },
  {
    id: 'yahoo/listed',
    class: 'ip-dnsbl',
    says: `
      bl21|bl23|tss07
    `,
    confidence: 'high',
    source: YAHOO,
  },
  {
    id: 'yahoo/content',
    class: 'content-spam',
    says: `
      ph01
      rs01|rs02|rs03
    `,
    provider: ['yahoo'],
    confidence: 'high',
    source: YAHOO,
    decodes: true,
  },
  {
    id: 'yahoo/authentication',
    class: 'auth-failure',
    says: `
      au01|au02
    `,
    confidence: 'high',
    source: YAHOO,
    decodes: true,
  },
  {
    id: 'yahoo/policy',
    class: 'policy-unspecified',
    stage: ['data', 'end-of-data'],
    says: `
      message not accepted for policy reasons
      message not allowed
    `,
    source: YAHOO,
  },
  {
    id: 'yahoo-japan/slowed-address',
    class: 'ip-blocked',
    says: `
      vs1|vs97|vs98|vs99 ip|ip0
      mail from # not allowed
    `,
    confidence: 'high',
    source: YAHOO,
  },
  {
    id: 'aol/connection-blocked',
    class: 'ip-blocked',
    says: `
      rtr bl|bg|ch|ge|sc|s1|s2
      rly bl|b1|b2|b3|bd|sn
      con b1|b2
      dyn t1|t2|t3
      554rtrbl|554rtrbb
    `,
    confidence: 'high',
    source: AOL,
  },
  {
    id: 'aol/rdns',
    class: 'ptr-helo',
    says: `
      dns nr|er|mx
      rly nr
      rtr bb|rd|nr|du
      421dnsnr|554dnsnr
    `,
    unless: `
      invalid dns
    `,
    confidence: 'high',
    source: AOL,
  },
  {
    id: 'aol/content',
    class: 'content-url',
    says: `
      hvu b1|b2|gr|r|nr
    `,
    confidence: 'high',
    decodes: true,
    source: AOL,
  },
  {
    id: 'aol/complaints',
    class: 'ip-throttled',
    says: `
      rly ch|ch2|cs*|ov|dc|er
      svc unavailable
    `,
    provider: ['yahoo'],
    source: AOL,
  },
];
