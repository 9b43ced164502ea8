// Whose turn it is: namespaces are served one after the other, also when each claim takes one report only.

/** A cap, not a limit: beyond so many namespaces the one served longest ago counts as new. */
const MAX_NAMESPACES = 2_000;

export class Turns {
  /** From the one served longest ago to the one served last, for each lane. */
  readonly #lanes = new Map<string, Set<string>>();

  /** Candidates in the order in which they should be served: `round` is 1 for the oldest of each namespace, 2 for the next. */
  order<T extends { namespace: string; round: number; seq: number }>(lane: string, candidates: readonly T[]): T[] {
    const ranks = new Map([...(this.#lanes.get(lane) ?? [])].map((namespace, index) => [namespace, index] as const));
    const rank = (candidate: T) => ranks.get(candidate.namespace) ?? -1;
    return candidates.toSorted((a, b) => a.round - b.round || rank(a) - rank(b) || a.seq - b.seq);
  }

  served(lane: string, namespace: string): void {
    const served = this.#lanes.get(lane) ?? new Set();
    this.#lanes.set(lane, served);
    served.delete(namespace);
    served.add(namespace);
    const [oldest] = served;
    if (served.size > MAX_NAMESPACES && oldest !== undefined) served.delete(oldest);
  }
}
