import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryId, Language, MessageId, PathKey, RemoteReply } from '../envelope.ts';
import type { Freeze } from '../queue/freeze.ts';
import type { DrainEstimate } from '../queue/port.ts';
import type { TracedMessage, TraceEvent } from './port.ts';
import {
  blameInWords,
  replyInWords,
  saidBy,
  type Telling,
  toldEvents,
  verbatim,
  verdictsOn,
} from './sentences.ts';
import { TRACE_WORDS } from './words.ts';

const NOW = 1_520_841_600_000;
const PATH = 'mx.far.example>a' as PathKey;
const GREYLISTED: RemoteReply = {
  stage: 'rcpt',
  code: 451,
  enhanced: '4.7.1',
  text: 'Greylisted\nplease wait',
  remote: 'mx1.far.example [192.0.2.9]:25',
  afterMs: 12,
};

function telling(language: Language): Telling {
  return {
    language,
    reader: 'sender',
    now: NOW,
    frozen: new Map(),
    time: (ms) => new Date(ms).toISOString().slice(11, 16),
  };
}

type Delivery = TracedMessage['deliveries'][number];

function message(delivery: Partial<Delivery>, events: readonly Partial<TraceEvent>[]): TracedMessage {
  const id = 2 as DeliveryId;
  return {
    message: 1 as MessageId,
    acceptedAt: NOW,
    expiresAt: NOW + 3_600_000,
    sender: 'ana@here.example',
    sizeBytes: 10,
    origin: { kind: 'submission', client: '192.0.2.7', helo: 'laptop', login: 'ana@here.example' },
    deliveries: [
      {
        id,
        recipient: 'bob@far.example',
        state: 'ready',
        attempts: 1,
        dueAt: NOW + 60_000,
        lane: 1,
        path: PATH,
        customer: 'here.example/7',
        ...delivery,
      },
    ],
    events: [
      { at: NOW, kind: 'accepted', detail: {} },
      ...events.map((event) => ({
        at: NOW + 1000,
        kind: 'deferred' as const,
        delivery: id,
        detail: {},
        ...event,
      })),
    ],
  };
}

function verdict(
  delivery: Partial<Delivery>,
  events: readonly Partial<TraceEvent>[],
  language: Language = 'en',
): string {
  return verdictsOn(message(delivery, events), telling(language))[0]?.sentence as string;
}

test('a 250 is told as no more than it is', () => {
  const reply: RemoteReply = {
    ...GREYLISTED,
    code: 250,
    enhanced: '2.0.0',
    text: 'Ok',
    stage: 'end-of-data',
  };
  assert.equal(
    verdict({ state: 'delivered' }, [{ kind: 'delivered', detail: { reply } }]),
    'Delivered to bob@far.example: mx1.far.example accepted it at 08:00. We cannot see further: if it is not found there, look in Junk.',
  );
});

test('a delivery into a mailbox says which', () => {
  const told = verdict(
    { state: 'delivered' },
    [{ kind: 'delivered', detail: { mailbox: 'INBOX', uid: 7 } }],
    'fr',
  );
  assert.equal(told, 'Remis à bob@far.example\u00a0: il est dans INBOX depuis le 08:00.');
});

test('what waits says who asked for it, when the next try is, and until when', () => {
  const events = [
    { detail: { reply: GREYLISTED, blame: 'recipient' as const, dueAt: NOW + 60_000, lane: 1 } },
  ];
  assert.equal(
    verdict({ state: 'waiting' }, events),
    'Not delivered to bob@far.example yet: mx1.far.example asked us to come back later. Next try 08:01; we keep trying until 09:00.',
  );
  const [told] = verdictsOn(message({ state: 'waiting' }, events), telling('en'));
  assert.equal(told?.blame, 'recipient');
  assert.equal(told?.nextTryAt, NOW + 60_000);
  assert.deepEqual(told?.reply, GREYLISTED);
});

test('a refusal says whether the sender was told', () => {
  const detail = { reply: GREYLISTED, blame: 'recipient' as const };
  assert.match(
    verdict({ state: 'failed' }, [{ kind: 'failed', detail: { ...detail, notice: 3 as MessageId } }]),
    /^Refused: mx1.* The sender was told\.$/,
  );
  assert.match(verdict({ state: 'failed' }, [{ kind: 'failed', detail }]), /Nobody was told/);
});

test('where nothing is sent to an address any more nobody is said to have refused it', () => {
  const reply: RemoteReply = { stage: 'route', enhanced: '5.1.1', text: 'Nothing is sent there', afterMs: 0 };
  const detail = { reply, blame: 'recipient', suppressed: 'us', notice: 3 as MessageId } as const;
  const failed: Partial<TraceEvent> = { kind: 'failed', detail };
  const letter = message({ state: 'failed' }, [failed]);
  const [verdict] = verdictsOn(letter, telling('en'));
  assert.match(
    verdict?.sentence ?? '',
    /^Not sent to bob@far\.example: we send nothing .* The sender was told\.$/,
  );
  assert.deepEqual([verdict?.kind, verdict?.blame, verdict?.reply], ['suppressed', undefined, reply]);
  const event = toldEvents(letter, telling('fr')).at(-1);
  assert.match(event?.sentence ?? '', /^Pas envoyé à bob@far\.example\u00a0: rien n’est plus envoyé/);
  assert.equal(event?.blame, undefined);
});

test('what was never tried, is held, cancelled or interrupted says so', () => {
  assert.match(verdict({}, []), /waits for its first try/);
  assert.match(verdict({ state: 'leased' }, []), /being tried right now/);
  assert.match(verdict({ state: 'held', holdReason: 'looks odd' }, []), /we hold it \(looks odd\)/);
  assert.match(
    verdict({ state: 'cancelled' }, [{ kind: 'cancelled', detail: { reason: 'spam' } }]),
    /by us \(spam\)/,
  );
  assert.match(verdict({}, [{ kind: 'recovered' }]), /cut short on our side/);
});

test('what stands still says since when, by whom, whose fault it is, and how it goes on', () => {
  const told = (freeze: Partial<Freeze>, language: Language = 'en'): string => {
    const whole: Freeze = {
      scope: 'all',
      cause: 'operator',
      blame: 'local',
      since: NOW,
      reason: 'repairs',
      ...freeze,
    };
    const [verdict] = verdictsOn(message({}, []), {
      ...telling(language),
      frozen: new Map([[2 as DeliveryId, whole]]),
    });
    assert.deepEqual([verdict?.kind, verdict?.blame], ['frozen', whole.blame]);
    return verdict?.sentence as string;
  };
  assert.equal(
    told({ by: 'ana' }),
    'Not delivered to bob@far.example yet: deliveries there are paused since 08:00, by ana (repairs). The cause is on our side: nothing is lost; its time does not run. It goes on when we end the pause; nothing to do.',
  );
  assert.match(told({ until: NOW + 60_000 }), /by one of us \(repairs\)\. .* It goes on by itself 08:01\.$/);
  const canary = { at: NOW + 120_000, everyMs: 60_000 };
  assert.match(
    told({ cause: 'automatic', blame: 'path', canary }),
    /, automatically \(repairs\)\. The fault is on the way: .* until 09:00\. One message tries again 08:02;/,
  );
  assert.match(told({ cause: 'automatic', blame: 'reputation', canary }), /They refuse our servers/);
  assert.match(
    told({}, 'fr'),
    /, par l’un de nous \(repairs\)\. .* rien n’est perdu\u00a0; son délai ne court pas/,
  );
});

test('what was never tried on a path that drains says until about when', () => {
  const drain = { at: NOW, left: 1200, perSecond: 2, endsAt: NOW + 600_000 };
  const told = (one: DrainEstimate): string | undefined =>
    verdictsOn(message({}, []), { ...telling('en'), draining: new Map([[PATH, one]]) })[0]?.sentence;
  assert.match(
    told(drain) ?? '',
    /first try\. .*That destination is catching up: 1200 to go, until about 08:10\.$/,
  );
  assert.doesNotMatch(told({ at: NOW, left: 1200, perSecond: 0 }) ?? '', /catching up/);
});

test('each event is one sentence, with whose fault it was', () => {
  const story = message({ state: 'waiting' }, [
    { detail: { reply: GREYLISTED, blame: 'recipient', dueAt: NOW + 60_000 } },
    {
      kind: 'returned',
      detail: { reply: { stage: 'connect', text: 'connection refused', afterMs: 1 }, blame: 'path' },
    },
  ]);
  assert.deepEqual(
    toldEvents(story, telling('en')).map(({ sentence, blame }) => [sentence, blame]),
    [
      ['Submitted by ana@here.example from laptop [192.0.2.7], for bob@far.example.', undefined],
      ['mx1.far.example did not take it for bob@far.example yet after RCPT TO. Next try 08:01.', 'recipient'],
      ['No try was possible for bob@far.example when connecting; it keeps its place.', 'path'],
    ],
  );
});

test('a try that was answered, or broke off, is told as one', () => {
  const told = (reply: RemoteReply, language: Language = 'en'): string | undefined =>
    toldEvents(message({}, [{ kind: 'returned', detail: { reply, blame: 'path' } }]), telling(language)).at(
      -1,
    )?.sentence;
  const busy: RemoteReply = { ...GREYLISTED, stage: 'mail', code: 421, text: 'too busy' };
  assert.equal(
    told(busy),
    'mx1.far.example did not take it for bob@far.example after MAIL FROM; it keeps its place and is tried again.',
  );
  assert.match(told({ ...busy, stage: 'banner' }, 'fr') ?? '', /ne l’a pas pris pour bob.* dans son accueil/);
  const { code: _, ...silent } = busy;
  assert.match(
    told(silent) ?? '',
    /^The try for bob@far\.example broke off after MAIL FROM; it keeps its place/,
  );
});

test('that its sender was told of the delay is told as that, and changes nothing', () => {
  const [told, toldFrench] = (['en', 'fr'] as const).map((language) =>
    toldEvents(message({}, [{ kind: 'delay-told', detail: { blame: 'reputation' } }]), telling(language)).at(
      -1,
    ),
  );
  assert.equal(
    told?.sentence,
    'The sender was told that it is late for bob@far.example: they refuse our servers.',
  );
  assert.equal(
    toldFrench?.sentence,
    'L’expéditeur a été prévenu du retard pour bob@far.example\u00a0: on y refuse nos serveurs.',
  );
  assert.match(
    verdict({}, [{ kind: 'delay-told', detail: { blame: 'reputation' } }]),
    /waits for its first try/,
  );
});

test('who decides about held mail is told so, and who sent it asked', () => {
  const held = message({ state: 'held', holdReason: 'guard: rate', holdGroup: 7 }, []);
  const told = (reader: Telling['reader'], language: Language): string | undefined =>
    verdictsOn(held, { ...telling(language), reader })[0]?.sentence;
  assert.match(told('sender', 'en') ?? '', /Confirm that it was you \(H7\), and it goes on/);
  assert.match(
    told('operator', 'en') ?? '',
    /guard paused it, because there is far more .*\. Ask whose account it is, then release or drop H7: relais guard show H7\.$/,
  );
  assert.match(told('operator', 'fr') ?? '', /Demandez au titulaire du compte, puis libérez ou supprimez H7/);
  assert.deepEqual(holes(TRACE_WORDS.fr.doubtedToDecide), holes(TRACE_WORDS.en.doubtedToDecide));
});

test('an event says how its reply was read', () => {
  const reading = { class: 'greylist', rule: 'message/greylist' };
  const story = message({ state: 'waiting' }, [
    { detail: { reply: GREYLISTED, blame: 'recipient', reading } },
  ]);
  assert.deepEqual(toldEvents(story, telling('en')).at(-1)?.reading, reading);
});

test('the words of the far end stay as they are', () => {
  assert.equal(verbatim(GREYLISTED), '451 4.7.1 Greylisted\nplease wait');
  assert.equal(saidBy(GREYLISTED, 'en'), 'mx1.far.example [192.0.2.9]:25 said:');
  assert.equal(saidBy({ stage: 'connect', text: 'x', afterMs: 1 }, 'fr'), 'Ce qui s’est passé\u00a0:');
  assert.match(blameInWords('local', 'en'), /our side/);
});

test('French has an article before each moment, and tells what happened in French', () => {
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 10)} à 08:00`;
  const french = { ...telling('fr'), time };
  const refused: RemoteReply = {
    ...{ stage: 'connect', mishap: 'refused', text: 'connection refused', afterMs: 1 },
    remote: '[127.0.0.1]:3627',
  };
  const canary = { at: NOW, everyMs: 1 };
  const still = { scope: 'all', cause: 'automatic', blame: 'path', since: NOW } as const;
  const freeze: Freeze = { ...still, reason: refused.text, reply: refused, canary };
  const told = [
    verdictsOn(
      message({ state: 'delivered' }, [{ kind: 'delivered', detail: { reply: GREYLISTED } }]),
      french,
    ),
    verdictsOn(message({}, []), { ...french, frozen: new Map([[2 as DeliveryId, freeze]]) }),
    verdictsOn(message({}, [{ kind: 'returned', detail: { reply: refused, blame: 'path' } }]), french),
  ].flatMap(([one]) => one?.sentence ?? '');
  for (const sentence of told) {
    assert.match(sentence, /2018-03-12 à 08:00/);
    assert.doesNotMatch(sentence, /(?<!le |jusqu’au )2018-03-12/);
  }
  assert.match(told[0] ?? '', /l’a accepté le 2018-03-12 à 08:00/);
  assert.match(told[1] ?? '', /en pause depuis le 2018-.* nous essayons jusqu’au 2018-.*réessaie le 2018-/);
  assert.match(
    told[1] ?? '',
    /automatiquement \(\[127\.0\.0\.1\]:3627 a refusé la connexion\u00a0: [^.]*répond\)\./,
  );
  assert.equal(
    replyInWords(refused, 'fr'),
    '[127.0.0.1]:3627 a refusé la connexion\u00a0: aucun serveur de courrier n’y répond.',
  );
  assert.equal(replyInWords(refused, 'en'), 'connection refused');
  assert.equal(replyInWords(GREYLISTED, 'fr'), verbatim(GREYLISTED));
});

test('a client that has no name but its address is told once', () => {
  const one = message({}, []);
  const literal = { ...one, origin: { ...one.origin, helo: '[192.0.2.7]' } };
  assert.match(toldEvents(literal, telling('fr'))[0]?.sentence ?? '', /depuis \[192\.0\.2\.7\], pour/);
});

test('both languages fill the same holes in every sentence', () => {
  const { en, fr } = TRACE_WORDS;
  for (const table of ['verdicts', 'events', 'origins'] as const) {
    for (const [key, sentence] of Object.entries(en[table])) {
      assert.deepEqual(
        holes((fr[table] as Record<string, string>)[key] ?? ''),
        holes(sentence),
        `${table}.${key}`,
      );
    }
  }
});

function holes(sentence: string): string[] {
  return [...sentence.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
}
