/** What an import of files left where it is: counted, and the first of each kind named. */
import { MAX_LEVELS } from '../../core/mailbox/name.ts';
import type { Output } from '../command.ts';
import { nameForPeople } from '../output.ts';

/** Named of each kind. */
const MOST_NAMED = 5;
/** MiB of a file that is read whole. */
export const MOST_MIB = 64;

const WHY = {
  links: 'is a symbolic link, which is not followed: what it leads to did not come',
  special: 'is no plain file: it is not read',
  large: `is larger than ${MOST_MIB} MiB: it is not read`,
  notMbox: 'is no mbox file: it is passed over',
  empty: 'is empty: it is passed over',
  deep: `lies below ${MAX_LEVELS} levels and did not come: bring it by its own name, with --mailbox`,
  missing: 'was renamed or removed meanwhile, and did not come: run this again',
} as const;
type Kind = keyof typeof WHY;

/** Of these there may be mail that should have come. */
const FAULTS: readonly Kind[] = ['deep', 'missing'];

export class PassedOver {
  readonly #found = new Map<Kind, { count: number; names: string[] }>();

  add(kind: Kind, path: string): void {
    const found = this.#found.get(kind) ?? { count: 0, names: [] };
    this.#found.set(kind, found);
    found.count++;
    if (found.names.length < MOST_NAMED) found.names.push(path);
  }

  /** By their kinds, as far as there are any. */
  get counts(): Partial<Record<Kind, number>> {
    return Object.fromEntries([...this.#found].map(([kind, { count }]) => [kind, count]));
  }

  get isFault(): boolean {
    return FAULTS.some((kind) => this.#found.has(kind));
  }

  tell(output: Output): void {
    for (const [kind, { count, names }] of this.#found) {
      for (const name of names) output.note(`${nameForPeople(name)} ${WHY[kind]}`);
      const more = count - names.length;
      if (more > 0) output.note(`${more} more, each of which ${WHY[kind]}`);
    }
  }
}
