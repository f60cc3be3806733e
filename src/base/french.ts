/** French as it is printed. */

/** `d’exemple.fr`, `de client.fr`: of a name, which may begin with a vowel. */
export function ofName(name: string): string {
  return /^[aeiouàâéèêëîïôöùûü]/i.test(name) ? `d’${name}` : `de ${name}`;
}

/** Sets a non-breaking space before the tall marks: in a text, or in all texts of lists and objects, however deep. */
export function french<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/ (?=[:;?!])/g, '\u00a0') as T;
  if (Array.isArray(value)) return value.map(french) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, french(inner)])) as T;
}
