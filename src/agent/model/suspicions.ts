// Text of the failed program that talks to us as if we would obey. It is told of in the issue, and used for nothing.
import { oneLine } from "../../core/clip.ts";
import type { Evidence } from "../../core/evidence.ts";
import { readsLikeInstructions } from "../classify/instructions.ts";

const MAX_TOLD = 3;
const MAX_LINES = 5_000;

export class Suspicions {
  readonly #told = new Map<string, string>();

  constructor({ logs, events }: Evidence) {
    for (const { container, text } of logs) this.look(text, `the log of ${container}`);
    for (const { object, message } of events) this.look(message, `an event of ${object}`);
  }

  look(text: string, where: string): void {
    for (const line of text.split("\n").slice(-MAX_LINES)) {
      if (this.#told.size >= MAX_TOLD) return;
      const said = oneLine(line, 160);
      if (readsLikeInstructions(line) && !this.#told.has(said)) {
        this.#told.set(said, `Text in ${where} tries to give instructions; they were not followed: "${said}"`);
      }
    }
  }

  /** Beside what the rules have told already. */
  findings(told: readonly string[]): string[] {
    const isTold = (said: string): boolean => told.some((one) => one.includes(said.slice(0, 60)));
    return [...told, ...[...this.#told].filter(([said]) => !isTold(said)).map(([, finding]) => finding)];
  }
}
