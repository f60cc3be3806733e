/** How well replies are read: by scope, without the rules of their own provider, and what would be bounced wrongly. */
import type { Stage } from '../../../src/core/envelope.ts';
import { classifyWith } from '../../../src/core/delivery/classify.ts';
import { Classifier, type Meaning } from '../../../src/core/reputation/classifier.ts';
import { providerNamed } from '../../../src/core/reputation/providers.ts';
import { TABLES } from '../../../src/core/reputation/rules/all.ts';
import type { Labelled } from './labelled.ts';

export interface Read {
  readonly row: Labelled;
  readonly meaning: Meaning;
  readonly right: boolean;
}

/** Scopes of which no reply may ever end a delivery. */
const NEVER_FINAL = new Set(['ip', 'rate', 'local', 'remote-outage', 'account-domain']);
/** Names in the data that are no provider's. */
const NOBODY = /^(generic|unknown|local|postfix|exchange|.*-user)$/;
/** Stages at which a reply of unknown stage may have been said: the worst is what counts. */
const WORST: readonly Stage[] = ['mail', 'rcpt', 'end-of-data'];

export function readAll(rows: readonly Labelled[], classifier = new Classifier()): Read[] {
  return rows.map((row) => {
    const meaning = classifier.classify(row.reply);
    return { row, meaning, right: [row.scope, ...row.alternatives].includes(meaning.scope) };
  });
}

export interface Share {
  readonly right: number;
  readonly of: number;
}

export function shareOf(reads: readonly Read[]): Share {
  return { right: reads.filter(({ right }) => right).length, of: reads.length };
}

export interface WithoutOwn extends Share {
  readonly provider: string;
}

/** Each provider's replies read as if nobody had ever met it: without its name and without its table. */
export function leaveOneOut(rows: readonly Labelled[]): WithoutOwn[] {
  const providers = [...new Set(rows.map(({ provider }) => provider))].filter((name) => !NOBODY.test(name));
  return providers.map((provider) => {
    const own = new Set([provider, providerNamed(provider) ?? provider].flatMap(familiesOf));
    const others = TABLES.map((table) => table.filter(({ id }) => !own.has(id.split('/')[0] as string)));
    const strangers = rows
      .filter((row) => row.provider === provider)
      .map((row) => ({ ...row, reply: { ...row.reply, provider: undefined } }));
    return { provider, ...shareOf(readAll(strangers, new Classifier([], others))) };
  });
}

/** The families of rules that belong to a provider: most bear its name. */
function familiesOf(provider: string): string[] {
  const shared: Readonly<Record<string, readonly string[]>> = {
    microsoft365: ['microsoft'],
    'outlook-consumer': ['microsoft'],
    'gmx-webde': ['gmx'],
    'yahoo-japan': ['yahoo'],
    'orange-uk': ['orange'],
    laposte: ['orange'],
    aol: ['yahoo'],
    att: ['yahoo'],
    bluetie: ['comcast'],
  };
  return [provider, ...(shared[provider] ?? [])];
}

export interface Bounced {
  readonly read: Read;
  readonly stage: Stage;
  readonly after: 'the first reply' | 'a second like it';
}

/** Replies of scopes that never end a delivery, and would end one all the same. */
export function bouncedWrongly(reads: readonly Read[]): Bounced[] {
  const classify = classifyWith([]);
  return reads.flatMap((read): Bounced[] => {
    const { scope, reply, alternatives } = read.row;
    if (!NEVER_FINAL.has(scope) || alternatives.some((other) => !NEVER_FINAL.has(other))) return [];
    for (const stage of reply.stage === undefined ? WORST : [reply.stage]) {
      const { code, enhanced, text } = reply;
      const said = {
        stage,
        text,
        afterMs: 0,
        ...(code === undefined ? {} : { code }),
        ...(enhanced === undefined ? {} : { enhanced }),
      };
      if (classify({ accepted: false, reply: said }).kind === 'failed')
        return [{ read, stage, after: 'the first reply' }];
      const last = { ...said, blame: 'unknown', at: 0 } as const;
      if (classify({ accepted: false, reply: said, last }).kind === 'failed')
        return [{ read, stage, after: 'a second like it' }];
    }
    return [];
  });
}

/** Rules that hold for one row only, whether they decide it or not, and are not one code of a table that is published. */
export function rulesOfOneRow(rows: readonly Labelled[]): string[] {
  const open = TABLES.flat().filter(({ decodes }) => decodes === undefined);
  return open.filter((rule) => holdsOnce(new Classifier([rule], []), rows)).map(({ id }) => id);
}

function holdsOnce(classifier: Classifier, rows: readonly Labelled[]): boolean {
  let times = 0;
  for (const { reply } of rows) {
    if (classifier.classify(reply).class !== 'unknown') times++;
    if (times > 1) return false;
  }
  return times === 1;
}

/** Rows by what was written on them and what was read, in the order of the scopes. */
export function confusion(reads: readonly Read[], scopes: readonly string[]): number[][] {
  return scopes.map((written) =>
    scopes.map(
      (read) => reads.filter(({ row, meaning }) => row.scope === written && meaning.scope === read).length,
    ),
  );
}
