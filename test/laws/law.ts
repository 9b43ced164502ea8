// What a law is: a claim about every tool, setting or source file, and a subject that breaks it, as proof that it can fail.
import { expect, it } from "vitest";

export interface Law<T> {
  /** The rest of a sentence that begins with "every". */
  readonly claim: string;
  /** One line for each breach in this subject; none when it obeys. */
  breaches(subject: T): string[];
  /** The law must find a breach in each of these. */
  readonly broken: readonly T[];
}

/** Two tests a law: nobody breaks it, and it would notice. */
export function enforce<T>(laws: readonly Law<T>[], subjects: ReadonlyMap<string, T>): void {
  for (const law of laws) {
    it(`every ${law.claim}`, () => {
      const breaches = [...subjects].flatMap(([name, subject]) =>
        law.breaches(subject).map((breach) => `${name}: ${breach}`),
      );
      expect(breaches).toEqual([]);
    });
    it(`would notice a breach of: every ${law.claim}`, () => {
      expect(law.broken.length).toBeGreaterThan(0);
      for (const subject of law.broken) expect(law.breaches(subject), JSON.stringify(subject)).not.toEqual([]);
    });
  }
}

/** `[message]` when something is wrong, else nothing. */
export const breach = (isBroken: boolean, message: string): string[] => (isBroken ? [message] : []);
