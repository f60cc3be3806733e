/** Orange, La Poste, SFR and Free. Orange and La Poste number their refusals alike: the last three figures say what it is. */
import type { RuleTable } from '../rule.ts';

const ORANGE = 'codes of Orange and La Poste as listed by Postmastery and in public logs';
const FREE = 'postmaster.free.fr';

export const FRANCE: RuleTable = [
  {
    id: 'orange/listed',
    class: 'ip-dnsbl',
    says: `
      ofr*|ouk*|lpn* 100|101|102
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/refused-address',
    class: 'ip-blocked',
    says: `
      ofr*|ouk*|lpn* 103|107|108|999
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  {
    id: 'orange/slowed-address',
    class: 'ip-throttled',
    says: `
      ofr*|ouk*|lpn* 109
      lpn* 503|505
      lpn* 110
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/connections',
    class: 'conn-limit',
    says: `
      ofr*|ouk*|lpn* 104
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/sign-in',
    class: 'auth-required',
    says: `
      ofr*|ouk* 305|402
      authentification requise
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/authentication',
    class: 'auth-failure',
    says: `
      ofr*|ouk*|lpn* 401|402|515|517|518
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/sender',
    class: 'sender-rejected',
    says: `
      ofr*|ouk*|lpn* 403|405|415|421
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/unknown',
    class: 'recipient-unknown',
    says: `
      ofr*|ouk*|lpn* 416
      lpn416|ofr416
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/full',
    class: 'mailbox-full',
    says: `
      ofr*|ouk*|lpn* 417
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  {
    id: 'orange/inactive',
    class: 'recipient-inactive',
    says: `
      ofr*|ouk*|lpn* 420|426
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  {
    id: 'orange/trouble',
    class: 'remote-trouble',
    says: `
      ofr*|ouk*|lpn* 424|503|505
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  {
    id: 'orange/content',
    class: 'content-spam',
    says: `
      ofr*|ouk*|lpn* 506|510|513
    `,
    confidence: 'high',
    source: ORANGE,
  },
  {
    id: 'orange/too-big',
    class: 'message-too-big',
    says: `
      ofr*|ouk*|lpn* 514
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  {
    id: 'orange/host',
    class: 'ptr-helo',
    says: `
      ofr*|ouk*|lpn* 630
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  // The same two words are about our address at the banner, and about the message after it.
  {
    id: 'orange/refused-at-banner',
    class: 'ip-blocked',
    stage: ['connect', 'banner'],
    says: `
      service refuse
      service refused
    `,
    confidence: 'high',
    source: ORANGE,
    decodes: true,
  },
  {
    id: 'sfr/behaviour',
    class: 'ip-throttled',
    says: `
      sfr in 101|102|103
    `,
    confidence: 'high',
    source: 'SFR codes as listed by Postmastery',
  },
  {
    id: 'free/spam',
    class: 'content-spam',
    provider: ['free'],
    says: `
      spam detected
    `,
    confidence: 'high',
    source: FREE,
    decodes: true,
  },
  {
    id: 'free/refused',
    class: 'ip-blocked',
    provider: ['free'],
    says: `
      too many errors from your ip
      too much spam from your ip
    `,
    confidence: 'high',
    source: FREE,
    decodes: true,
  },
];
