/** The addresses of a From, To or Cc field (RFC 5322 3.4): names, comments and groups taken away. */
import addressparser from 'nodemailer/lib/addressparser';

/** One address, alone or after a name that can be read in one way only: nearly every From. */
const PLAIN =
  /^(?:(?:[\w \t!#$%&'*+/=?^`{|}~.-]*|"[^"\\\r\n]*"[ \t]*)<([\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+)>|([\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+))$/;

/** Every address of a list, as written; a word without @ counts as one, for it is a local user. */
export function addressesIn(text: string): string[] {
  const plain = PLAIN.exec(text.trim());
  if (plain !== null) return [plain[1] ?? plain[2] ?? ''];
  return addressparser(text, { flatten: true })
    .map(({ address, name }) => (address === '' ? name : address).trim())
    .filter((address) => address !== '');
}
