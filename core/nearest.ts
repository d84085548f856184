/**
 * Which of the known words was probably meant by an unknown one? Compares spelling only.
 * @module
 */

/**
 * The known word that is fewest edits away from `word` (letter case aside), or undefined when none
 * is near. An edit is a letter added, removed, replaced or swapped with its neighbour; one edit per
 * three letters, at least one, still counts as near.
 * Source of the distance: optimal string alignment (Boytsov, "Indexing methods for approximate
 * dictionary searching", 2011, section 2.1).
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  let fewest = Math.max(1, Math.floor(word.length / 3)) + 1;
  let nearest: string | undefined;
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) {
      fewest = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

/** ` (did you mean "x"?)` for a message, or nothing when no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}

function editDistance(one: string, other: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const replaced = at(previous, column - 1) + (one[row - 1] === other[column - 1] ? 0 : 1);
      let best = Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1);
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] &&
        one[row - 2] === other[column - 1];
      if (swapped) best = Math.min(best, at(beforePrevious, column - 2) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, other.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
