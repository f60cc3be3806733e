/** The rules that an operator wrote in `relais.toml`, as [[reply]]. */
import type { Stage } from '../envelope.ts';
import type { ReplyClass } from './meaning.ts';
import { providerNamed } from './providers.ts';
import type { Rule, RuleTable } from './rule.ts';

/** Points of the dialogue that a rule may name. */
export const STAGES = [
  'connect',
  'banner',
  'tls',
  'ehlo',
  'auth',
  'mail',
  'rcpt',
  'data',
  'end-of-data',
] as const;

/** One [[reply]]. */
export interface Written {
  readonly name: string;
  readonly says: readonly string[];
  readonly class: ReplyClass;
  readonly provider: string | undefined;
  readonly stage: Stage | 'any';
  readonly code: string | undefined;
}

/** They come in the order in which they are written. */
export function ownRules(written: readonly Written[]): RuleTable {
  return written.map((one): Rule => {
    const { provider, stage, code } = one;
    return {
      id: `own/${one.name}`,
      class: one.class,
      says: one.says.join('\n'),
      // Whoever writes one has seen it.
      confidence: 'high',
      source: 'relais.toml',
      ...(provider === undefined ? {} : { provider: [providerNamed(provider) ?? provider] }),
      ...(stage === 'any' ? {} : { stage: [stage] }),
      ...(code === undefined ? {} : code.includes('.') ? { enhanced: [code] } : { code: [code] }),
    };
  });
}
