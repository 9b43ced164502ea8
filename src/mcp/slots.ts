// The open event streams, whatever door they came through: capped for the hub and for each caller, and ended when a caller loses its rights.
import type { ServerResponse } from "node:http";
import type { Caller } from "../core/caller.ts";
import { Refusal } from "./errors.ts";

/** Takes one of the caller's own places; the function it gives leaves again. Throws when there is none. */
export type TakePlace = (caller: Caller) => () => void;

export class StreamSlots {
  readonly max: number;
  readonly #open = new Map<ServerResponse, () => Caller>();
  readonly #takePlace: TakePlace;

  constructor(max: number, takePlace: TakePlace) {
    this.max = max;
    this.#takePlace = takePlace;
  }

  get count(): number {
    return this.#open.size;
  }

  get callers(): Iterable<Caller> {
    return [...this.#open.values()].map((latest) => latest());
  }

  /**
   * Holds a slot until the response closes. `latest` is the caller as of its latest request, where there are requests beside
   * the stream: a client may have renewed its token. Throws Refusal(503) when all are taken.
   */
  take(response: ServerResponse, caller: Caller, latest = () => caller): void {
    if (this.#open.size >= this.max) {
      throw new Refusal(503, -32_000, "too many event streams are open; close one or try again in a minute", {
        "retry-after": "60",
      });
    }
    const leave = this.#takePlace(caller);
    this.#open.set(response, latest);
    response.once("close", () => {
      this.#open.delete(response);
      leave();
    });
  }

  /** Ends the streams of callers who are no longer welcome. */
  end(isUnwelcome: (caller: Caller) => boolean): void {
    for (const [response, latest] of this.#open) if (isUnwelcome(latest())) response.destroy();
  }
}
