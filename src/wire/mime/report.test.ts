import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { readComplaint } from '../arf/parse.ts';
import { composeDsn } from '../dsn/compose.ts';
import { readDsn } from '../dsn/parse.ts';
import { fieldValue, findField } from './header.ts';
import { MAX_REPORT_BYTES, readReport, type ReportParts } from './report.ts';

/** RFC 5965 Appendix B.2, a little shortened. */
const COMPLAINT = `From: <abusedesk@example.com>
Date: Thu, 8 Mar 2005 17:40:36 EDT
Subject: FW: Earn money
To: <abuse@example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP
192.0.2.1 on Thu, 8 Mar 2005 14:00:00 EDT.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <somespammer@example.net>
Original-Rcpt-To: <user@example.com>
Original-Rcpt-To: <other@example.com>
Reporting-MTA: dns; mail.example.com
Source-IP: 192.0.2.1
Incidents: 3

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

Received: from mailserver.example.net
 (mailserver.example.net [192.0.2.1])
 by example.com with ESMTP id M63d4137594e46;
 Thu, 08 Mar 2005 14:00:00 -0400
From: <somespammer@example.net>
Message-ID: 8787KJKJ3K4J3K4J3K4J3.mail@example.net

Spam Spam Spam
--part1_13d.2e68ed54_boundary--
`.replaceAll('\n', '\r\n');

function read(text: string): ReportParts {
  const parts = readReport(Buffer.from(text));
  assert.ok(parts !== undefined);
  return parts;
}

test('a complaint says what it is, whom it came from, and about which message', () => {
  const parts = read(COMPLAINT);
  assert.deepEqual(readComplaint(parts), {
    type: 'abuse',
    reporter: 'mail.example.com',
    originalMailFrom: 'somespammer@example.net',
    originalRcptTo: ['user@example.com', 'other@example.com'],
    sourceIp: '192.0.2.1',
    incidents: 3,
  });
  assert.equal(readDsn(parts), undefined);
  const { original } = parts;
  const field = original === undefined ? undefined : findField(original, 'received');
  assert.ok(original !== undefined && field !== undefined);
  assert.match(fieldValue(original, field), /id M63d4137594e46;/);
});

test('a part that is encoded is read all the same', () => {
  const encoded = COMPLAINT.replace(
    /Content-Type: message\/feedback-report\r\n\r\n([\s\S]*?)\r\n\r\n--/,
    (_, fields: string) =>
      `Content-Type: message/feedback-report\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(fields).toString('base64')}\r\n\r\n--`,
  );
  assert.equal(readComplaint(read(encoded))?.incidents, 3);
});

test('what we write of a delivery is read again', () => {
  const made = composeDsn(
    {
      to: 'ann@example.org',
      language: 'en',
      reportingMta: 'mail.example.org',
      arrivedAtMs: 0,
      recipients: [
        {
          finalRecipient: 'bob@example.net',
          originalRecipient: 'rfc822;robert@example.net',
          action: 'failed',
          status: '5.1.1',
          blame: 'recipient',
          diagnostic: '550 5.1.1 no such user',
        },
      ],
      original: Buffer.from('Subject: lunch\r\nMessage-ID: <1@example.org>\r\n\r\nhello\r\n'),
      ret: 'HDRS',
      maxReturnBytes: 1_000,
      smtpUtf8: false,
      transport: '8bit',
    },
    { nowMs: 0, random: new Uint8Array(16) },
  );
  const parts = read(made.bytes.toString());
  assert.deepEqual(readDsn(parts), {
    reportingMta: 'mail.example.org',
    recipients: [
      {
        finalRecipient: 'bob@example.net',
        originalRecipient: 'robert@example.net',
        action: 'failed',
        status: '5.1.1',
        diagnostic: '550 5.1.1 no such user',
      },
    ],
  });
  assert.equal(readComplaint(parts), undefined);
  assert.ok(parts.original !== undefined && findField(parts.original, 'message-id') !== undefined);
});

test('what is no report gives nothing, and nothing that is broken throws', () => {
  assert.equal(readReport(Buffer.from('Subject: x\r\n\r\nhello\r\n')), undefined);
  assert.equal(readReport(Buffer.from(COMPLAINT.replace('multipart/report', 'multipart/mixed'))), undefined);
  assert.equal(readReport(Buffer.alloc(MAX_REPORT_BYTES + 10, 'x')), undefined);
  const random = chance(7);
  for (let round = 0; round < 2_000; round++) {
    const bytes = Buffer.from(COMPLAINT);
    for (let flips = 0; flips < 5; flips++) bytes[random.next(bytes.length)] = random.next(256);
    const parts = readReport(bytes.subarray(0, random.next(bytes.length)));
    if (parts !== undefined) {
      readComplaint(parts);
      readDsn(parts);
    }
  }
});
