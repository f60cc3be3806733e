/** A delivery status notification of another host (RFC 3464), read: what became of each recipient after it took the message. */
import type { ReportParts } from '../mime/report.ts';
import type { DsnAction } from './report.ts';

export interface DsnStatus {
  readonly finalRecipient: string;
  readonly originalRecipient?: string;
  readonly action: DsnAction;
  /** RFC 3463; `5.0.0` and the like when it is missing or no status. */
  readonly status: string;
  /** The words of whoever refused it, without their type. */
  readonly diagnostic?: string;
}

export interface ReceivedDsn {
  readonly reportingMta?: string;
  readonly recipients: readonly DsnStatus[];
}

const ACTIONS: ReadonlySet<string> = new Set(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);
const CLASSES: Readonly<Record<DsnAction, string>> = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
};

/** Undefined for a report that is no such notification, or tells of no recipient. */
export function readDsn({ kind, groups }: ReportParts): ReceivedDsn | undefined {
  if (kind !== 'delivery-status') return undefined;
  const recipients = groups.flatMap(statusOf);
  if (recipients.length === 0) return undefined;
  const mta = groups[0]?.get('reporting-mta')?.[0];
  return { recipients, ...(mta === undefined ? {} : { reportingMta: withoutType(mta) }) };
}

function statusOf(fields: ReadonlyMap<string, readonly string[]>): DsnStatus[] {
  const one = (name: string): string | undefined => fields.get(name)?.[0];
  const final = one('final-recipient') ?? one('original-recipient');
  const action = one('action')?.toLowerCase().split(/\s/, 1)[0];
  if (final === undefined || action === undefined || !ACTIONS.has(action)) return [];
  const known = action as DsnAction;
  const original = one('original-recipient');
  const diagnostic = one('diagnostic-code');
  const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(one('status') ?? '')?.[0] ?? CLASSES[known];
  return [
    {
      finalRecipient: withoutType(final),
      action: known,
      status,
      ...(original === undefined ? {} : { originalRecipient: withoutType(original) }),
      ...(diagnostic === undefined ? {} : { diagnostic: withoutType(diagnostic) }),
    },
  ];
}

/** `rfc822; a@b.example`, `smtp; 550 …`, `dns; mx.example` (RFC 3464 section 2.1.2). */
function withoutType(value: string): string {
  return value
    .replace(/^[a-z0-9-]+\s*;\s*/i, '')
    .replace(/^<|>$/g, '')
    .trim();
}
