/** A DNS server for tests, on a port of 127.0.0.1: answers from a table, NXDOMAIN for the rest. */
import { createSocket } from 'node:dgram';
import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';

interface Packet {
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly [{ readonly type: string; readonly name: string }];
}

// The package brings no types.
const { decode, encode } = createRequire(import.meta.url)('dns-packet') as {
  decode(bytes: Uint8Array): Packet;
  encode(packet: Packet & { type: 'response'; answers: readonly object[] }): Uint8Array;
};

/** `MX example.org`: the data of its records. Names in lower case. */
export type Zone = Map<string, readonly unknown[]>;

const NXDOMAIN = 3;

/** Starts it for one test. The zone may be changed while it runs. Returns `127.0.0.1:port`. */
export async function dnsServer(t: TestContext, zone: Zone): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (packet, from) => {
    const { id, flags, questions } = decode(packet);
    const [{ type, name }] = questions;
    const data = zone.get(`${type} ${name.toLowerCase()}`) ?? [];
    const known = [...zone.keys()].some((key) => key.endsWith(` ${name.toLowerCase()}`));
    const answers = data.map((one) => ({ type, name, ttl: 60, data: one }));
    const response = encode({
      type: 'response',
      id,
      flags: known ? flags : flags | NXDOMAIN,
      questions,
      answers,
    });
    socket.send(response, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}
