/** What a peer offered in its EHLO reply. */

export interface Capabilities {
  readonly pipelining: boolean;
  readonly startTls: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly chunking: boolean;
  readonly binaryMime: boolean;
  readonly dsn: boolean;
  readonly requireTls: boolean;
  /** RFC 1870; undefined when SIZE is not offered, 0 when it names no limit. */
  readonly size?: number;
  /** RFC 9422: recipients of one transaction at most. */
  readonly rcptMax?: number;
  /** RFC 9422: transactions of one connection at most. */
  readonly mailMax?: number;
}

/** A server that knows only HELO. */
export const NO_CAPABILITIES: Capabilities = {
  pipelining: false,
  startTls: false,
  eightBitMime: false,
  smtpUtf8: false,
  chunking: false,
  binaryMime: false,
  dsn: false,
  requireTls: false,
};

/** Reads the lines of an EHLO reply, the first (the greeting) included. Unknown keywords are ignored. */
export function parseCapabilities(lines: readonly string[]): Capabilities {
  const offered = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [keyword = '', ...rest] = line.trim().split(/\s+/);
    offered.set(keyword.toUpperCase(), rest.join(' '));
  }
  const limits = parseLimits(offered.get('LIMITS') ?? '');
  const size = /^\d+$/.test(offered.get('SIZE') ?? '') ? Number(offered.get('SIZE')) : undefined;
  return {
    pipelining: offered.has('PIPELINING'),
    startTls: offered.has('STARTTLS'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    chunking: offered.has('CHUNKING'),
    binaryMime: offered.has('BINARYMIME') && offered.has('CHUNKING'),
    dsn: offered.has('DSN'),
    requireTls: offered.has('REQUIRETLS'),
    ...(offered.has('SIZE') ? { size: size ?? 0 } : {}),
    ...limits,
  };
}

function parseLimits(text: string): { rcptMax?: number; mailMax?: number } {
  const limits: { rcptMax?: number; mailMax?: number } = {};
  for (const word of text.split(' ')) {
    const match = /^(RCPTMAX|MAILMAX)=([1-9]\d{0,5})$/i.exec(word);
    if (match === null) continue;
    if ((match[1] as string).toUpperCase() === 'RCPTMAX') limits.rcptMax = Number(match[2]);
    else limits.mailMax = Number(match[2]);
  }
  return limits;
}
