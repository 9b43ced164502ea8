// A cap on open event streams, whatever door they came through.
import type { ServerResponse } from "node:http";
import { Refusal } from "./errors.ts";

export class StreamSlots {
  readonly max: number;
  readonly #open = new Set<ServerResponse>();

  constructor(max: number) {
    this.max = max;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Holds a slot until the response closes. Throws Refusal(503) when all are taken. */
  take(response: ServerResponse): void {
    if (this.#open.size >= this.max) {
      throw new Refusal(503, -32_000, "too many event streams are open; close one or try again in a minute", {
        "retry-after": "60",
      });
    }
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
  }
}
