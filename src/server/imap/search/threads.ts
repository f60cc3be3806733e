/** Messages as threads (RFC 5256 section 3): by their subject alone, or by what they refer to. */
import type { Thread } from '../../../wire/imap/response/search.ts';
import type { Threaded } from './order.ts';

/** ORDEREDSUBJECT: those of one subject are answers to the first of them. `messages`: by when they were sent. */
export function byOrderedSubject(
  messages: readonly Threaded[],
  numberOf: (index: number) => number,
): Thread[] {
  const bySubject = new Map<string, Threaded[]>();
  for (const message of messages) {
    const same = bySubject.get(message.subject);
    if (same === undefined) bySubject.set(message.subject, [message]);
    else same.push(message);
  }
  return [...bySubject.values()].map(([first, ...others]) => ({
    number: numberOf((first as Threaded).index),
    answers: others.map(({ index }) => ({ number: numberOf(index), answers: [] })),
  }));
}

/** A message or, without one, a Message-ID that somebody refers to. */
interface Container {
  message?: Threaded;
  parent?: Container | undefined;
  children: Container[];
}

/** REFERENCES. `messages`: by when they were sent. */
export function byReferences(messages: readonly Threaded[], numberOf: (index: number) => number): Thread[] {
  const containers = linked(messages);
  let roots = containers.filter(({ parent }) => parent === undefined);
  roots = pruned(roots);
  sortBySent(roots);
  roots = gatheredBySubject(roots);
  sortBySent(roots);
  for (const root of roots) sortBelow(root);
  return roots.map((root) => toThread(root, numberOf));
}

/** Steps 1 and 2: every message below the last that it refers to. */
function linked(messages: readonly Threaded[]): Container[] {
  const byId = new Map<string, Container>();
  const all: Container[] = [];
  const make = (id: string | undefined): Container => {
    const made: Container = { children: [] };
    all.push(made);
    if (id !== undefined) byId.set(id, made);
    return made;
  };
  for (const message of messages) {
    const { messageId, references } = message;
    const known = messageId === undefined ? undefined : byId.get(messageId);
    // The second of two with one Message-ID has none.
    const container =
      known === undefined ? make(messageId) : known.message === undefined ? known : make(undefined);
    container.message = message;
    let above: Container | undefined;
    for (const id of references) {
      const referred = byId.get(id) ?? make(id);
      if (above !== undefined && referred.parent === undefined) attach(referred, above);
      above = referred;
    }
    // What was guessed from what others refer to gives way to what the message says itself.
    if (above === undefined) detach(container);
    else if (!isAbove(container, above)) {
      detach(container);
      attach(container, above);
    }
  }
  return all;
}

function attach(child: Container, parent: Container): void {
  if (isAbove(child, parent)) return;
  child.parent = parent;
  parent.children.push(child);
}

function detach(child: Container): void {
  const { parent } = child;
  if (parent !== undefined) parent.children = parent.children.filter((other) => other !== child);
  child.parent = undefined;
}

/** Whether `above` is `below`, or over it: then one must not go below the other. */
function isAbove(above: Container, below: Container): boolean {
  for (let at: Container | undefined = below; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}

/** Step 3: containers without a message go; what is below them takes their place, at the top only where it is alone. */
function pruned(roots: readonly Container[]): Container[] {
  const order: Container[] = [];
  const pending = [...roots];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    order.push(next);
    for (const child of next.children) pending.push(child);
  }
  // From the lowest to the highest.
  for (const container of order.reverse())
    container.children = container.children.flatMap((child) => {
      const kept = child.message === undefined ? child.children : [child];
      for (const one of kept) one.parent = container;
      return kept;
    });
  return roots.flatMap((root) => {
    if (root.message !== undefined || root.children.length > 1) return [root];
    for (const child of root.children) child.parent = undefined;
    return root.children;
  });
}

/** Step 4; of a container without a message the first below it counts. */
function sortBySent(containers: Container[]): void {
  const first = (container: Container): Threaded =>
    container.message ??
    container.children
      .map(first)
      .reduce((a, b) => (b.sentAt < a.sentAt || (b.sentAt === a.sentAt && b.index < a.index) ? b : a));
  const keys = new Map(containers.map((container) => [container, first(container)]));
  containers.sort((a, b) => {
    const [one, other] = [keys.get(a) as Threaded, keys.get(b) as Threaded];
    return one.sentAt - other.sentAt || one.index - other.index;
  });
}

function sortBelow(root: Container): void {
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    sortBySent(next.children);
    for (const child of next.children) pending.push(child);
  }
}

/** Step 5: threads of one subject become one. */
function gatheredBySubject(roots: readonly Container[]): Container[] {
  const bySubject = new Map<string, Container>();
  for (const root of roots) {
    const { subject, isReply } = speakerOf(root);
    if (subject === '') continue;
    const known = bySubject.get(subject);
    const replaces =
      known === undefined ||
      (root.message === undefined && known.message !== undefined) ||
      (known.message !== undefined && speakerOf(known).isReply && !isReply);
    if (replaces) bySubject.set(subject, root);
  }
  const known = new Set(roots);
  const gone = new Set<Container>();
  for (const root of roots) {
    const { subject, isReply } = speakerOf(root);
    const first = subject === '' ? undefined : bySubject.get(subject);
    if (first === undefined || first === root) continue;
    if (first.message === undefined) {
      // Of two without messages, what is below one goes below the other.
      if (root.message === undefined) for (const child of root.children) first.children.push(child);
      else first.children.push(root);
    } else if (root.message !== undefined && isReply && !speakerOf(first).isReply) first.children.push(root);
    else {
      bySubject.set(subject, { children: [first, root] });
      gone.add(first);
    }
    gone.add(root);
  }
  const made = [...bySubject.values()].filter((one) => !known.has(one));
  return [...roots.filter((root) => !gone.has(root)), ...made];
}

/** Whose subject a thread has. */
function speakerOf(container: Container): Threaded {
  let at = container;
  while (at.message === undefined) at = at.children[0] as Container;
  return at.message;
}

function toThread(root: Container, numberOf: (index: number) => number): Thread {
  const made = new Map<Container, { number?: number; answers: Thread[] }>();
  const order: Container[] = [];
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    order.push(next);
    made.set(next, {
      answers: [],
      ...(next.message === undefined ? {} : { number: numberOf(next.message.index) }),
    });
    for (const child of next.children) pending.push(child);
  }
  for (const container of order)
    for (const child of container.children)
      (made.get(container) as { answers: Thread[] }).answers.push(made.get(child) as Thread);
  return made.get(root) as Thread;
}
