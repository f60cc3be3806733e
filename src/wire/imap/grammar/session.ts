/** Commands about the connection itself (RFC 9051 6.1, 6.2, 6.3.1, 6.3.13) and without arguments. */
import type { Cursor } from '../cursor.ts';

export type BareVerb =
  | 'CAPABILITY'
  | 'NOOP'
  | 'LOGOUT'
  | 'STARTTLS'
  | 'NAMESPACE'
  | 'IDLE'
  | 'CHECK'
  | 'CLOSE'
  | 'UNSELECT'
  | 'EXPUNGE'
  | 'UNAUTHENTICATE';

export type SessionCommand =
  | { readonly verb: BareVerb }
  | { readonly verb: 'LOGIN'; readonly user: string; readonly password: string }
  /** RFC 4959: `initial` is still in base64; `=` stands for an empty one. */
  | { readonly verb: 'AUTHENTICATE'; readonly mechanism: string; readonly initial?: string }
  | { readonly verb: 'ENABLE'; readonly capabilities: readonly string[] }
  /** RFC 2971; names in lower case. Empty for NIL. */
  | { readonly verb: 'ID'; readonly parameters: ReadonlyMap<string, string | null> }
  /** RFC 4978. */
  | { readonly verb: 'COMPRESS'; readonly mechanism: string };

/** RFC 2971 3.3. */
const MAX_ID_PAIRS = 30;

export function bare(cursor: Cursor, verb: string): SessionCommand {
  cursor.end();
  return { verb: verb as BareVerb };
}

export function login(cursor: Cursor): SessionCommand {
  cursor.space();
  const user = cursor.astring();
  cursor.space();
  return { verb: 'LOGIN', user, password: cursor.astring() };
}

export function authenticate(cursor: Cursor): SessionCommand {
  cursor.space();
  const mechanism = cursor.atom().toUpperCase();
  if (!cursor.take(' ')) return { verb: 'AUTHENTICATE', mechanism };
  const initial = cursor.atom();
  if (!/^(=|[A-Za-z0-9+/]+={0,2})$/.test(initial)) cursor.fail('the initial response is not base64');
  return { verb: 'AUTHENTICATE', mechanism, initial };
}

export function enable(cursor: Cursor): SessionCommand {
  const capabilities: string[] = [];
  do {
    cursor.space();
    capabilities.push(cursor.atom().toUpperCase());
  } while (!cursor.isAtEnd);
  return { verb: 'ENABLE', capabilities };
}

export function id(cursor: Cursor): SessionCommand {
  cursor.space();
  const parameters = new Map<string, string | null>();
  if (cursor.takeKeyword('NIL')) return { verb: 'ID', parameters };
  let pairs = 0;
  cursor.list(() => {
    if (++pairs > MAX_ID_PAIRS) cursor.fail(`ID takes at most ${MAX_ID_PAIRS} fields`);
    const name = cursor.string().toLowerCase();
    cursor.space();
    parameters.set(name, cursor.nstring());
  });
  return { verb: 'ID', parameters };
}

export function compress(cursor: Cursor): SessionCommand {
  cursor.space();
  return { verb: 'COMPRESS', mechanism: cursor.atom().toUpperCase() };
}
