/** Every command with where it is legal. */
import type { Command, Verb } from '../../../wire/pop3/command.ts';
import type { Answer, Phase, Pop3Handle } from '../handle.ts';
import { capa } from './capa.ts';
import { dele, quit, rset } from './deleting.ts';
import { list, stat, uidl } from './listing.ts';
import { auth, pass, user } from './login.ts';
import { retr, top } from './retrieve.ts';
import { noop, stls, utf8 } from './small.ts';

interface Entry<One extends Verb> {
  readonly phases: readonly Phase['kind'][];
  handle(session: Pop3Handle, command: Extract<Command, { verb: One }>): Answer;
}

const BEFORE = ['authorization'] as const;
const AFTER = ['transaction'] as const;
const ALWAYS = ['authorization', 'transaction'] as const;

export const handlers: { readonly [One in Verb]: Entry<One> } = {
  CAPA: { phases: ALWAYS, handle: capa },
  USER: { phases: BEFORE, handle: user },
  PASS: { phases: BEFORE, handle: pass },
  AUTH: { phases: BEFORE, handle: auth },
  STLS: { phases: BEFORE, handle: stls },
  UTF8: { phases: BEFORE, handle: utf8 },
  STAT: { phases: AFTER, handle: stat },
  LIST: { phases: AFTER, handle: list },
  UIDL: { phases: AFTER, handle: uidl },
  RETR: { phases: AFTER, handle: retr },
  TOP: { phases: AFTER, handle: top },
  DELE: { phases: AFTER, handle: dele },
  RSET: { phases: AFTER, handle: rset },
  NOOP: { phases: AFTER, handle: noop },
  QUIT: { phases: ALWAYS, handle: quit },
};
