/** Clients that do not wait for the greeting, which robots never do (RFC 5321 3.1). */
import { abuse, type Row } from '../abuse.ts';

const rows: Row[] = [
  {
    name: 'EHLO before the greeting',
    early: true,
    turns: [['EHLO bot.example\r\n', '554/5.5.1']],
    end: 'closed',
  },
  {
    name: 'a whole message before the greeting is not taken',
    early: true,
    turns: [
      ['EHLO b\r\nMAIL FROM:<s@far.example>\r\nRCPT TO:<alice@x.example>\r\nDATA\r\nx\r\n.\r\n', '554/5.5.1'],
    ],
    end: 'closed',
  },
];

abuse({ limits: { greetingDelayMs: 300 } }, rows);
