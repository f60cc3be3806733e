import type { QuotaLimits } from '../mailbox/quota.ts';
import type { Config } from './options.ts';

/** What an account may keep that has no limits of its own. */
export function quotaOf({ mailboxes: { quotaBytes, maxMessages } }: Pick<Config, 'mailboxes'>): QuotaLimits {
  return {
    ...(quotaBytes === undefined ? {} : { bytes: quotaBytes }),
    ...(maxMessages === 0 ? {} : { messages: maxMessages }),
  };
}
