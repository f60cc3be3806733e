/** Replies that somebody labelled by reading them, and the part of them that the rules were not developed on. */
import { hash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../../../src/core/envelope.ts';
import type { Reply } from '../../../src/core/reputation/classifier.ts';

export interface Labelled {
  readonly reply: Reply;
  readonly provider: string;
  /** Where it was labelled as well: of most rows only the scope was. */
  readonly class: string | undefined;
  readonly scope: string;
  /** Scopes that a careful reader would accept as well. */
  readonly alternatives: readonly string[];
  readonly source: string;
  /** Published codes whose words were made up. */
  readonly isCode: boolean;
}

interface Row {
  readonly provider?: string;
  readonly stage?: string;
  readonly code?: string | number | null;
  readonly enhanced?: string | null;
  readonly text: string;
  readonly class?: string;
  readonly scope?: string;
  readonly alt?: string | readonly string[];
  readonly source?: string;
  readonly kind?: string;
}

/** Of 256 parts of the sources, by their hash, so many are kept aside: about three in ten. */
const ASIDE_PARTS = 77;

/** A file of JSON Lines, or the `replies.jsonl` of a folder. */
export function readLabelled(path: string): Labelled[] {
  const file = statSync(path).isDirectory() ? join(path, 'replies.jsonl') : path;
  if (!existsSync(file))
    throw new Error(`${file} is not there: name a file of labelled replies, or its folder`);
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => labelled(JSON.parse(line) as Row));
}

function labelled(row: Row): Labelled {
  const { alt = [], provider = 'unknown', source = '' } = row;
  return {
    reply: {
      provider,
      stage: stageOf(row.stage),
      code: row.code === undefined || row.code === null ? undefined : Number(row.code),
      enhanced: row.enhanced ?? undefined,
      text: row.text,
    },
    provider,
    class: row.class,
    scope: row.scope ?? 'unknown',
    alternatives: typeof alt === 'string' ? [alt] : alt,
    source,
    isCode: row.kind === 'code',
  };
}

/** The labels say `data` of everything after DATA. */
function stageOf(stage: string | undefined): Stage | undefined {
  return stage === 'data' ? 'end-of-data' : (stage as Stage | undefined);
}

/** Whether its source is one of those that are kept aside. */
export function isAside({ source }: Labelled): boolean {
  return Number.parseInt(hash('sha256', source).slice(0, 2), 16) < ASIDE_PARTS;
}
