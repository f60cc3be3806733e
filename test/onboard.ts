/** The first account of a server that is not started yet, made as an operator makes it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runWith } from './command-line.ts';

/** `folder`: where `relais.toml` is. Makes the domain of the address as well. */
export async function onboard(
  folder: string,
  { address, password }: { address: string; password: string },
): Promise<void> {
  const config = join(folder, 'relais.toml');
  const domain = address.slice(address.indexOf('@') + 1);
  for (const [words, input] of [
    [['domain', 'add', domain], ''],
    [['account', 'add', address, '--password-stdin'], `${password}\n`],
  ] as const) {
    const { code, err } = await runWith([...words, '--config', config], Readable.from([Buffer.from(input)]));
    assert.equal(code, 0, err);
  }
}

/** A configuration that serves IMAP in the clear, and nothing else. */
export function imapOnly(port: number): string {
  return `hostname = "mail.here.example"
[login]
plainOnLoopback = true
[[listen]]
kind = "imap"
address = "127.0.0.1:${port}"
tls = "none"
`;
}
