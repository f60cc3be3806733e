/** What went wrong is said with what to do, in words of no library. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFault } from './imap-fault.ts';

const PLACE = { host: 'old.example', port: 993, tls: 'implicit' } as const;

test('a fault of the connection says what to do, and what the server said keeps its words', () => {
  const told = (about: object, place: Parameters<typeof sourceFault>[1] = PLACE): string => {
    const { fault, message } = sourceFault(
      Object.assign(new Error('words of a library.'), about),
      place,
      'to log in',
    );
    return `${fault}: ${message}`;
  };
  const untrusted = 'unsafe: no TLS that can be trusted';
  assert.equal(
    told({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      message:
        'self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
    }),
    `${untrusted}: self-signed certificate: give the certificate of who issued it with --ca FILE`,
  );
  assert.equal(
    told({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    `${untrusted}: the certificate is of other names than old.example: write the name that it has with --host`,
  );
  assert.equal(
    told({ code: 'GREETING_TIMEOUT' }),
    'unreachable: old.example:993 does not greet as an IMAP server does: see --port',
  );
  assert.equal(
    told({ code: 'GREETING_TIMEOUT' }, { ...PLACE, tls: 'starttls' }),
    'unreachable: old.example:993 does not greet as an IMAP server does: see --port, or try --tls implicit',
  );
  assert.equal(told({ code: 'ENOTFOUND' }), 'refused: there is no such host as old.example: see --host');
  assert.equal(told({ code: 'NoConnection' }), 'lost: the server ended the connection');
  assert.equal(
    told({ authenticationFailed: true, responseText: 'Wrong password.' }),
    'login: the login was refused: Wrong password',
  );
  assert.equal(told({ responseStatus: 'NO' }), 'refused: the server refused when it was asked to log in');
  assert.equal(
    told({ responseStatus: 'NO', serverResponseCode: 'UNAVAILABLE', responseText: 'Later.' }),
    'lost: Later',
  );
});
