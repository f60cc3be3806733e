/** Messages that mail systems are known to damage. */

export interface Sample {
  readonly name: string;
  readonly recipients: readonly string[];
  /** As submitted. */
  readonly content: Buffer;
  readonly body: '7BIT' | '8BITMIME';
  /** In a BDAT chunk instead of DATA: the only way to leave out the last line's end. */
  readonly chunk?: true;
}

const RANDOM = 1_103_515_245;

/** Looks random, and is the same in every run. */
function noise(bytes: number): Buffer {
  const made = Buffer.alloc(bytes);
  for (let at = 0, seed = 1; at < bytes; at++) {
    seed = (Math.imul(seed, RANDOM) + 12_345) >>> 0;
    made[at] = seed >>> 16;
  }
  return made;
}

function attachment(): string {
  const lines = noise(225_000)
    .toString('base64')
    .match(/.{1,76}/g) as string[];
  return [
    '--part',
    'Content-Type: application/octet-stream; name="noise.bin"',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
    '--part--',
    '',
  ].join('\r\n');
}

function sample(
  name: string,
  body: string,
  more: Partial<Omit<Sample, 'name' | 'content'>> & { fields?: string } = {},
): Sample {
  const { fields = '', ...rest } = more;
  const recipients = rest.recipients ?? ['one@far.example'];
  const head = [
    'From: Ana <ana@here.example>',
    `To: ${recipients.join(',\r\n ')}`,
    `Subject: ${name}`,
    'Date: Mon, 12 Mar 2018 10:00:00 +0100',
    `Message-ID: <${name.replaceAll(' ', '.')}@here.example>`,
    'MIME-Version: 1.0',
  ].join('\r\n');
  return {
    name,
    recipients,
    body: '7BIT',
    ...rest,
    content: Buffer.from(`${head}\r\n${fields}\r\n${body}`),
  };
}

export const SAMPLES: readonly Sample[] = [
  sample('7-bit', 'Hello.\r\n\r\nTwo paragraphs, white space at an end \t\r\nFrom the start of a line\r\n'),
  sample('8-bit', 'Déjà vu à Noël: 日本語\r\n', {
    body: '8BITMIME',
    fields: 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n',
  }),
  sample('leading dots', '.\r\n..\r\n.hidden\r\n...\r\n \r\n.\r\nend\r\n'),
  sample('empty body', ''),
  sample('attachment of 300 KB', `--part\r\n\r\nSee below.\r\n${attachment()}`, {
    fields: 'Content-Type: multipart/mixed; boundary=part\r\n',
  }),
  sample('several recipients', 'To all of you.\r\n', {
    recipients: ['one@far.example', 'two@far.example', 'three@far.example'],
  }),
  sample('no final newline', 'It ends here', { chunk: true }),
];

/** Everybody whom a sample is for. */
export const LOCAL_PARTS = ['one', 'two', 'three'] as const;

/** A message with the line ends that the network uses, whatever the disk has. */
export function withCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1');
}

/** The fields that were put before a message on its way; undefined when the message itself is not as it was. */
export function fieldsBefore(arrived: Buffer, content: Buffer): string | undefined {
  const whole = content.toString('latin1').endsWith('\r\n')
    ? content
    : Buffer.concat([content, Buffer.from('\r\n')]);
  const before = arrived.length - whole.length;
  if (before < 0 || !arrived.subarray(before).equals(whole)) return undefined;
  return arrived.subarray(0, before).toString('latin1');
}
