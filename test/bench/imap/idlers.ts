/** Who idles in the idle bench: known to the server's side and to the clients' process. */
export const PASSWORD = 'correct horse battery';

export function idlerAddress(number: number): string {
  return `idler${number}@here.example`;
}
