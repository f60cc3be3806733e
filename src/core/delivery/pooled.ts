/** Two routers: what the guard doubts goes by an egress of its own, everything else by the others. */
import type { PathKey } from '../envelope.ts';
import type { Need, Route, Router } from './route.ts';

export class PooledRouter implements Router {
  readonly #main: Router;
  readonly #pool: Router;

  /** `pool`: has only the egress for the doubted, which `main` has not. */
  constructor(main: Router, pool: Router) {
    this.#main = main;
    this.#pool = pool;
  }

  providerOf(path: PathKey): string | undefined {
    return this.#main.providerOf(path) ?? this.#pool.providerOf(path);
  }

  known(domain: string, need: Need): PathKey | undefined {
    return (isDoubted(need) ? this.#pool : this.#main).known(domain, need);
  }

  avoid(egress: string): void {
    this.#main.avoid(egress);
    this.#pool.avoid(egress);
  }

  /** What the pool cannot reach from here, an address of another family, goes by the others. */
  async route(domain: string, need: Need): Promise<Route> {
    if (!isDoubted(need)) return this.#main.route(domain, need);
    const route = await this.#pool.route(domain, need);
    return route.kind === 'unknown' && route.trouble === 'local' ? this.#main.route(domain, need) : route;
  }
}

function isDoubted(need: Need): boolean {
  return need === 'doubted' || need === 'doubted, verified';
}
