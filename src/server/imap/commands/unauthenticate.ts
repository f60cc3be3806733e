import { type Completion, type ImapHandle, ok } from '../handle.ts';

/** UNAUTHENTICATE (RFC 8437): as after the greeting; TLS and compression stay. */
export function unauthenticate(session: ImapHandle): Completion {
  session.loggedOut();
  return ok('Somebody else may log in');
}
