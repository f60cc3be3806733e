/** SRV records by which programs find the servers of a domain (RFC 6186; RFC 8314 5.1 for submission in TLS). */
import type { Protocol, Service } from './services.ts';

export interface SrvRecord {
  /** `_imaps._tcp`. */
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

const NAMES: Readonly<Record<Protocol, Readonly<Record<Service['security'], string>>>> = {
  imap: { implicit: '_imaps._tcp', starttls: '_imap._tcp' },
  pop3: { implicit: '_pop3s._tcp', starttls: '_pop3._tcp' },
  submission: { implicit: '_submissions._tcp', starttls: '_submission._tcp' },
};

/** IMAP before POP3 and TLS before STARTTLS, for programs that compare (RFC 6186 3.4). */
export function srvRecords(services: readonly Service[]): SrvRecord[] {
  return services.map(({ protocol, host, port, security }) => ({
    name: NAMES[protocol][security],
    priority: (protocol === 'pop3' ? 10 : 0) + (security === 'starttls' ? 5 : 0),
    weight: 1,
    port,
    target: host,
  }));
}
