import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { Addressed } from './addressed.ts';
import type { Directory } from '../directory/port.ts';
import type { DeliveryId, Language, MessageId, PathKey, RemoteReply } from '../envelope.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { ClaimedDelivery, QueueStore } from '../queue/port.ts';
import { DsnNotices } from './notices.ts';
import type { NoticeAbout, NoticeKind } from './outcome.ts';
import type { Router } from './route.ts';

const AT = Date.UTC(2018, 2, 12, 9, 0);
const TRIED_AT = Date.UTC(2018, 2, 12, 8, 30);

function delivery(language: Language): ClaimedDelivery {
  return {
    id: 1 as DeliveryId,
    path: 'mx.far.example>a' as PathKey,
    recipient: { address: 'bob@far.example' },
    customer: 'here.example/7',
    was: 'ready',
    dueAt: 0,
    attempts: 0,
    lane: 0,
    expiresAt: AT + 3_600_000,
    delayTold: false,
    message: {
      id: 2 as MessageId,
      envelope: { reversePath: 'ana@here.example', bodyType: '7BIT', smtpUtf8: false, requireTls: false },
      prefix: Buffer.alloc(0),
      sizeBytes: 0,
      acceptedAt: AT - 3_600_000,
      language,
    },
  };
}

/** The notice in one line: what people read, then the fields. */
async function written(
  kind: NoticeKind,
  about: Omit<NoticeAbout, 'delivery' | 'at'>,
  { language = 'en', provider }: { language?: Language; provider?: string } = {},
): Promise<string> {
  const router = { providerOf: () => provider, known: () => undefined } as unknown as Router;
  const ids = { take: () => 9 } as unknown as IdSupply;
  const notices = new DsnNotices(
    {
      store: {} as unknown as QueueStore,
      addressed: new Addressed({
        directory: { isLocal: async () => false } as unknown as Directory,
        returns: { read: async () => assert.fail('no sender is a return address') },
        ...{ router, ids },
      }),
      ...{ router, ids },
      clock: new VirtualClock(),
      random: { float: () => 0.5, bytes: (count) => new Uint8Array(count) },
    },
    { hostname: 'mail.here.example', lifetimeMs: 1000 },
  );
  const notice = await notices.compose(kind, { delivery: delivery(language), at: AT, ...about });
  assert.ok(notice?.content.kind === 'inline');
  const text = Buffer.from(notice.content.bytes).toString();
  return text.replace(/\s+/g, ' ').replaceAll('\u00a0', ' ');
}

const REFUSED: RemoteReply = {
  stage: 'connect',
  mishap: 'refused',
  text: 'connection refused',
  remote: '[127.0.0.1]:3627',
  afterMs: 1,
};

test('a connection that nobody took is told as what happened, in the language of the notice, and is no diagnostic', async () => {
  const about = { reply: REFUSED, blame: 'path', triedAt: TRIED_AT } as const;
  const english = await written('delayed', about);
  assert.match(
    english,
    /What happened: \[127\.0\.0\.1\]:3627 refused the connection: no mail server answers/,
  );
  const french = await written('delayed', about, { language: 'fr' });
  assert.match(french, /Ce qui s’est passé : \[127\.0\.0\.1\]:3627 a refusé la connexion : aucun serveur/);
  for (const text of [english, french]) {
    assert.doesNotMatch(text, /connection refused|Diagnostic-Code|answered|répondu exactement/);
    assert.match(text, /Last-Attempt-Date: Mon, 12 Mar 2018 08:30:00 \+0000/);
  }
});

test('what was said in SMTP is quoted, and is the diagnostic', async () => {
  const reply = { ...REFUSED, stage: 'rcpt', code: 450, enhanced: '4.2.1', text: 'not now' } as const;
  const text = await written('delayed', { reply, blame: 'recipient', triedAt: TRIED_AT });
  assert.match(text, /\[127\.0\.0\.1\]:3627 answered exactly this: 450 4\.2\.1 not now/);
  assert.match(text, /Diagnostic-Code: smtp; 450 4\.2\.1 not now/);
});

test('what was never tried has no attempt, no diagnostic and nobody’s words', async () => {
  const text = await written('delayed', { blame: 'reputation' }, { provider: 'outlook-consumer' });
  assert.match(text, /Outlook\.com is refusing mail from our servers/);
  assert.doesNotMatch(text, /Diagnostic-Code|Last-Attempt-Date|Remote-MTA|answered/);
  const own = { blame: 'sender', saidToDomain: { ...REFUSED, code: 550, text: 'no SPF for here.example' } };
  const told = await written('delayed', own as NoticeAbout);
  assert.match(
    told,
    /wants proof .*\(SPF\).* To other mail of your domain, .* answered exactly this: 550 no SPF/,
  );
  assert.doesNotMatch(told, /Diagnostic-Code|Last-Attempt-Date/);
});

test('a pause of ours is told as far as it reaches', async () => {
  const told = (scope: NonNullable<NoticeAbout['stop']>['scope'], how?: Parameters<typeof written>[2]) =>
    written('delayed', { blame: 'local', stop: { scope, since: TRIED_AT } }, how);
  const site = await told('site:mx.far.example');
  assert.match(
    site,
    /Since Monday 12 March 2018 at 08:30 UTC mail to far\.example has not been able to leave/,
  );
  assert.match(site, /all other mail that you send there meanwhile/);
  assert.match(
    await told('path:mx.far.example>a', { language: 'fr' }),
    /Depuis le lundi 12 mars 2018 à 08:30 UTC, le courrier vers far\.example ne peut pas partir d’ici/,
  );
  assert.match(
    await told('provider:outlook-consumer', { provider: 'outlook-consumer' }),
    /mail to Outlook\.com has not/,
  );
  assert.match(await told('egress:a'), /part of the mail has not been able to leave here/);
  for (const scope of ['all', 'node:n1'] as const) {
    assert.match(await told(scope), /UTC mail has not been able to leave here/);
    assert.match(await told(scope, { language: 'fr' }), /UTC, le courrier ne peut pas partir d’ici/);
  }
});

test('what one of us wrote about an address is not mailed, nor put in its host’s mouth', async () => {
  const reply = {
    stage: 'route',
    enhanced: '5.1.1',
    text: 'Nothing is sent there: she has moved',
    afterMs: 0,
  } as const;
  const by = async (who: 'us' | 'its host') =>
    written('failed', { reply, blame: 'recipient', suppressed: { since: TRIED_AT, by: who } });
  const [ours, theirs] = [await by('us'), await by('its host')];
  for (const text of [ours, theirs])
    assert.doesNotMatch(text, /she has moved|Diagnostic-Code|Last-Attempt-Date|answered/);
  assert.match(ours, /we have sent nothing to that address since Monday 12 March/);
  assert.match(theirs, /the host of that address said more than once that nobody is there/);
});

test('what ran out of time untried points to no words that are not there', async () => {
  const text = await written('expired', {});
  assert.match(text, /could not be delivered in the time for which we keep trying/);
  assert.doesNotMatch(text, /words below|Last-Attempt-Date/);
});
