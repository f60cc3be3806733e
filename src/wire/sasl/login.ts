/**
 * SASL LOGIN (draft-murchison-sasl-login): user name, then password, each asked for. Obsolete, and the only mechanism that
 * many printers, scanners and old clients know. The challenges are those every client expects. Only for use inside TLS.
 */
import { failure, responseText, type SaslExchange, type SaslStep, verifyPassword } from './exchange.ts';
import { saslprep } from './saslprep.ts';

const MAX_PART_CHARS = 1_024;

type Phase =
  | { readonly at: 'start' }
  | { readonly at: 'user' }
  | { readonly at: 'password'; readonly user: string }
  | { readonly at: 'done' };

/** Starts an exchange on the server's side. An initial response is the user name. */
export function createLogin(): SaslExchange {
  let phase: Phase = { at: 'start' };
  return {
    step(response) {
      const [next, step] = advance(phase, response);
      phase = next;
      return step;
    },
  };
}

function advance(phase: Phase, response: Buffer | undefined): [Phase, SaslStep] {
  if (phase.at === 'done') return [phase, failure('out-of-order')];
  if (response === undefined) {
    return phase.at === 'start' ? [{ at: 'user' }, ask('Username:')] : [{ at: 'done' }, failure('malformed')];
  }
  const text = part(response);
  if (text === undefined) return [{ at: 'done' }, failure('malformed')];
  if (phase.at !== 'password') return [{ at: 'password', user: text }, ask('Password:')];
  return [{ at: 'done' }, verifyPassword({ authzid: '', user: phase.user, password: text })];
}

function ask(text: string): SaslStep {
  return { kind: 'challenge', bytes: Buffer.from(text) };
}

function part(response: Buffer): string | undefined {
  const text = responseText(response);
  if (text === undefined || text.length > MAX_PART_CHARS) return undefined;
  return saslprep(text) || undefined;
}
