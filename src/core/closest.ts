// "Did you mean": the nearest of some names, by edit distance. There may be a hundred thousand names.

interface Near {
  readonly candidate: string;
  readonly distance: number;
}

/** The at most `limit` candidates nearest to `word`, nearest first; none that differs in more than half its letters. */
export function closest(word: string, candidates: readonly string[], limit: number): string[] {
  const asked = word.toLowerCase().slice(0, 64);
  const nearest: Near[] = [];
  for (const candidate of candidates) {
    const last = nearest.length < limit ? undefined : nearest.at(-1);
    const most = Math.min(Math.max(1, Math.max(asked.length, candidate.length) / 2), last?.distance ?? Infinity);
    const distance = distanceTo(asked, candidate.toLowerCase().slice(0, 128), most);
    if (distance > most) continue;
    nearest.push({ candidate, distance });
    nearest.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
    nearest.length = Math.min(nearest.length, limit);
  }
  return nearest.map(({ candidate }) => candidate);
}

/** Edit distance (Levenshtein), or Infinity above `most`; a candidate that contains the word is near however long it is. */
function distanceTo(word: string, candidate: string, most: number): number {
  if (word.length >= 3 && candidate.includes(word)) return 1;
  if (Math.abs(word.length - candidate.length) > most) return Infinity;
  let row = Uint8Array.from({ length: candidate.length + 1 }, (_, i) => i);
  for (let i = 1; i <= word.length; i++) {
    const next = new Uint8Array(candidate.length + 1);
    next[0] = i;
    let least = i;
    for (let j = 1; j <= candidate.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (word.charCodeAt(i - 1) === candidate.charCodeAt(j - 1) ? 0 : 1);
      const distance = Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      next[j] = distance;
      if (distance < least) least = distance;
    }
    if (least > most) return Infinity;
    row = next;
  }
  return row[candidate.length] ?? 0;
}
