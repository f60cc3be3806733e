/** Recorded traffic as hosts: each trace in the order of its times. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { readEvent, type SendEvent } from '../../../src/core/guard/event.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Host {
  readonly name: string;
  readonly events: readonly SendEvent[];
}

/** A message of a campaign as a botnet sent it: where from, and what it was like. */
export interface Spam
  extends Pick<SendEvent, 'ip' | 'country' | 'asn' | 'fingerprint' | 'subject' | 'linkDomains'> {
  readonly campaign: string;
}

export function hostsIn(folder: string): Host[] {
  return ['enron', 'email-eu', 'list-senders'].map((name) => ({ name, events: eventsOf(folder, name) }));
}

export function newslettersIn(folder: string): readonly SendEvent[] {
  return eventsOf(folder, 'newsletters');
}

/** Templates of at least `least` messages, each in the order in which it was sent. */
export function templatesIn(folder: string, least: number): readonly (readonly Spam[])[] {
  return spamsIn(folder, least, ({ fingerprint = '' }) => fingerprint);
}

/** Whole campaigns, whatever bodies they had. */
export function campaignsIn(folder: string, least: number): readonly (readonly Spam[])[] {
  return spamsIn(folder, least, ({ campaign }) => campaign);
}

function spamsIn(folder: string, least: number, of: (spam: Spam) => string): readonly (readonly Spam[])[] {
  const groups = Map.groupBy(rowsOf(folder, 'botnet-campaigns') as Spam[], of);
  return [...groups.values()].filter(({ length }) => length >= least);
}

function eventsOf(folder: string, name: string): SendEvent[] {
  return rowsOf(folder, name)
    .map(readEvent)
    .sort((one, other) => one.at - other.at);
}

function rowsOf(folder: string, name: string): unknown[] {
  const text = gunzipSync(readFileSync(join(folder, 'traffic', `${name}.jsonl.gz`))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
