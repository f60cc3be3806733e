/** A complaint in the Abuse Reporting Format (RFC 5965): somebody who got a message called it unwanted. */
import type { ReportParts } from '../mime/report.ts';

export interface Complaint {
  /** `abuse`, `fraud`, `virus`, `other`, `not-spam` (RFC 6430): in lower case. */
  readonly type: string;
  /** Who reports, as far as it says. */
  readonly reporter?: string;
  readonly originalMailFrom?: string;
  readonly originalRcptTo: readonly string[];
  readonly sourceIp?: string;
  /** Complaints that this one report stands for (RFC 5965 section 3.2, Incidents). */
  readonly incidents: number;
}

/** More are not believed of one report. */
const MOST_INCIDENTS = 1_000;

/** Undefined for a report that is no complaint, or has no type (RFC 5965 section 3.1). */
export function readComplaint({ kind, groups }: ReportParts): Complaint | undefined {
  const [fields] = groups;
  const type = fields?.get('feedback-type')?.[0]?.toLowerCase();
  if (kind !== 'feedback-report' || fields === undefined || type === undefined) return undefined;
  const one = (name: string): string | undefined => fields.get(name)?.[0];
  const [reporter, from, sourceIp] = [
    one('reporting-mta') ?? one('user-agent'),
    one('original-mail-from'),
    one('source-ip'),
  ];
  const incidents = Number(one('incidents') ?? 1);
  return {
    type,
    originalRcptTo: (fields.get('original-rcpt-to') ?? []).map(bare),
    incidents: Number.isInteger(incidents) && incidents > 0 ? Math.min(incidents, MOST_INCIDENTS) : 1,
    ...(reporter === undefined ? {} : { reporter: reporter.replace(/^dns\s*;\s*/i, '') }),
    ...(from === undefined ? {} : { originalMailFrom: bare(from) }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
  };
}

/** `<a@b.example>`, or with a type before it. */
function bare(text: string): string {
  return text.replace(/^rfc822\s*;\s*/i, '').replace(/^<|>$/g, '');
}
