// "Did you mean": the nearest of some names, by edit distance.

/** The at most `limit` candidates nearest to `word`, nearest first; none that differs in more than half its letters. */
export function closest(word: string, candidates: readonly string[], limit: number): string[] {
  const asked = word.toLowerCase().slice(0, 64);
  return candidates
    .map((candidate) => ({ candidate, distance: distanceTo(asked, candidate.toLowerCase().slice(0, 128)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.max(asked.length, candidate.length) / 2))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Edit distance (Levenshtein), but a candidate that contains the word is near however long it is. */
function distanceTo(word: string, candidate: string): number {
  if (word.length >= 3 && candidate.includes(word)) return 1;
  let row = Array.from({ length: candidate.length + 1 }, (_, i) => i);
  for (let i = 1; i <= word.length; i++) {
    const next = [i];
    for (let j = 1; j <= candidate.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (word[i - 1] === candidate[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[candidate.length] ?? 0;
}
