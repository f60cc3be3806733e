import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capabilities, NO_CAPABILITIES, parseCapabilities } from './capabilities.ts';

const CASES: readonly (readonly [lines: readonly string[], offered: Partial<Capabilities>])[] = [
  [[], {}],
  [['mail.example.org'], {}],
  // The first line is the greeting, whatever it says.
  [['PIPELINING'], {}],
  [
    ['x', 'PIPELINING', 'starttls', '8BitMime', 'SMTPUTF8', 'DSN'],
    { pipelining: true, startTls: true, eightBitMime: true, smtpUtf8: true, dsn: true },
  ],
  [['x', 'CHUNKING'], { chunking: true }],
  [['x', 'CHUNKING', 'BINARYMIME'], { chunking: true, binaryMime: true }],
  // RFC 3030 section 3: BINARYMIME without CHUNKING cannot be used.
  [['x', 'BINARYMIME'], {}],
  [['x', 'SIZE 1000'], { size: 1000 }],
  [['x', 'SIZE'], { size: 0 }],
  [['x', 'SIZE lots'], { size: 0 }],
  [['x', 'SIZE -1'], { size: 0 }],
  [['x', 'REQUIRETLS'], { requireTls: true }],
  [['x', 'LIMITS RCPTMAX=50 mailmax=10 RCPTDOMAINMAX=1'], { rcptMax: 50, mailMax: 10 }],
  [['x', 'LIMITS RCPTMAX=0 MAILMAX=x'], {}],
  [['x', 'LIMITS RCPTMAX=9999999'], {}],
  [['x', 'AUTH PLAIN', 'AUTH=LOGIN', '', '   ', 'X-FUTURE yes', '__proto__ 1'], {}],
  [['x', '  PIPELINING  '], { pipelining: true }],
];

test('an EHLO reply says what is offered', () => {
  for (const [lines, offered] of CASES)
    assert.deepEqual(parseCapabilities(lines), { ...NO_CAPABILITIES, ...offered }, lines.join('|'));
});
