/**
 * A link to the rest of the world: a pair of virtual interfaces, the far one in a network namespace of its own. It has a
 * rate, it can be cut and restored, and several networks lie behind it. Needs root and iproute2.
 */
import { execFileSync } from 'node:child_process';

/** Far networks behind one link: a fault of all of them at once is nobody's but ours. */
const NETWORKS = 6;

export class Link {
  /** One address in each of the far networks. */
  readonly addresses: readonly string[];
  readonly #namespace: string;
  readonly #near: string;
  readonly #far: string;

  /** `index` tells links apart; `rate` in the words of tc, such as `8mbit`. */
  constructor(index: number, rate: string) {
    this.#namespace = `drill-${process.pid}-${index}`;
    [this.#near, this.#far] = [`dn${process.pid}-${index}`, `df${process.pid}-${index}`];
    const nets = Array.from({ length: NETWORKS }, (_, net) => `10.77.${index * NETWORKS + net}`);
    this.addresses = nets.map((net) => `${net}.2`);
    ip('netns', 'add', this.#namespace);
    ip('link', 'add', this.#near, 'type', 'veth', 'peer', 'name', this.#far, 'netns', this.#namespace);
    for (const net of nets) {
      ip('addr', 'add', `${net}.1/24`, 'dev', this.#near);
      ip('-n', this.#namespace, 'addr', 'add', `${net}.2/24`, 'dev', this.#far);
    }
    ip('link', 'set', this.#near, 'up');
    ip('-n', this.#namespace, 'link', 'set', 'lo', 'up');
    this.restore();
    run('tc', [
      'qdisc',
      'add',
      'dev',
      this.#near,
      'root',
      'tbf',
      'rate',
      rate,
      'burst',
      '32kb',
      'latency',
      '200ms',
    ]);
  }

  cut(): void {
    ip('-n', this.#namespace, 'link', 'set', this.#far, 'down');
  }

  restore(): void {
    ip('-n', this.#namespace, 'link', 'set', this.#far, 'up');
  }

  /** The words that run a program on the far side. */
  inside(...program: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.#namespace, ...program]];
  }

  /** The far interface goes with its namespace, and the near one with it. */
  remove(): void {
    ip('netns', 'del', this.#namespace);
  }
}

function ip(...words: string[]): void {
  run('ip', words);
}

function run(program: string, words: readonly string[]): void {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}
