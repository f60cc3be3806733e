/**
 * Drives a program of Mozilla's from outside (Marionette): a message is `LENGTH:JSON`, a command `[0, id, name, parameters]`, its
 * answer `[1, id, error, result]`. Scripts run inside, with all that the program itself can do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilEnded } from '../children.ts';

const START_TIMEOUT_MS = 60_000;
const SCRIPT_TIMEOUT_MS = 60_000;

type Answer = [1, number, { error: string; message: string } | null, unknown];

export class Marionette {
  readonly #program: ChildProcess;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #buffer = Buffer.alloc(0);
  #id = 0;

  private constructor(program: ChildProcess, socket: Socket) {
    this.#program = program;
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => this.#heard(piece));
    socket.on('error', () => undefined);
  }

  /** Starts it without a screen; rejects when it does not answer in time. `profile` names `port` in its preferences. */
  static async start(program: string, about: { profile: string; port: number }): Promise<Marionette> {
    const args = ['--headless', '--marionette', '--remote-allow-system-access', '--no-remote'];
    const child = spawn(program, [...args, '--profile', about.profile], {
      stdio: 'ignore',
      // It has processes of its own, which end with it.
      detached: true,
      env: { ...process.env, HOME: about.profile, MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '860' },
    });
    const until = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const socket = await opened(about.port);
      if (socket !== undefined) {
        const driver = new Marionette(child, socket);
        await driver.#ask('WebDriver:NewSession', { capabilities: {} });
        await driver.#ask('WebDriver:SetTimeouts', { script: SCRIPT_TIMEOUT_MS });
        await driver.#ask('Marionette:SetContext', { value: 'chrome' });
        return driver;
      }
      if (performance.now() > until || child.exitCode !== null) {
        kill(child);
        throw new Error(`${program} did not start`);
      }
      await sleep(200);
    }
  }

  /** Runs the body of an async function, to which `given` is known as `given`; what it returns, which is JSON. */
  async run(body: string, given: unknown = null): Promise<unknown> {
    const script = `const [given, done] = arguments;
      (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) + '\\n' + error?.stack }));`;
    const { value: found } = (await this.#ask('WebDriver:ExecuteAsyncScript', {
      script,
      args: [given],
      sandbox: 'system',
    })) as { value: { value: unknown; error?: string } };
    if (found.error !== undefined) throw new Error(found.error);
    return found.value;
  }

  /** The window as it is now: PNG. */
  async picture(): Promise<Buffer> {
    const { value } = (await this.#ask('WebDriver:TakeScreenshot', { full: false })) as { value: string };
    return Buffer.from(value, 'base64');
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    kill(this.#program);
    await untilEnded(this.#program);
  }

  async #ask(name: string, parameters: object): Promise<unknown> {
    const id = ++this.#id;
    const text = Buffer.from(JSON.stringify([0, id, name, parameters]));
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.write(Buffer.concat([Buffer.from(`${text.length}:`), text]));
    const [, , error, result] = await answer;
    if (error !== null) throw new Error(`${name}: ${error.error}: ${error.message}`);
    return result;
  }

  #heard(piece: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, piece]);
    for (;;) {
      const colon = this.#buffer.indexOf(':');
      const end = colon < 0 ? -1 : colon + 1 + Number(this.#buffer.toString('latin1', 0, colon));
      if (colon < 0 || this.#buffer.length < end) return;
      const message: unknown = JSON.parse(this.#buffer.toString('utf8', colon + 1, end));
      this.#buffer = this.#buffer.subarray(end);
      // The greeting is an object.
      if (!Array.isArray(message)) continue;
      const answer = message as Answer;
      this.#waiting.get(answer[1])?.(answer);
      this.#waiting.delete(answer[1]);
    }
  }
}

function kill({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

function opened(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
