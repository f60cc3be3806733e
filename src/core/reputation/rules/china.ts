/** NetEase (163, 126, yeah.net) and Tencent (QQ): two letters, a colon and a word say what it is. */
import type { RuleTable } from '../rule.ts';

const NETEASE = 'help.mail.163.com, codes of returned mail';
const QQ = 'service.mail.qq.com/detail/122';

export const CHINA: RuleTable = [
  {
    id: 'netease/slowed-address',
    class: 'ip-throttled',
    says: 'hl rep|irep|ifc|itc|mep',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/connections',
    class: 'conn-limit',
    says: 'hl icc; mi dmc; rp drc',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/commands',
    class: 'protocol-error',
    says: 'mi cel|ccl; rp cel|ccl',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/rate',
    class: 'rate-limit',
    says: 'rp rcl|qrc|trc|frl; mi rcl|qrc',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/sender-quota',
    class: 'domain-throttled',
    says: 'mi sfq|stc|utc; rp orq',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/helo',
    class: 'ptr-helo',
    says: 'mi nhd',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/blocked',
    class: 'ip-blocked',
    says: 'hl ipb|ihu; wm bli',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/listed',
    class: 'ip-dnsbl',
    says: 'dt rbl',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/sender',
    class: 'sender-rejected',
    says: 'mi spb; wm blu',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/authentication',
    class: 'auth-failure',
    says: 'mi spf|dma|dki; dt sum',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/spam',
    class: 'content-spam',
    says: 'dt spm',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'netease/form',
    class: 'message-malformed',
    says: 'mi imf',
    confidence: 'high',
    source: NETEASE,
    decodes: true,
  },
  {
    id: 'qq/frequency',
    class: 'rate-limit',
    says: `
      ip frequency limited
      suspected bounce frequency
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/domain-frequency',
    class: 'domain-throttled',
    says: `
      domain|sender|account frequency limited
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/connections',
    class: 'conn-limit',
    says: `
      connection frequency limited
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/recipient-frequency',
    class: 'recipient-rate',
    says: `
      recipient|mailbox frequency limited
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/content',
    class: 'content-spam',
    says: `
      mail content denied
      content denied
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/bounces',
    class: 'sender-rejected',
    says: `
      suspected bounce attack|attacks
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/suspected-address',
    class: 'ip-blocked',
    says: `
      suspected spam ip
    `,
    confidence: 'high',
    source: QQ,
    decodes: true,
  },
  {
    id: 'qq/blocked',
    class: 'ip-blocked',
    says: `
      connection denied
      mail rejected … blocked ip
    `,
    source: QQ,
    decodes: true,
  },
];
