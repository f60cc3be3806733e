/** Responses about the connection (RFC 9051 7.2, RFC 2971, RFC 5161). */
import { formatNstring, formatString } from './strings.ts';

export function formatCapability(capabilities: readonly string[]): string {
  return `* CAPABILITY ${capabilities.join(' ')}\r\n`;
}

/** Also when nothing was enabled (RFC 5161 3.1). */
export function formatEnabled(capabilities: readonly string[]): string {
  return `* ENABLED${capabilities.map((capability) => ` ${capability}`).join('')}\r\n`;
}

/** RFC 2971 3.2; NIL when there is nothing to tell. */
export function formatId(parameters: ReadonlyMap<string, string | null>): string {
  if (parameters.size === 0) return '* ID NIL\r\n';
  const fields = [...parameters].map(
    ([name, value]) => `${formatString(name, 'utf7')} ${formatNstring(value, 'utf7')}`,
  );
  return `* ID (${fields.join(' ')})\r\n`;
}
