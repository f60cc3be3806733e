/** Deliveries into mailboxes over LMTP: twenty sessions, each to a mailbox of its own, 4 KiB a message; both sync before they say 250. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../../dialogue.ts';
import { freePort } from '../../server.ts';
import { median } from '../measure.ts';
import { startDovecot } from './dovecot.ts';
import { startRelais } from './relais.ts';
import type { ImapSubject } from './subject.ts';

const SESSIONS = 20;
const EACH = 100;
const BODY = 'lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy\r\n'.repeat(55);
const RECEIVERS = Array.from({ length: SESSIONS }, (_, index) => `receiver${index}@here.example`);

/** Messages a second by subject: medians of the rounds, which alternate. */
export async function measureDelivery(about: {
  readonly rounds: number;
  readonly alone: boolean;
}): Promise<ReadonlyMap<string, number>> {
  const ports = async (): Promise<{ imap: number; lmtp: number }> => ({
    imap: await freePort(),
    lmtp: await freePort(),
  });
  const subjects = [await startRelais(await ports(), RECEIVERS)];
  for (const format of about.alone ? [] : (['maildir', 'sdbox'] as const)) {
    const dovecot = await startDovecot(format, await ports());
    if (dovecot !== undefined) subjects.push(dovecot);
  }
  const rates = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  try {
    // One more than is told: the first warms up.
    for (let round = 0; round <= about.rounds; round++)
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const rate = await deliver(subject);
        if (round > 0) rates.get(subject.name)?.push(rate);
        // What it puts off until it has nothing to do is not the next one's to bear.
        await sleep(500);
      }
  } finally {
    for (const subject of subjects) await subject.stop();
  }
  return new Map([...rates].map(([name, all]) => [name, median(all)]));
}

async function deliver({ ports }: ImapSubject): Promise<number> {
  const clients = await Promise.all(RECEIVERS.map((receiver) => greeted(ports.lmtp, receiver)));
  const began = performance.now();
  await Promise.all(clients.map((send) => send()));
  return (SESSIONS * EACH) / ((performance.now() - began) / 1000);
}

/** A session that has said hello, and what sends its messages. */
async function greeted(port: number, receiver: string): Promise<() => Promise<void>> {
  const client = await Dialogue.open({ port });
  await client.greeting();
  await client.say('LHLO bench.example', 250);
  return async () => {
    for (let number = 0; number < EACH; number++) {
      await client.say('MAIL FROM:<sender@far.example>', 250);
      await client.say(`RCPT TO:<${receiver}>`, 250);
      await client.say('DATA', 354);
      await client.say(
        `From: <sender@far.example>\r\nSubject: ${number}\r\nMessage-ID: <${number}.${receiver}>\r\n\r\n${BODY}.`,
        250,
      );
    }
    client.close();
  };
}
