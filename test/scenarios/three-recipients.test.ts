/**
 * One message to three: put off twice and then taken, refused for good, taken at once. `relais queue`, `relais trace`
 * and `relais path` say exactly that while it happens and after, to people and to programs.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FarEnd, startFarEnd } from '../../src/lab/far-end.ts';
import { type Ran, runWith } from '../command-line.ts';
import { Dialogue } from '../load.ts';
import { postgres } from '../postgres.ts';
import { freePort, RelaisServer, relaying } from '../server.ts';

const GREYLISTED = '450 4.2.0 Greylisted, please try again in a few seconds';
const NO_MAILBOX = '550 5.1.1 There is no such mailbox here';
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

test('SQLite: one message, three outcomes, told exactly', (t) => tellsThree(t, ''));

test('PostgreSQL: one message, three outcomes, told exactly', async (t) => {
  const database = await postgres(t);
  if (database === undefined) return;
  await tellsThree(t, `store = "${await database.database()}"\n`);
});

async function tellsThree(t: TestContext, storeLine: string): Promise<void> {
  const scene = await Scene.open(t, storeLine);
  await scene.send(['later@far.example', 'nobody@far.example', 'friend@far.example']);

  await scene.untilTried('later@far.example', 1);
  await toldWhilePutOff(scene, 'once');
  await scene.retry();
  await scene.untilTried('later@far.example', 2);
  await toldWhilePutOff(scene, 'twice');
  await scene.retry();
  await scene.untilTaken('later@far.example');
  await toldAfterwards(scene);
}

/** `later@` waits, with the far end's words; the other two are settled and out of the queue. */
async function toldWhilePutOff(scene: Scene, times: 'once' | 'twice'): Promise<void> {
  const attempts = times === 'once' ? 1 : 2;
  const list = await scene.run('queue', 'list', '--sender', 'ana@here.example');
  assert.match(list.out, /^R\w+ +\d+ B +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}ana@here\.example$/m);
  assert.match(list.out, /^ {6}later@far\.example {2}waiting, next try in /m);
  assert.match(list.out, new RegExp(`^ {8}\\(${GREYLISTED.replaceAll('.', '\\.')}\\)$`, 'm'));
  assert.match(list.out, /^-- 1 message, 1 recipient, /m);
  assert.doesNotMatch(list.out, /nobody@|friend@/);

  const [queued] = (await scene.run('queue', 'list', '--sender', 'ana@here.example', '--json')).objects;
  assert.ok(queued !== undefined);
  const [waiting, ...others] = queued['recipients'] as Told[];
  assert.deepEqual(others, []);
  assert.deepEqual(
    [waiting?.address, waiting?.state, waiting?.attempts, waiting?.lane],
    ['later@far.example', 'waiting', attempts, attempts],
  );
  assert.match(String(waiting?.nextTryAt), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(words(waiting?.last), GREYLISTED);

  const shown = await scene.run('queue', 'show', scene.reference);
  assert.match(shown.out, /^later@far\.example: waiting, next try \d{4}-/m);
  assert.match(
    shown.out,
    new RegExp(`Lane      ${attempts} of 3, tried ${times === 'once' ? 'once' : '2 times'}`),
  );

  const [path] = (await scene.run('path', 'show', scene.site, '--json')).objects;
  assert.deepEqual(
    [path?.['state'], path?.['ready'], path?.['waiting'], path?.['leased'], path?.['held']],
    ['open', 0, 1, 0, 0],
  );
  const pathShown = await scene.run('path', 'show', scene.site);
  assert.match(pathShown.out, /^State {5}open$/m);
  assert.match(pathShown.out, /^Mail {6}0 ready, 1 waiting, 0 being tried, 0 held$/m);
  assert.match(pathShown.out, new RegExp(`^  ${scene.reference}  later@far\\.example  waiting$`, 'm'));

  assert.deepEqual(await scene.verdicts(), {
    'later@far.example': ['waiting', attempts, GREYLISTED],
    'nobody@far.example': ['failed', 1, NO_MAILBOX],
    'friend@far.example': ['delivered', 1, undefined],
  });
}

async function toldAfterwards(scene: Scene): Promise<void> {
  const list = await scene.run('queue', 'list', '--sender', 'ana@here.example');
  assert.deepEqual([list.code, list.out], [3, '']);
  assert.match(
    (await scene.run('path', 'show', scene.site)).out,
    /^Mail {6}0 ready, 0 waiting, 0 being tried, 0 held$/m,
  );

  assert.deepEqual(await scene.verdicts(), {
    'later@far.example': ['delivered', 3, undefined],
    'nobody@far.example': ['failed', 1, NO_MAILBOX],
    'friend@far.example': ['delivered', 1, undefined],
  });
  const traced = await scene.trace();
  const happened = (traced['events'] as Told[]).map(({ kind, recipient, reply }) =>
    [kind, recipient?.split('@')[0], kind === 'delivered' ? undefined : words(reply)]
      .filter(Boolean)
      .join(' '),
  );
  // The order of the three at the first try is the far end's business; all else is in order.
  assert.deepEqual(happened.slice(1, 4).sort(), [
    `deferred later ${GREYLISTED}`,
    'delivered friend',
    `failed nobody ${NO_MAILBOX}`,
  ]);
  assert.deepEqual(
    [...happened.slice(0, 1), ...happened.slice(4)],
    ['accepted', 'retried later', `deferred later ${GREYLISTED}`, 'retried later', 'delivered later'],
  );

  const told = (await scene.run('trace', scene.reference)).out;
  for (const who of ['later', 'nobody', 'friend']) assert.match(told, new RegExp(`${who}@far\\.example`));
  assert.equal(told.split(GREYLISTED).length - 1, 2, 'both deferrals are told, in the far end’s words');
  assert.ok(told.includes(NO_MAILBOX));
  scene.farEndHasExactly(['friend@far.example', 'later@far.example']);
  await scene.oneNoticeTo('ana@here.example');
}

/** What the commands write for programs; only what is looked at. */
interface Told {
  readonly address?: string;
  readonly recipient?: string;
  readonly state?: string;
  readonly kind?: string;
  readonly attempts?: number;
  readonly lane?: number;
  readonly nextTryAt?: string;
  readonly last?: Reply;
  readonly reply?: Reply;
}

interface Reply {
  readonly code?: number;
  readonly enhanced?: string;
  readonly text?: string;
}

function words(reply: Reply | undefined): string | undefined {
  return reply === undefined ? undefined : `${reply.code} ${reply.enhanced} ${reply.text}`;
}

/** A server, a far end, and the message on its way between them. */
class Scene {
  readonly #server: RelaisServer;
  readonly #farEnd: FarEnd;
  readonly #port: number;
  reference = '';

  private constructor(server: RelaisServer, farEnd: FarEnd, port: number) {
    this.#server = server;
    this.#farEnd = farEnd;
    this.#port = port;
  }

  static async open(t: TestContext, storeLine: string): Promise<Scene> {
    const farEnd = await startFarEnd({ port: 0 });
    const port = await freePort();
    const toml = `${storeLine}hostname = "mail.here.example"
[queue]
lanes = ["10m", "20m", "30m"]
${relaying(port, { '*': `127.0.0.1:${farEnd.port}` })}`;
    const server = new RelaisServer({ workers: 2, toml });
    t.after(async () => {
      await server.remove();
      await farEnd.close();
    });
    await server.start();
    return new Scene(server, farEnd, port);
  }

  /** The name of the site that everything goes to. */
  get site(): string {
    return `127.0.0.1:${this.#farEnd.port}`;
  }

  run(...args: string[]): Promise<Ran> {
    return runWith([...args, '--config', join(this.#server.folder, 'relais.toml')]);
  }

  async send(recipients: readonly string[]): Promise<void> {
    const client = await Dialogue.open(this.#port);
    for (const line of ['MAIL FROM:<ana@here.example>', ...recipients.map((to) => `RCPT TO:<${to}>`)])
      assert.equal((await client.command(line)).code, 250);
    assert.equal((await client.command('DATA')).code, 354);
    client.write('From: ana@here.example\r\nMessage-ID: <three@here.example>\r\n\r\nTo all three.\r\n');
    assert.equal((await client.command('.')).code, 250);
    client.close();
    this.reference = String((await this.trace())['reference']);
  }

  async trace(): Promise<Record<string, unknown>> {
    const { objects, err } = await this.run('trace', '--message-id', '<three@here.example>', '--json');
    assert.equal(objects.length, 1, err);
    return objects[0] as Record<string, unknown>;
  }

  /** By recipient: state, attempts and, where it did not go well, the far end's words. */
  async verdicts(): Promise<Record<string, unknown[]>> {
    const recipients = (await this.trace())['recipients'] as Told[];
    return Object.fromEntries(
      recipients.map(({ recipient = '', state, attempts, reply }) => [
        recipient,
        [state, attempts, state === 'delivered' ? undefined : words(reply)],
      ]),
    );
  }

  async retry(): Promise<void> {
    const { code, err } = await this.run('queue', 'retry', this.reference, '--reason', 'the test goes on');
    assert.equal(code, 0, err);
  }

  /** Until all three have had their first answer, this one waits after `attempts`, and the notice has gone as well. */
  async untilTried(recipient: string, attempts: number): Promise<void> {
    await this.#until(({ [recipient]: one, ...others }) => {
      const settled = Object.values(others).every(([state]) => state === 'delivered' || state === 'failed');
      return settled && one?.[0] === 'waiting' && one[1] === attempts;
    });
    await this.#untilStill();
  }

  untilTaken(recipient: string): Promise<void> {
    return this.#until((verdicts) => verdicts[recipient]?.[0] === 'delivered');
  }

  farEndHasExactly(recipients: readonly string[]): void {
    const taken = this.#farEnd.received.filter(({ reversePath }) => reversePath !== '');
    assert.deepEqual(taken.flatMap((message) => message.recipients).sort(), recipients);
    for (const { bytes } of taken) assert.ok(bytes.toString().endsWith('\r\n\r\nTo all three.\r\n'));
  }

  /** The sender is told once, about the refused one only, in the far end's words. */
  async oneNoticeTo(sender: string): Promise<void> {
    const notices = this.#farEnd.received.filter(({ reversePath }) => reversePath === '');
    assert.deepEqual(
      notices.map(({ recipients }) => recipients),
      [[sender]],
    );
    const text = notices[0]?.bytes.toString() ?? '';
    assert.match(text, /^Final-Recipient: rfc822; ?nobody@far\.example\r$/im);
    assert.match(text, /^Action: failed\r$/im);
    assert.doesNotMatch(text, /Final-Recipient: rfc822; ?(later|friend)@/i);
  }

  /** Until nothing that goes to the far end is ready or being tried. */
  #untilStill(): Promise<void> {
    return this.#untilSeen(
      async () => (await this.run('path', 'show', this.site, '--json')).objects[0],
      (path) => path?.['ready'] === 0 && path['leased'] === 0,
    );
  }

  #until(reached: (verdicts: Record<string, unknown[]>) => boolean): Promise<void> {
    return this.#untilSeen(() => this.verdicts(), reached);
  }

  async #untilSeen<Seen>(look: () => Promise<Seen>, reached: (seen: Seen) => boolean): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
      const seen = await look();
      if (reached(seen)) return;
      assert.ok(Date.now() < deadline, `it stays at ${JSON.stringify(seen)}`);
    }
  }
}
