/** `--relax`: `account:a@example.org=2`, `domain:example.org=1.5`, `tenant:acme=1.5`, `signal:new-country=2`. */
import { MOST_RELAXED, type Relaxation } from '../../core/guard/relaxation.ts';
import { type Signal, SIGNALS, standsAlone } from '../../core/guard/signals.ts';
import { toAddress, toDomain, toTenant, toWord } from '../arguments.ts';
import { CommandError, EXIT } from '../command.ts';

/** Of a tenant the domains are not known yet: `knownHere` has them. */
export function toRelaxation(text: string): Relaxation {
  // Who writes a comma for the point means the same.
  const [, kind, value, factor = ''] = /^(\w+):(.+)=([\d.,]+)$/.exec(text) ?? [];
  if (kind === undefined || value === undefined)
    throw new CommandError(
      EXIT.usage,
      `"${text}": write SCOPE=FACTOR, such as account:a@example.org=2, domain:example.org=1.5, tenant:acme=1.5 or signal:new-country=2`,
    );
  return { scope: scopeOf(kind, value), factor: factorOf(text, Number(factor.replace(',', '.'))) };
}

function scopeOf(kind: string, value: string): Relaxation['scope'] {
  switch (toWord(kind, ['account', 'domain', 'tenant', 'signal'])) {
    case 'account':
      return { kind: 'account', account: toAddress(value) };
    case 'domain':
      return { kind: 'domain', domain: toDomain(value) };
    case 'tenant':
      return { kind: 'tenant', tenant: toTenant(value), domains: [] };
    case 'signal':
      return { kind: 'signal', signal: relaxable(value) };
  }
}

/** What several accounts send alike, and what was dropped, is the floor; `past` is what other signals said. */
const BEYOND: readonly Signal[] = SIGNALS.filter((signal) => standsAlone({ signal }) || signal === 'past');

function relaxable(name: string): Signal {
  const those = SIGNALS.filter((one) => !BEYOND.includes(one));
  if (!BEYOND.some((one) => one === name)) return toWord(name, those);
  throw new CommandError(EXIT.usage, `"${name}" cannot be relaxed: write one of ${those.join(', ')}`);
}

function factorOf(text: string, factor: number): number {
  const hundredths = Math.round(factor * 100);
  if (factor > 1 && factor <= MOST_RELAXED && Math.abs(factor * 100 - hundredths) < 1e-6) return factor;
  throw new CommandError(
    EXIT.usage,
    `"${text}": the factor must be above 1 and at most ${MOST_RELAXED}, with two decimals at most`,
  );
}
