/** Debian's Postfix hands mail for our accounts over by LMTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../dialogue.ts';
import { requirePeer } from '../peers.ts';
import { requireRoot } from './far-end.ts';
import { ANA, startHouse } from './house.ts';
import { startPostfix } from './postfix.ts';

const PATIENCE_MS = 30_000;

test('what Postfix delivers by LMTP is in the mailbox, and whom there is not it hears of', async (t) => {
  const peer = requirePeer(t, 'postfix');
  if (peer === undefined || !requireRoot(t, 'the master of Postfix needs root')) return;
  const house = await startHouse(t, { nextHop: 9, tls: 'none' });
  const postfix = await startPostfix(peer, {
    smtpd_tls_security_level: 'may',
    virtual_mailbox_domains: 'here.example',
    virtual_mailbox_maps: 'static:all',
    virtual_transport: `lmtp:inet:127.0.0.1:${house.lmtp}`,
  });
  t.after(() => postfix.stop());
  const client = await Dialogue.open({ port: postfix.port });
  for (const line of [
    '',
    'EHLO c.example',
    'MAIL FROM:<>',
    `RCPT TO:<${ANA}>`,
    'RCPT TO:<nobody@here.example>',
  ]) {
    if (line !== '') await client.send(`${line}\r\n`);
    const reply = await client.reply();
    assert.ok(reply !== 'closed' && reply.code < 300, JSON.stringify(reply));
  }
  await client.send('DATA\r\n');
  await client.reply();
  await client.send('Subject: by LMTP\r\n\r\n..dots\r\n.\r\n');
  const kept = await client.reply();
  assert.ok(kept !== 'closed' && kept.code === 250);
  client.close();
  const until = Date.now() + PATIENCE_MS;
  while (!/status=sent/.test(postfix.log()) && Date.now() < until) await sleep(100);
  assert.match(postfix.log(), /<ana@here\.example>.*relay=127\.0\.0\.1.*dsn=2\.0\.0, status=sent/);
  assert.match(postfix.log(), /<nobody@here\.example>.*dsn=5\.1\.1, status=bounced/);
  const { out } = await house.run('mailbox', 'show', ANA, '1');
  assert.match(out, /^\tby mail\.here\.example with LMTP id/m);
  assert.ok(out.includes('\r\nSubject: by LMTP\r\n') && out.endsWith('\r\n\r\n.dots\r\n'), out);
});
