/** A server of ours, a provider that may refuse it, and another that never does: for the scenarios of the provider desk. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FarEnd, startFarEnd } from '../src/lab/far-end.ts';
import { type Ran, runWith } from './command-line.ts';
import { Dialogue } from './dialogue.ts';
import { freePort, RelaisServer } from './server.ts';

const PATIENCE_MS = 40_000;
const POLL_MS = 100;

export interface DeskOptions {
  /** As `relais.toml` names it. */
  readonly provider: string;
  readonly domain: string;
  /** What it says to MAIL from an address, when it does not take it from our address `client`. */
  readonly refuses: (sender: string, client: string) => string | undefined;
  /** What it says to RCPT for an address, and how often it was asked; takes it unless given. */
  readonly answers?: (address: string, asked: number) => string;
  /** More of the configuration, as a file would have it; `site`: the provider's. */
  readonly toml?: string | ((site: string) => string);
  readonly workers?: number;
}

export class DeskWorld {
  /** The provider, and everybody else. */
  readonly provider: FarEnd;
  readonly others: FarEnd;
  readonly server: RelaisServer;
  /** Senders that the provider was asked to take mail from, each time. */
  readonly asked: string[];
  readonly #port: number;
  /** Of whom `show` tells. */
  readonly #name: string;

  private constructor(
    about: Pick<DeskWorld, 'provider' | 'others' | 'server' | 'asked'>,
    { port, name }: { port: number; name: string },
  ) {
    this.provider = about.provider;
    this.others = about.others;
    this.server = about.server;
    this.asked = about.asked;
    this.#port = port;
    this.#name = name;
  }

  static async begin(t: TestContext, options: DeskOptions): Promise<DeskWorld> {
    const asked: string[] = [];
    const provider = await startFarEnd({
      port: 0,
      ...(options.answers === undefined ? {} : { answer: options.answers }),
      mail(address, client) {
        asked.push(address);
        return options.refuses(address, client) ?? '250 2.1.0 Ok';
      },
    });
    const others = await startFarEnd({ port: 0 });
    const port = await freePort();
    const site = `127.0.0.1:${provider.port}`;
    const server = new RelaisServer({
      workers: options.workers ?? 2,
      toml: `hostname = "mail.here.example"
[dnsbl]
lists = []
[dns]
servers = ["127.0.0.1:9"]
timeout = "200ms"
[[listen]]
kind = "mx"
address = "127.0.0.1:${port}"
tls = "none"
relay = ["127.0.0.0/8"]
[[route]]
domain = "${options.domain}"
to = "${site}"
provider = "${options.provider}"
[[route]]
domain = "*"
to = "127.0.0.1:${others.port}"
${typeof options.toml === 'function' ? options.toml(site) : (options.toml ?? '')}`,
    });
    t.after(async () => {
      await server.remove();
      await provider.close();
      await others.close();
    });
    await server.start();
    return new DeskWorld({ provider, others, server, asked }, { port, name: options.provider });
  }

  /** One message, kept. */
  async send(from: string, to: string): Promise<void> {
    const client = await Dialogue.open({ port: this.#port });
    await client.send(`EHLO client.example\r\nMAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
    for (const code of [220, 250, 250, 250, 354]) assert.equal(await codeOf(client), code);
    await client.send(`From: ${from}\r\nTo: ${to}\r\nSubject: hello\r\n\r\nhello\r\n.\r\n`);
    assert.equal(await codeOf(client), 250);
    client.close();
  }

  /** `relais provider …` on the server's configuration. */
  async desk(...words: readonly string[]): Promise<Ran> {
    return runWith(['provider', ...words, '--config', join(this.server.folder, 'relais.toml')]);
  }

  /** `relais path …` on the server's configuration. */
  async path(...words: readonly string[]): Promise<Ran> {
    return runWith(['path', ...words, '--config', join(this.server.folder, 'relais.toml')]);
  }

  /** What `relais provider show` says. */
  async show(): Promise<Record<string, unknown>> {
    return (await this.desk('show', this.#name, '--json')).objects[0] ?? {};
  }

  async until(reached: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let waitedMs = 0; !(await reached()); waitedMs += POLL_MS) {
      assert.ok(waitedMs < PATIENCE_MS, `not in time: ${what}`);
      await sleep(POLL_MS);
    }
  }
}

async function codeOf(client: Dialogue): Promise<number | undefined> {
  const reply = await client.reply();
  return reply === 'closed' ? undefined : reply.code;
}
