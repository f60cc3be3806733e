/**
 * What DNS says of a domain beside what it should say: each record is right, missing, different, or unknown because DNS
 * did not answer. Lenient where others see no difference: other MX hosts beside ours, a longer SPF record that lets us
 * send, a stricter DMARC policy.
 */
import type { DnsAnswer } from '../../core/delivery/router.ts';
import type { NamedConfig } from '../command.ts';
import { type DnsRecord, spfTerms } from './records.ts';

export interface Judgement {
  readonly state: 'right' | 'missing' | 'different' | 'unknown';
  /** What is there, as DNS gave it. */
  readonly found: readonly string[];
  /** What is wrong, or worth knowing. */
  readonly remark?: string;
  /** Instead of the record as we would publish it. */
  readonly publish?: string;
}

export function judgeMx(
  record: DnsRecord,
  answer: DnsAnswer<{ host: string; preference: number }>,
): Judgement {
  const hosts = listed(answer);
  if (!Array.isArray(hosts)) return hosts;
  const found = hosts.map(({ host, preference }) => `${preference} ${host}.`);
  const ours = record.value.split(' ')[1]?.slice(0, -1);
  const mine = hosts.find(({ host }) => host === ours);
  if (mine === undefined)
    return { state: 'different', found, remark: 'Mail goes to other hosts, not to this one.' };
  const before = hosts.filter(({ host, preference }) => host !== ours && preference < mine.preference);
  if (before.length === 0) return { state: 'right', found };
  return {
    state: 'right',
    found,
    remark: `Mail goes to ${before.map(({ host }) => host).join(', ')} first.`,
  };
}

export function judgeSpf(record: DnsRecord, answer: DnsAnswer<string>, config: NamedConfig): Judgement {
  const found = ofVersion(answer, /^v=spf1( |$)/i);
  if (!Array.isArray(found)) return found;
  const [only] = found as [string];
  if (found.length > 1) {
    return {
      state: 'different',
      found,
      remark: 'There are several SPF records, so none counts (RFC 7208 3.2). Keep one.',
    };
  }
  const terms = only.toLowerCase().split(/ +/).slice(1);
  const allowing = terms.map((term) => term.replace(/^\+/, ''));
  const host = [`a:${config.hostname}`, `mx:${record.name}`];
  const missing = spfTerms(config).filter((term) => !allowing.includes(term));
  const covered =
    missing.length === 0 ||
    (missing[0] === 'mx' && missing.length === 1 && host.some((term) => allowing.includes(term)));
  if (covered) return { state: 'right', found };
  return {
    state: 'different',
    found,
    remark:
      'It does not name this server, so what we send may count as forged. Keep what is there and add us.',
    publish: only.replace(/^v=spf1/i, `v=spf1 ${missing.join(' ')}`),
  };
}

export function judgeDkim(record: DnsRecord, answer: DnsAnswer<string>): Judgement {
  const texts = listed(answer);
  if (!Array.isArray(texts)) return texts;
  const wanted = tags(record.text ?? '');
  const same = texts.some((text) => {
    const there = tags(text);
    return there.get('p') === wanted.get('p') && (there.get('k') ?? 'rsa') === wanted.get('k');
  });
  if (same && texts.length === 1) return { state: 'right', found: texts };
  const remark = same
    ? 'There are several records at this name; receivers may take the wrong one (RFC 6376 3.6.2.2). Keep ours.'
    : 'It is another key, so signatures made here fail.';
  return { state: 'different', found: texts, remark };
}

export function judgeDmarc(answer: DnsAnswer<string>): Judgement {
  const found = ofVersion(answer, /^v=DMARC1\s*(;|$)/i);
  if (!Array.isArray(found)) return found;
  if (found.length > 1) {
    return {
      state: 'different',
      found,
      remark: 'There are several DMARC records, so none counts (RFC 7489 6.6.3). Keep one.',
    };
  }
  const policy =
    tags(found[0] as string)
      .get('p')
      ?.toLowerCase() ?? '';
  if (['none', 'quarantine', 'reject'].includes(policy)) return { state: 'right', found };
  return { state: 'different', found, remark: 'It has no policy: p=none, p=quarantine or p=reject.' };
}

export function judgeSrv(record: DnsRecord, answer: DnsAnswer<{ host: string; port: number }>): Judgement {
  const services = listed(answer);
  if (!Array.isArray(services)) return services;
  const found = services.map(({ host, port }) => `${port} ${host}.`);
  const [, , port, target] = record.value.split(' ');
  if (found.includes(`${port} ${target}`)) return { state: 'right', found };
  return { state: 'different', found, remark: 'Mail programs go to another server, not to this one.' };
}

/** A name that is to lead to this host, by whichever record: `ours` are the addresses of our own name. */
export function judgeAlias(answer: DnsAnswer<string>, ours: DnsAnswer<string>): Judgement {
  const [found, wanted] = [listed(answer), listed(ours)];
  if (!Array.isArray(found)) return found;
  if (!Array.isArray(wanted)) return wanted;
  if (found.some((address) => wanted.includes(address))) return { state: 'right', found };
  return { state: 'different', found, remark: 'It leads to another host, not to this one.' };
}

/** The host that the MX names must have an address. */
export function judgeAddress(answer: DnsAnswer<string>): Judgement {
  const found = listed(answer);
  return Array.isArray(found) ? { state: 'right', found } : found;
}

function ofVersion(answer: DnsAnswer<string>, version: RegExp): string[] | Judgement {
  const texts = listed(answer);
  if (!Array.isArray(texts)) return texts;
  const matching = texts.filter((text) => version.test(text));
  return matching.length > 0 ? matching : { state: 'missing', found: [] };
}

function listed<T>(answer: DnsAnswer<T>): T[] | Judgement {
  switch (answer.kind) {
    case 'found':
      return [...answer.records];
    case 'no-name':
    case 'no-data':
      return { state: 'missing', found: [] };
    case 'failed':
      return { state: 'unknown', found: [], remark: `DNS did not say: ${answer.why}.` };
    default:
      return answer satisfies never;
  }
}

/** `tag=value` pairs (RFC 6376 3.2), white space gone. */
function tags(text: string): Map<string, string> {
  return new Map(
    text.split(';').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1).replace(/\s/g, '')];
    }),
  );
}
