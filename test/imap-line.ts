/** Reads one IMAP command of a test as the server would: its text, with literals written out in it. */
import assert from 'node:assert/strict';
import { type CommandResult, parseCommand } from '../src/wire/imap/command.ts';
import { type InputLimits, InputReader } from '../src/wire/imap/input.ts';
import type { NameForm } from '../src/wire/imap/mailbox-name.ts';

export const LIMITS: InputLimits = {
  commandBytes: 65_536,
  literalBytes: 65_536,
  valueBytes: 65_536,
  messageBytes: 1_000_000,
  unaskedBytes: 4_096,
};

/** `line` without tag and line end; a line break in it stands behind the announcement of a literal. */
export function parseLine(line: string, names: NameForm = 'utf7'): CommandResult {
  const reader = new InputReader(LIMITS);
  reader.names = names;
  reader.feed(Buffer.from(`a ${line}\r\n`));
  for (;;) {
    const input = reader.next();
    if (input.kind === 'continue') continue;
    if (input.kind === 'refusal') return { ok: false, kind: 'syntax', why: input.text };
    assert.equal(input.kind, 'command', line);
    return parseCommand(input as Extract<typeof input, { kind: 'command' }>, names);
  }
}

/** The lines are the commands beside them. */
export function assertCommands(cases: readonly (readonly [line: string, command: object])[]): void {
  for (const [line, command] of cases) assert.deepEqual(parseLine(line), { ok: true, command }, line);
}

/** The lines break the grammar, and the reply says why in one line. */
export function assertRefused(lines: readonly string[]): void {
  for (const line of lines) {
    const result = parseLine(line);
    assert.ok(!result.ok, `taken: ${line}`);
    assert.match(result.why, /^[ -~]{1,300}$/, line);
  }
}
