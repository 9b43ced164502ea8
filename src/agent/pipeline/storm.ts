// Storms: when one namespace reports very many different failures within minutes, the later ones share one umbrella issue.
import type { Parts } from "./parts.ts";

const PREFIX = "storm:v1:";
/** Failures that this process remembers, the latest ones; a storm of more is one storm all the same. */
const MAX_REMEMBERED = 10_000;

export const isStorm = (group: string | undefined): boolean => group?.startsWith(PREFIX) === true;

interface Seen {
  readonly namespace: string;
  readonly group: string;
  at: number;
}

/**
 * Says which group a failure belongs to. What this process saw is counted from memory, so that reports that are collected at
 * once count each other; what other replicas and earlier processes saw comes from the store.
 */
export class Storms {
  readonly #parts: Parts;
  readonly #seen = new Map<string, Seen>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The fingerprint, or its namespace's storm. Those up to the threshold keep their own issues, and reports equal to them too. */
  async groupOf(namespace: string, fingerprint: string): Promise<string> {
    const { store, clock, limits, tracker } = this.#parts;
    const now = clock.now();
    const since = now - limits.stormWindowMs;
    const key = `${namespace}/${fingerprint}`;
    this.#forget(since);
    const known = this.#remembered(key, now);
    if (known !== undefined) return known;
    const stored = await store.countFingerprints(namespace, since);
    if (Math.max(stored, this.#of(namespace).length) < limits.stormThreshold) {
      return this.#remember(key, { namespace, group: fingerprint, at: now });
    }
    const issue = tracker && (await store.groupIssue(tracker, fingerprint));
    const prefix = `${PREFIX}${namespace}:`;
    const running = await store.newestGroup(namespace, prefix, since);
    const latest = this.#of(namespace).findLast(({ group }) => isStorm(group))?.group;
    const group = issue === undefined ? (latest ?? running ?? `${prefix}${now}`) : fingerprint;
    return this.#remember(key, { namespace, group, at: now });
  }

  /** Another report of the same failure may have been quicker. */
  #remember(key: string, seen: Seen): string {
    const known = this.#remembered(key, seen.at);
    if (known !== undefined) return known;
    this.#seen.set(key, seen);
    return seen.group;
  }

  #remembered(key: string, now: number): string | undefined {
    const seen = this.#seen.get(key);
    if (seen !== undefined) seen.at = now;
    return seen?.group;
  }

  #of(namespace: string): Seen[] {
    return [...this.#seen.values()].filter((seen) => seen.namespace === namespace);
  }

  #forget(since: number): void {
    for (const [key, { at }] of this.#seen) {
      if (at < since || this.#seen.size > MAX_REMEMBERED) this.#seen.delete(key);
    }
  }
}
