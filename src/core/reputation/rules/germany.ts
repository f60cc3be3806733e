/** United Internet (GMX, web.de, mail.com, 1&1 and IONOS) and T-Online: the code in the link says what it is. */
import type { RuleTable } from '../rule.ts';

const GMX = 'postmaster.gmx.net/en/error-messages';
const TONLINE = 'postmaster.t-online.de';

export const GERMANY: RuleTable = [
  {
    id: 'gmx/rdns',
    class: 'ptr-helo',
    says: `
      c rdns
      bad dns ptr
    `,
    confidence: 'high',
    decodes: true,
    source: GMX,
  },
  {
    id: 'gmx/sender-domain',
    class: 'sender-rejected',
    says: `
      invalid dns mx
    `,
    confidence: 'high',
    source: GMX,
    decodes: true,
  },
  {
    id: 'gmx/listed',
    class: 'ip-blocked',
    says: `
      c r0201|bl|r0735
      ip address is block|black listed
    `,
    confidence: 'high',
    source: GMX,
  },
  {
    id: 'gmx/header',
    class: 'message-malformed',
    says: `
      gmx|web|ionos|1and1|1und1|kundenserver … c hi|hd
    `,
    confidence: 'high',
    source: GMX,
    decodes: true,
  },
  {
    id: 'gmx/policy-at-banner',
    class: 'ip-blocked',
    provider: ['gmx-webde'],
    stage: ['connect', 'banner', 'ehlo'],
    says: `
      policy restrictions|violations
    `,
    confidence: 'high',
    source: GMX,
    decodes: true,
  },
  {
    id: 't-online/refused',
    class: 'ip-blocked',
    says: `
      ask for a new free check by
      ask for reset for a new check
      reset via e mail to tosa
      tosa rx t online
      toda rx t online
    `,
    confidence: 'high',
    source: TONLINE,
  },
  {
    id: 't-online/suffix',
    class: 'ip-blocked',
    provider: ['t-online'],
    says: `
      nowl|dial
      bl

    `,
    confidence: 'high',
    source: TONLINE,
    decodes: true,
  },
];
