// Keeps a model that fails from being asked again and again: after some failures in a row it is left alone for a while.
import { rfc3339, type Clock } from "../../core/clock.ts";
import type { JsonObject } from "../../core/json.ts";

const FAILURES = 5;
const OPEN_MS = 60_000;

/** Once the time is over it may be asked again; one more failure then opens it again. */
export class Breaker {
  readonly #clock: Clock;
  #inARow = 0;
  #openUntil = 0;
  #lastProblem: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#clock.now() < this.#openUntil;
  }

  get lastProblem(): string {
    return this.#lastProblem ?? "it failed before";
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#openUntil = 0;
    this.#lastProblem = undefined;
  }

  /** @param isFinal it will not get better by asking again, as with a wrong key: opens at once */
  failed(problem: string, isFinal: boolean): void {
    this.#inARow += 1;
    this.#lastProblem = problem;
    if (isFinal || this.#inARow >= FAILURES) this.#openUntil = this.#clock.now() + OPEN_MS;
  }

  view(): JsonObject {
    return {
      breaker: this.isOpen ? "open" : "closed",
      ...(this.isOpen ? { open_until: rfc3339(this.#openUntil) } : {}),
      failures_in_a_row: this.#inARow,
      ...(this.#lastProblem === undefined ? {} : { last_problem: this.#lastProblem }),
    };
  }
}
