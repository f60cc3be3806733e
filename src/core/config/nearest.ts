/** The known word that a mistyped one was probably meant to be. */

/** More slips than this in one word are another word. */
const MOST_EDITS = 3;

/** The nearest of `known` within a third of the word's letters (1 to 3 edits), or nothing. Case is ignored. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.min(MOST_EDITS, Math.max(1, Math.floor(word.length / 3)), word.length - 1);
  const byDistance = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  return byDistance.sort((a, b) => a.distance - b.distance).find(({ distance }) => distance <= most)
    ?.candidate;
}

/** Letters to insert, remove, replace, or swap with their neighbour (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeThat: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const at = (line: readonly number[], back: number): number => line[column - back] ?? 0;
      const replaced = at(previous, 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
          ? at(beforeThat, 2) + 1
          : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, swapped, at(previous, 0) + 1, at(current, 1) + 1));
    }
    beforeThat = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}
