/** `--relax`: `account:a@example.org=2`, `domain:example.org=1.5`, `signal:new-country=2`. */
import { MOST_RELAXED, type Relaxation } from '../../core/guard/relaxation.ts';
import { SIGNALS } from '../../core/guard/signals.ts';
import { toAddress, toDomain, toWord } from '../arguments.ts';
import { CommandError, EXIT } from '../command.ts';

export function toRelaxation(text: string): Relaxation {
  const [, kind, value, factor] = /^(\w+):(.+)=([\d.]+)$/.exec(text) ?? [];
  if (kind === undefined || value === undefined)
    throw new CommandError(
      EXIT.usage,
      `"${text}": write SCOPE=FACTOR, such as account:a@example.org=2, domain:example.org=1.5 or signal:new-country=2`,
    );
  return { scope: scopeOf(kind, value), factor: factorOf(text, Number(factor)) };
}

function scopeOf(kind: string, value: string): Relaxation['scope'] {
  switch (toWord(kind, ['account', 'domain', 'signal'])) {
    case 'account':
      return { kind: 'account', account: toAddress(value) };
    case 'domain':
      return { kind: 'domain', domain: toDomain(value) };
    case 'signal':
      return { kind: 'signal', signal: toWord(value, SIGNALS) };
  }
}

function factorOf(text: string, factor: number): number {
  if (factor > 1 && factor <= MOST_RELAXED) return factor;
  throw new CommandError(EXIT.usage, `"${text}": the factor must be above 1 and at most ${MOST_RELAXED}`);
}
