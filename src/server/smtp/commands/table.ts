/** Every command: its handler, and the phases in which it is legal. */
import type { Command } from '../../../wire/smtp/command.ts';
import type { Phase } from '../phase.ts';
import type { Answer, SmtpHandle } from '../handle.ts';
import { auth } from './auth.ts';
import { bdat } from './bdat.ts';
import { data } from './data.ts';
import { ehlo } from './ehlo.ts';
import { mail } from './mail.ts';
import { noop, help, quit, rset, vrfy, expn } from './small.ts';
import { rcpt } from './rcpt.ts';
import { startTls } from './starttls.ts';

type Handlers = {
  readonly [Verb in Command['verb']]: {
    readonly phases: readonly Phase['kind'][];
    readonly handle: (session: SmtpHandle, command: Extract<Command, { verb: Verb }>) => Answer;
  };
};

const ALWAYS = ['new', 'ready', 'mail', 'chunks'] as const;

export const handlers: Handlers = {
  EHLO: { phases: ALWAYS, handle: ehlo },
  HELO: { phases: ALWAYS, handle: ehlo },
  LHLO: { phases: ALWAYS, handle: ehlo },
  MAIL: { phases: ['ready'], handle: mail },
  RCPT: { phases: ['mail'], handle: rcpt },
  DATA: { phases: ['mail'], handle: data },
  // BDAT carries octets that must be taken off the wire whatever the phase (RFC 3030 section 2).
  BDAT: { phases: ALWAYS, handle: bdat },
  RSET: { phases: ALWAYS, handle: rset },
  NOOP: { phases: ALWAYS, handle: noop },
  HELP: { phases: ALWAYS, handle: help },
  VRFY: { phases: ALWAYS, handle: vrfy },
  EXPN: { phases: ALWAYS, handle: expn },
  QUIT: { phases: ALWAYS, handle: quit },
  STARTTLS: { phases: ['new', 'ready'], handle: startTls },
  AUTH: { phases: ['ready'], handle: auth },
};
