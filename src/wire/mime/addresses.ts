/** The addresses of a From, To or Cc field (RFC 5322 3.4): names, comments and groups taken away. */
import addressparser from 'nodemailer/lib/addressparser';

/** Every address of a list, as written; a word without @ counts as one, for it is a local user. */
export function addressesIn(text: string): string[] {
  return addressparser(text, { flatten: true })
    .map(({ address, name }) => (address === '' ? name : address).trim())
    .filter((address) => address !== '');
}
